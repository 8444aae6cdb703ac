// A server that sends mail to a person of the people file, beside a real SMTP server that takes it.

import { expect } from "vitest";
import type { Config } from "@holdpoint/server/config/config";
import { MailFake, type ReceivedMail } from "../fake/mail.ts";
import { type Line, startLine, stopLine } from "./line-world.ts";

export const address = "ana@example.test";

export const mailPolicy = `version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    reason: Production writes require human approval
    timeout: 1h
`;

export interface MailWorld {
  readonly line: Line;
  readonly mail: MailFake;
  close(): Promise<void>;
}

export async function openMailWorld(config: Partial<Config> = {}): Promise<MailWorld> {
  const mail = await MailFake.start();
  const line = await startLine({
    startAt: Date.now(),
    config: {
      email: { smtpUrl: mail.url, from: "Holdpoint <holdpoint@example.test>" },
      publicUrl: "http://localhost:8081",
      ...config,
    },
  });
  expect((await line.publish(mailPolicy)).status).toBeLessThan(300);
  const source = `version: v1\npeople:\n  - { id: ana, email: ${address}, name: Ana }\n`;
  const imported = await line.post("/people/import", { source });
  expect(imported.status, JSON.stringify(imported.body)).toBe(200);
  return {
    line,
    mail,
    close: async () => {
      await stopLine(line);
      await mail.close();
    },
  };
}

/** Proposes, and waits for the mail about it. */
export async function mailed(
  { line, mail }: MailWorld,
  more: object = {},
): Promise<{ readonly id: string; readonly mail: ReceivedMail }> {
  const id = line.jobId();
  const answer = await line.propose("job.db.delete", { job_id: id, ...more });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return { id, mail: await mail.mail(address, ({ raw }) => raw.includes(`/approvals/${id}`)) };
}

/** Every address in a mail that a reader could open. */
export function linksOf({ parsed }: ReceivedMail): readonly string[] {
  const html = typeof parsed.html === "string" ? parsed.html : "";
  const hrefs = [...html.matchAll(/\b(?:href|src|action|background)\s*=\s*"([^"]*)"/gi)];
  const inText = [...(parsed.text ?? "").matchAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s]+/gi)];
  return [...hrefs.map((found) => found[1] ?? ""), ...inText.map((found) => found[0])];
}
