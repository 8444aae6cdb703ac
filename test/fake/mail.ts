// A real SMTP server that takes mail, parses it, and answers as it is told.

import { EventEmitter, once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerDataStream } from "smtp-server";

export interface ReceivedMail {
  readonly to: readonly string[];
  /** As it came over the wire. */
  readonly raw: string;
  readonly parsed: ParsedMail;
}

/** `refuse`: this recipient for good; `defer`: for now; `hang`: takes the mail and never says so. */
export type MailMood = "take" | "refuse" | "defer" | "hang";

export class MailFake {
  readonly mails: ReceivedMail[] = [];
  /** What happens to a mail, asked for each recipient. */
  behave: (recipient: string) => MailMood = () => "take";
  readonly #bell = new EventEmitter();
  readonly #server: SMTPServer;

  private constructor() {
    this.#bell.setMaxListeners(0);
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      closeTimeout: 100,
      onRcptTo: ({ address }, _session, done) => {
        const mood = this.behave(address);
        if (mood === "refuse") done(answer(550, "no such mailbox"));
        else if (mood === "defer") done(answer(451, "try again later"));
        else done();
      },
      onData: (stream, session, done) => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        // A client that dies in the middle of a mail has sent none.
        const taken = (): void => {
          if (!to.some((one) => this.behave(one) === "hang")) done();
        };
        void this.#take(stream, to).then(taken, () => undefined);
      },
    });
    // A client that gives up breaks its connection.
    this.#server.on("error", () => undefined);
  }

  static async start(): Promise<MailFake> {
    const fake = new MailFake();
    fake.#server.listen(0, "127.0.0.1");
    await once(fake.#server.server, "listening");
    return fake;
  }

  get url(): string {
    const { port } = this.#server.server.address() as AddressInfo;
    return `smtp://127.0.0.1:${port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** The first mail to this address that `fits`, once it is there. */
  async mail(
    to: string,
    fits: (mail: ReceivedMail) => boolean = () => true,
  ): Promise<ReceivedMail> {
    for (;;) {
      const found = this.mails.find((one) => one.to.includes(to) && fits(one));
      if (found !== undefined) return found;
      await once(this.#bell, "mail");
    }
  }

  async #take(stream: SMTPServerDataStream, to: readonly string[]): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    this.mails.push({ to, raw: raw.toString("utf8"), parsed: await simpleParser(raw) });
    this.#bell.emit("mail");
  }
}

function answer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
