// Channels in a browser: how they fare, a test that says what happened, dead letters sent again.

import { addKey } from "@holdpoint/server/flow/manage-keys";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { MailFake } from "../fake/mail.ts";
import { openTab, openWorld, type Tab, untilLive, type World } from "./browser.ts";

const policy = `version: v1
roles: { lead: 1 }
rules:
  - { id: gate, match: { topics: ["job.db.*"] }, decision: require_approval, approvals: [{ role: lead }], timeout: 1h }
`;
const people = `version: v1
people:
  - { id: ana, name: Ana, email: ana@example.test, roles: [lead] }
  - { id: li, name: Li, email: li@example.test, roles: [lead] }
`;

let world: World;
let mail: MailFake;
let tabs: Tab[] = [];
const keys = { ana: "", li: "", agent: "" };

beforeAll(async () => {
  mail = await MailFake.start();
  const email = { smtpUrl: mail.url, from: "Holdpoint <holdpoint@example.test>" };
  world = await openWorld({ dev: false, policy, config: { email } });
  keys.ana = await makeKey("person", "ana@example.test", ["read", "review", "admin"]);
  keys.li = await makeKey("person", "li@example.test", ["read", "review"]);
  keys.agent = await makeKey("agent", "crm-bot", ["propose"]);
  const answer = await send("/people/import", keys.ana, { source: people });
  expect(answer.status).toBe(200);
});
afterEach(async () => {
  const faults = tabs.flatMap((tab) => tab.faults);
  await Promise.all(tabs.map((tab) => tab.context.close()));
  tabs = [];
  expect(faults).toEqual([]);
});
afterAll(async () => {
  await world?.close();
  await mail?.close();
});

async function makeKey(
  kind: "person" | "agent",
  subject: string,
  scopes: ("read" | "review" | "admin" | "propose")[],
): Promise<string> {
  const made = await addKey(world.server.engine, {
    tenant: "default",
    by: { kind: "system", id: "test" },
    request: { kind, subject, scopes, expires_in: "1d" },
  });
  return made.secret;
}

function send(path: string, key: string, body: object): Promise<Response> {
  return fetch(`${world.url}/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
}

async function signIn(key: string, width: number, address: string): Promise<Page> {
  const tab = await openTab(world, width, address);
  tabs.push(tab);
  await tab.page.getByLabel("API key").fill(key);
  await tab.page.getByRole("button", { name: "Sign in" }).click();
  await untilLive(tab.page);
  return tab.page;
}

test("a test says what happened, to oneself, to somebody known, and to nobody else", async () => {
  const page = await signIn(keys.ana, 360, "/channels");
  const line = page.getByRole("listitem").filter({
    has: page.getByRole("heading", { name: "email", exact: true }),
  });
  await line.getByText("Not used yet").waitFor();
  await line.getByRole("button", { name: "Send a test by email" }).click();
  await line.getByText("The other side took the test message").waitFor();
  expect((await mail.mail("ana@example.test")).to).toEqual(["ana@example.test"]);
  await line.getByLabel("Test email to").fill("stranger@example.test");
  await line.getByRole("button", { name: "Send a test by email" }).click();
  await line.getByText("nobody is reached at `stranger@example.test`").waitFor();
  mail.behave = () => "refuse";
  await line.getByLabel("Test email to").fill("li@example.test");
  await line.getByRole("button", { name: "Send a test by email" }).click();
  await line.getByText("The test message did not get through").waitFor();
  await line.getByText("no such mailbox").waitFor();
  const isWide = await page.evaluate(
    () => document.documentElement.scrollWidth > window.innerWidth,
  );
  expect(isWide).toBe(false);
});

test("a dead letter is seen, sent again, and arrives", async () => {
  mail.behave = (recipient) => (recipient.startsWith("li") ? "refuse" : "take");
  const page = await signIn(keys.ana, 1280, "/channels");
  const proposed = await send("/actions", keys.agent, { topic: "job.db.delete" });
  expect(proposed.status).toBe(202);
  await page.getByRole("button", { name: "1 dead letter" }).click();
  await page.waitForURL(/state=dead/);
  const log = page.getByRole("list", { name: "Deliveries" });
  const letter = log.getByRole("listitem");
  await letter.getByText("no such mailbox").waitFor();
  // The list of before stands until the dead letters have come.
  await expect.poll(() => letter.count(), { timeout: 10_000 }).toBe(1);
  const reader = await signIn(keys.li, 360, "/channels?person=li");
  await reader.getByRole("list", { name: "Deliveries" }).getByText("Dead letter").waitFor();
  expect(await reader.getByRole("button", { name: /Send (again|a test)/ }).count()).toBe(0);

  mail.behave = () => "take";
  await letter.getByRole("button", { name: "Send again to li" }).click();
  await page.getByText("Nothing fits.").waitFor();
  await page.getByLabel("State").selectOption("delivered");
  await page.getByLabel("Person").fill("li");
  await page.getByLabel("Person").press("Enter");
  const arrived = letter.filter({ hasText: "Delivered" }).filter({ hasText: "Card" });
  await expect.poll(() => arrived.count(), { timeout: 10_000 }).toBe(1);
  await mail.mail("li@example.test", ({ raw }) => raw.includes("/approvals/"));
  await log.getByRole("link", { name: "li" }).click();
  await page.getByRole("heading", { name: "Li", exact: true }).waitFor();
  await page.getByText("1 card this hour").waitFor();
});
