// People in a browser: written down, in groups, on call, away with somebody in their place.

import { addKey } from "@holdpoint/server/flow/manage-keys";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { SlackFake } from "../fake/slack.ts";
import { openTab, openWorld, type Tab, untilLive, type World } from "./browser.ts";

const policy = `version: v1
roles: { lead: 1 }
schedules:
  turns: { zone: Europe/Berlin, rotate: daily, start: 2026-01-05, handover: "09:00", members: [ana, li] }
groups:
  on-call: { members: [], schedule: turns }
  desk: { members: [desk-only], hours: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:00", except: ["2026-12-24"] } }
  board: { members: ["role:lead"], always: true }
rules:
  - id: deploy
    match: { topics: ["job.deploy.*"] }
    decision: require_approval
    approvals: [{ group: on-call }]
    escalate: [{ after: 30m, to: "group:board" }]
    timeout: 4h
`;

let world: World;
let slack: SlackFake;
let tabs: Tab[] = [];
const keys = new Map<string, string>();

beforeAll(async () => {
  slack = await SlackFake.start();
  const { botToken, signingSecret, apiUrl } = slack;
  const settings = { botToken, signingSecret, apiUrl, appToken: null, places: [] };
  world = await openWorld({ dev: false, policy, config: { slack: settings } });
  const all = ["read", "review", "admin"] as const;
  for (const [name, scopes] of [
    ["root", all],
    ["ana", ["read", "review"]],
  ] as const) {
    const made = await addKey(world.server.engine, {
      tenant: "default",
      by: { kind: "system", id: "test" },
      request: {
        kind: "person",
        subject: `${name}@example.com`,
        scopes: [...scopes],
        expires_in: "1d",
      },
    });
    keys.set(name, made.secret);
  }
});
afterEach(async () => {
  const faults = tabs.flatMap((tab) => tab.faults);
  await Promise.all(tabs.map((tab) => tab.context.close()));
  tabs = [];
  expect(faults).toEqual([]);
});
afterAll(async () => {
  await world?.close();
  await slack?.close();
});

async function signIn(name: string, width: number, address: string): Promise<Page> {
  const tab = await openTab(world, width, address);
  tabs.push(tab);
  await tab.page.getByLabel("API key").fill(keys.get(name) ?? "");
  await tab.page.getByRole("button", { name: "Sign in" }).click();
  await untilLive(tab.page);
  return tab.page;
}

const button = (page: Page, name: string | RegExp): ReturnType<Page["getByRole"]> =>
  page.getByRole("button", { name });

const people = (page: Page): ReturnType<Page["getByRole"]> =>
  page.getByRole("list", { name: "People" }).getByRole("listitem");

async function fitsTheScreen(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
}

test("people come from a file, are changed and added by hand, and leave", async () => {
  const page = await signIn("root", 1280, "/people");
  await page.getByText("Nobody is written down").waitFor();
  await button(page, "Import a file").click();
  const dialog = page.getByRole("dialog");
  const source = dialog.getByRole("textbox", { name: "People file" });
  await source.fill("version: v1\npeople:\n  - { id: ana, roles: [lead], oops: 1 }\n");
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await dialog.getByRole("list", { name: "Findings" }).getByText("oops").waitFor();
  await source.fill(`version: v1
people:
  - { id: ana, name: Ana Maier, email: ana@example.com, roles: [lead], groups: [on-call], cards_per_hour: 12 }
  - { id: li, name: Li Wang, email: li@example.com, groups: [on-call] }
`);
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await dialog.getByText("There are 2 people").waitFor();
  await button(page, "Close").last().click();
  await people(page).filter({ hasText: "Ana Maier" }).getByText("0 of 12 cards").waitFor();
  expect(await people(page).count()).toBe(2);
  expect(await page.getByText("on duty").count()).toBeGreaterThan(0);

  await button(page, "Add a person").click();
  await dialog.getByLabel("Id").fill("bo");
  await dialog.getByLabel("Email").fill("not an address");
  await dialog.getByLabel("Cards in an hour").fill("many");
  await button(page, "Save").click();
  await dialog.getByText("A whole number, or nothing").waitFor();
  await dialog.getByLabel("Cards in an hour").fill("3");
  await button(page, "Save").click();
  await dialog.getByText("write an address such as").first().waitFor();
  await dialog.getByLabel("Email").fill("bo@example.com");
  await dialog.getByLabel("on-call").check();
  await button(page, "Add a limit").click();
  await dialog.getByLabel("Topics").fill("job.deploy.**");
  await dialog.getByLabel("At most").fill("1000");
  await dialog.getByLabel("Currency").fill("USD");
  await button(page, "Save").click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("link", { name: "bo", exact: true }).click();
  await page.getByText("job.deploy.**, up to 1,000 USD").waitFor();
  const bo = page.getByRole("region", { name: "bo" });
  await bo.getByRole("link", { name: "on-call" }).waitFor();

  await button(page, "Edit").click();
  expect(await dialog.getByLabel("on-call").isChecked()).toBe(true);
  await dialog.getByLabel("Name").fill("Bo Berg");
  await button(page, "Save").click();
  await page.getByRole("heading", { name: "Bo Berg" }).waitFor();
  await page.getByText("job.deploy.**, up to 1,000 USD").waitFor();
  await button(page, "Remove…").click();
  await button(page, "They left").click();
  await page.getByRole("heading", { name: "Bo Berg Left" }).waitFor();
  await button(page, "Forget…").click();
  await button(page, "Forget them").click();
  await page.waitForURL(/\/people$/);
  expect(await people(page).filter({ hasText: "Bo Berg" }).count()).toBe(0);
});

test("somebody decides in another's place for a time, until it is taken back", async () => {
  const page = await signIn("ana", 360, "/");
  await page.getByRole("link", { name: "You are" }).click();
  await page.getByRole("heading", { name: "Ana Maier" }).waitFor();
  await page.getByText("role lead").waitFor();
  await page.getByText("Nobody decides for you").waitFor();
  await button(page, "Let somebody decide for you").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^To/).selectOption("li");
  await dialog.getByLabel("Reason").fill("Vacation");
  await button(page, "Delegate").click();
  const given = page.getByRole("list", { name: "Who decides for you" });
  await given.getByText("Vacation").waitFor();
  expect(await fitsTheScreen(page)).toBe(true);
  await page.getByRole("link", { name: "Everybody" }).click();
  await people(page).filter({ hasText: "Ana Maier" }).getByText("Away until").waitFor();
  await people(page).filter({ hasText: "Li Wang" }).getByText("decides for Ana Maier").waitFor();
  expect(await button(page, "Add a person").count()).toBe(0);
  await page.getByRole("link", { name: "You", exact: true }).click();
  await button(page, /End it now/).click();
  await page.getByText("Nobody decides for you").waitFor();
});

test("a chat account is looked at, linked and unlinked", async () => {
  const page = await signIn("ana", 360, "/people/me");
  const user = { team: "T1", id: "UANA", name: "ana.m" };
  const said = await slack.command(world.url, user, "link", Date.now() / 1_000);
  const code = /[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/.exec(JSON.stringify(said))?.[0] ?? "";
  await page.getByLabel("Code from the chat").fill("0000-0000-0000");
  await button(page, "Look at the account").click();
  await page.getByText("ask for a new one in the chat").waitFor();
  await page.getByLabel("Code from the chat").fill(code.toUpperCase());
  await button(page, "Look at the account").click();
  await page.getByText("Is this account yours?").waitFor();
  await page.getByText("T1:UANA").waitFor();
  await button(page, "It is mine, link it").click();
  await page.getByText("The account is linked").waitFor();
  const linked = page.getByRole("list", { name: "Linked accounts" });
  await linked.getByText("slack T1:UANA").waitFor();
  await button(page, "Unlink T1:UANA").click();
  await linked.getByText("slack T1:UANA").waitFor({ state: "detached" });
});

test("a group shows who is on call now and next, the week, its members and its chain", async () => {
  const page = await signIn("root", 1280, "/groups");
  const line = page
    .getByRole("list", { name: "Groups" })
    .getByRole("listitem")
    .filter({ hasText: "on-call" });
  await line.getByText("rotation turns").waitFor();
  await line.getByText("Next").waitFor();
  await page.getByRole("link", { name: "on-call", exact: true }).click();
  await page.getByText("after 30 min").waitFor();
  await page.getByRole("link", { name: "group board" }).waitFor();

  const week = page.getByRole("region", { name: "Week" });
  await week.getByText("Times of Europe/Berlin").or(week.getByLabel("Times of")).waitFor();
  await week.getByText("The week as a table").click();
  const rows = week.getByRole("row");
  // A handover each day, and a part of a day at both ends.
  expect(await rows.count()).toBe(1 + 8);
  await rows.nth(2).getByText("09:00").first().waitFor();
  expect(
    await rows
      .nth(2)
      .getByText(/CET|GMT\+1|CEST|GMT\+2/)
      .count(),
  ).toBeGreaterThan(0);
  expect(await page.locator(".hp-week-row").count()).toBe(7);
  expect(await page.locator(".hp-turn").count()).toBeGreaterThanOrEqual(14);
  const before = await rows.nth(1).textContent();
  await week.getByRole("button", { name: "Later" }).click();
  await expect.poll(() => rows.nth(1).textContent()).not.toBe(before);
  await week.getByRole("button", { name: "Today" }).click();

  await page.getByLabel("Add a member").fill("root@example.com");
  await button(page, "Add").click();
  const written = page.getByRole("list", { name: "Written as" });
  const added = written.getByRole("listitem").filter({ hasText: "root@example.com" });
  await added.getByText("by the people document").waitFor();
  await button(page, "Take out root@example.com").click();
  await added.waitFor({ state: "detached" });

  const phone = await signIn("ana", 360, "/groups/desk");
  await phone.getByText("mon to fri, 09:00 to 17:00, Europe/Berlin").waitFor();
  await phone.getByText("2026-12-24").waitFor();
  await phone.locator(".hp-week-row").nth(6).waitFor();
  expect(await fitsTheScreen(phone)).toBe(true);
  expect(await phone.getByLabel("Add a member").count()).toBe(0);
});
