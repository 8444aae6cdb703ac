// Scanners open links, run scripts and send forms before anybody reads the mail: nothing may come of it.

import { fileURLToPath } from "node:url";
import { addKey } from "@holdpoint/server/flow/manage-keys";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../e2e/browser.ts";
import { MailFake, type ReceivedMail } from "../fake/mail.ts";
import { type Line, startLine, stopLine } from "./line-world.ts";
import { browse, crawl } from "./mail-robot.ts";
import { address, linksOf, mailPolicy } from "./mail-world.ts";

const consoleDir = fileURLToPath(new URL("../../packages/console/dist", import.meta.url));

let line: Line;
let fake: MailFake;
let browser: Browser;
let admin = "";
let held: { readonly id: string; readonly mail: ReceivedMail };

async function keyOf(kind: "agent" | "person", subject: string, scopes: string[]): Promise<string> {
  const made = await addKey(line.server.engine, {
    tenant: "default",
    by: { kind: "system", id: "test" },
    request: { kind, subject, scopes: scopes as never, expires_in: "1d" },
  });
  return made.secret;
}

beforeAll(async () => {
  fake = await MailFake.start();
  line = await startLine({
    startAt: Date.now(),
    config: {
      dev: false,
      consoleDir,
      email: { smtpUrl: fake.url, from: "holdpoint@example.test" },
    },
  });
  admin = await keyOf("person", "boss@example.test", ["read", "review", "admin"]);
  const agent = await keyOf("agent", "robot", ["propose", "redeem", "read"]);
  const call = { key: admin };
  expect((await line.post("/policies", { source: mailPolicy }, call)).status).toBeLessThan(300);
  const source = `version: v1\npeople:\n  - { id: ana, email: ${address}, name: Ana }\n`;
  expect((await line.post("/people/import", { source }, call)).status).toBe(200);
  const proposed = await line.propose("job.db.delete", { job_id: "held" }, { key: agent });
  expect(proposed.status).toBe(202);
  held = { id: "held", mail: await fake.mail(address) };
  await line.settlements.times(held.mail.parsed.messageId?.slice(1).split("@")[0] ?? "", 1);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await stopLine(line);
  await fake.close();
});

/** Everything about the hold, and everything that happened. */
async function picture(): Promise<unknown> {
  const call = { key: admin };
  const [card, record, policies, keys] = await Promise.all([
    line.get(`/approvals/${held.id}`, call),
    line.get("/audit/events?limit=200", call),
    line.get("/policies", call),
    line.get("/keys", call),
  ]);
  const { job, reviews } = card.body as unknown as { job: unknown; reviews: unknown };
  return {
    job,
    reviews,
    events: (record.body.items ?? [])
      .filter(({ type }) => !type.startsWith("notice."))
      .map(({ cursor, type }) => `${cursor} ${type}`),
    policies: policies.body.items,
    // When a key was used last is no decision.
    keys: (keys.body.items as unknown as { id: string; revoked_at: string | null }[]).map(
      ({ id, revoked_at }) => [id, revoked_at],
    ),
  };
}

describe("a scanner of mail", () => {
  it("changes nothing by any method on anything that the mail and its pages name", async () => {
    const before = await picture();
    const calls = await crawl(linksOf(held.mail));
    expect(calls).toBeGreaterThan(100);
    expect(await picture()).toEqual(before);
  });

  it("changes nothing at the addresses of the API, with the hold's own id in them", async () => {
    const before = await picture();
    const origin = new URL(linksOf(held.mail)[0] ?? "").origin;
    const document = (await (await fetch(`${origin}/openapi.json`)).json()) as {
      paths: Record<string, unknown>;
      servers?: readonly { url: string }[];
    };
    const base = document.servers?.[0]?.url ?? "";
    const paths = Object.keys(document.paths).map((path) => {
      const place = path.startsWith("/api/") ? path : `/api/v1${path}`;
      return `${origin}${base.startsWith("/") && !path.startsWith("/api/") ? base + path : place}`;
    });
    for (const path of [...paths, `${origin}/slack/interactions`, `${origin}/slack/commands`]) {
      await crawl([path.replaceAll(/\{\w+\}/g, held.id)]);
    }
    expect(await picture()).toEqual(before);
  });

  it("changes nothing in a browser that runs scripts and presses everything, on a phone", async () => {
    const before = await picture();
    const html = String(held.mail.parsed.html);
    const links = [...new Set(linksOf(held.mail))];
    const { pressed, widthOfMail } = await browse(browser, html, { links, withScripts: true });
    expect(pressed).toBeGreaterThan(0);
    expect(widthOfMail).toBeLessThanOrEqual(360);
    expect(await picture()).toEqual(before);
  });

  it("changes nothing in a browser without scripts", async () => {
    const before = await picture();
    const links = [...new Set(linksOf(held.mail))];
    await browse(browser, String(held.mail.parsed.html), { links, withScripts: false });
    expect(await picture()).toEqual(before);
  });

  it("would have been seen: with a session the same robot changes the hold", async () => {
    const before = await picture();
    const { body } = await line.get(`/approvals/${held.id}`, { key: admin });
    const approve = line.url(`/approvals/${held.id}/approve`);
    await fetch(approve, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${admin}` },
      body: JSON.stringify({ job_hash: body.job_hash }),
    });
    expect(await picture()).not.toEqual(before);
  });
});
