// A local SMTP server that keeps what it receives as .eml files, and the client that sends to it.

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";
import { assertReachable } from "./network-allowlist.ts";

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Sent {
  readonly message_id: string;
  /** Addresses that the server took the mail for. */
  readonly accepted: readonly string[];
}

/** What a tool may do with the network, as the grant says it; null allows every host. */
interface MailLimits {
  readonly hosts: readonly string[] | null;
  readonly signal: AbortSignal;
}

export interface Mailbox {
  readonly host: string;
  /** Sends through the local server; refuses when its host is not among `limits.hosts`. */
  send(mail: Mail, limits: MailLimits): Promise<Sent>;
  /** Received mails, as paths below the scratch folder. */
  received(): readonly string[];
  close(): Promise<void>;
}

const host = "127.0.0.1";

/** Listens on a free port of the loopback address and writes to `<folder>/mailbox`. */
export async function openMailbox(folder: string): Promise<Mailbox> {
  const files: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    onData(stream, _session, done) {
      const file = `mailbox/${String(files.length + 1).padStart(3, "0")}.eml`;
      files.push(file);
      pipeline(stream, createWriteStream(join(folder, file))).then(
        () => done(),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  server.listen(0, host);
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    host,
    send: (mail, limits) => send(mail, limits, port),
    received: () => files,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function send(mail: Mail, limits: MailLimits, port: number): Promise<Sent> {
  assertReachable(host, limits.hosts);
  limits.signal.throwIfAborted();
  const transport = createTransport({ host, port, secure: false, ignoreTLS: true });
  const stop = (): void => transport.close();
  limits.signal.addEventListener("abort", stop, { once: true });
  try {
    const sent = await transport.sendMail({ from: "support-agent@shop.example", ...mail });
    return { message_id: sent.messageId, accepted: sent.accepted.map(String) };
  } finally {
    limits.signal.removeEventListener("abort", stop);
    transport.close();
  }
}
