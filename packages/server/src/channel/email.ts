// Mail to one person: what waits and one link to the card; nothing can be decided by mail.

import { randomUUID } from "node:crypto";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { deliveryTimeoutMs } from "@holdpoint/core/base/limits";
import { createTransport } from "nodemailer";
import { untilAborted } from "./abort.ts";
import { type Channel, DeliveryFailed } from "./channel.ts";
import { mailTextOf } from "./email-text.ts";
import { readNotice } from "./notice-lines.ts";

export interface EmailTarget {
  readonly smtpUrl: string;
  readonly from: string;
  /** Host of this installation: right side of the message ids. */
  readonly host: string;
}

/** Connections are kept; `close` ends them. */
export interface EmailChannel extends Channel {
  close(): void;
}

interface Letter {
  readonly to: string;
  readonly messageId: string;
  readonly thread: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

const connectionsMax = 4;

export function emailChannel(target: EmailTarget): EmailChannel {
  const transport = createTransport({
    ...transportOptions(target.smtpUrl),
    pool: true,
    maxConnections: connectionsMax,
    connectionTimeout: deliveryTimeoutMs,
    greetingTimeout: deliveryTimeoutMs,
    socketTimeout: deliveryTimeoutMs * 2,
    // SECURITY: no part of a message is read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const send = (letter: Letter): Promise<unknown> =>
    transport.sendMail({
      from: target.from,
      // SECURITY: an object, so that no list is parsed out of an address.
      to: { name: "", address: letter.to },
      subject: letter.subject,
      text: letter.text,
      ...(letter.html === undefined ? {} : { html: letter.html }),
      messageId: letter.messageId,
      ...(letter.thread === null ? {} : { inReplyTo: letter.thread, references: letter.thread }),
      headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    });
  return {
    name: "email",
    reach: "person",
    addressedBy: "email",
    canRewrite: false,
    deliver: async (notice, signal) => {
      const to = addressOf(notice.address);
      const messageId = `<${idPart(notice.id)}@${target.host}>`;
      const thread = threadOf(notice.thread);
      await attempt(send({ to, messageId, thread, ...mailTextOf(readNotice(notice)) }), signal);
      return { ref: { message_id: thread ?? messageId } };
    },
    // A mail that is out cannot be rewritten; news of it come as an answer in its thread.
    update: async () => undefined,
    test: async (address, signal) => {
      if (address === null) {
        await attempt(transport.verify(), signal);
        return;
      }
      const text = "Holdpoint can send you mail. Nothing is asked of you.\n";
      const messageId = `<test-${randomUUID()}@${target.host}>`;
      const subject = "[Holdpoint] Test of the mail channel";
      await attempt(
        send({ to: addressOf(address), messageId, thread: null, subject, text }),
        signal,
      );
    },
    close: () => transport.close(),
  };
}

/** SECURITY: in clear only on this machine, or where the address says `requireTLS=false` by itself. */
function transportOptions(smtpUrl: string): { url: string; requireTLS?: boolean } {
  const url = new URL(smtpUrl);
  const isHere = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "smtps:" || isHere || url.searchParams.has("requireTLS")) {
    return { url: smtpUrl };
  }
  return { url: smtpUrl, requireTLS: true };
}

function addressOf(address: string | null): string {
  if (address !== null && /^[^\s<>@,;:"\\()[\]]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(address))
    return address;
  throw new DeliveryFailed("the person has no usable mail address", { isFinal: true });
}

function idPart(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9_.-]/g, "-");
}

function threadOf(thread: JsonObject | null): string | null {
  const id = thread?.["message_id"];
  return typeof id === "string" && /^<[^\s<>]{1,200}>$/.test(id) ? id : null;
}

async function attempt(sending: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await untilAborted(sending, signal);
  } catch (error) {
    throw failureOf(error);
  }
}

/** SPEC: RFC 5321, 4.2.1: an answer of the five hundreds is for good, one of the four hundreds for now. */
function failureOf(error: unknown): DeliveryFailed {
  if (error instanceof DeliveryFailed) return error;
  const message = error instanceof Error ? error.message : "the mail was not accepted";
  const { responseCode = 0, code } = (error ?? {}) as { responseCode?: number; code?: string };
  const isAboutMail = code === "EENVELOPE" || code === "EMESSAGE";
  return new DeliveryFailed(message, {
    isFinal: isAboutMail && responseCode >= 500 && responseCode < 600,
  });
}
