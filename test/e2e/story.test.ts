// The whole story with a real effect: an agent's guarded tool, and a person at the console in a browser.

import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type GuardedTool, Holdpoint, isRefusal, type JobView } from "@holdpoint/sdk";
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTab, openWorld, type Tab, untilLive, type World } from "./browser.ts";

let world: World;
let folder: string;
let ledger: string;
let tab: Tab;
let page: Page;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "holdpoint-story-"));
  ledger = path.join(folder, "ledger.txt");
  await writeFile(ledger, "opened\n");
  tab = await openTab(world, 1280);
  page = tab.page;
  await untilLive(page);
});
afterEach(async () => {
  const { faults } = tab;
  await tab.context.close();
  await rm(folder, { recursive: true, force: true });
  expect(faults).toEqual([]);
});
afterAll(async () => {
  await world?.close();
});

interface Line {
  readonly account: string;
  readonly amount: number;
}

/** The tool of the agent: its effect is a line in a file, and nothing else writes there. */
function guardedLedger(): GuardedTool<Line, string> {
  const hp = new Holdpoint({ url: world.url });
  return hp.guard<Line, string>(
    async ({ account, amount }) => {
      const line = `${account} ${amount}`;
      await appendFile(ledger, `${line}\n`);
      return line;
    },
    {
      topic: "job.db.write",
      tool: { server: "ledger", name: "append_line" },
      riskTags: ["prod", "write"],
      reversible: false,
      describe: ({ account }) => ({ target: { environment: "prod", resource: account } }),
      preview: () => ({ rows: 1 }),
      summary: (line) => `wrote ${line}`,
      effectOf: () => ({ rows: 1 }),
    },
  );
}

interface Asked {
  readonly job: JobView;
  /** What the agent's call comes to: its result, or the error that tells it why not. */
  readonly ended: Promise<unknown>;
}

/** The agent calls its tool; resolves when the server has the proposal. */
async function ask(params: Line): Promise<Asked> {
  const tool = guardedLedger();
  return new Promise((resolve, reject) => {
    const claims = { title: `Book ${params.amount}`, reasoning: "the invoice is due" };
    const ended: Promise<unknown> = tool(params, claims, {
      onProposed: (job) => resolve({ job, ended }),
    }).catch((error: unknown) => {
      reject(error);
      return error;
    });
  });
}

const written = (): Promise<string> => readFile(ledger, "utf8");

function row(job: JobView): Locator {
  return page.locator(`[data-job="${job.job.id}"]`);
}

/** Sees the hold arrive by itself, and opens its card by keyboard. */
async function openCard(job: JobView): Promise<void> {
  const announced = page.getByRole("button", { name: /new — show$/ });
  await row(job).or(announced).first().waitFor();
  if ((await row(job).count()) === 0) await announced.click();
  await row(job).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/approvals/${job.job.id}`);
  await page.getByRole("button", { name: "Approve…", exact: true }).waitFor();
}

async function stages(job: JobView): Promise<Record<string, string | null>> {
  await page.goto(`${world.url}/jobs/${job.job.id}`);
  const way = page.getByRole("list", { name: "The way of this job" });
  const found: Record<string, string | null> = {};
  for (const stage of ["propose", "decide", "hold", "review", "grant", "execute", "record"]) {
    found[stage] = await way.locator("li", { hasText: stage }).getAttribute("data-status");
  }
  return found;
}

describe("an agent that writes to a ledger", () => {
  test("writes only after a person approved with the keyboard, and all of it is on record", async () => {
    const { job, ended } = await ask({ account: "acc-1", amount: 20 });
    await openCard(job);
    expect(await written()).toBe("opened\n");

    await page.keyboard.press("a");
    const approve = page.getByRole("button", { name: "Approve", exact: true });
    await approve.waitFor();
    expect(await written()).toBe("opened\n");
    await approve.focus();
    await page.keyboard.press("Enter");

    await expect(ended).resolves.toBe("acc-1 20");
    expect(await written()).toBe("opened\nacc-1 20\n");
    const way = await stages(job);
    expect(way).toEqual(Object.fromEntries(Object.keys(way).map((stage) => [stage, "done"])));
    const happened = page.getByRole("list", { name: "What happened" });
    await happened.getByText("wrote acc-1 20").first().waitFor();
    await happened.locator(".hp-rule[data-won=true]").getByText("prod-write-gate").waitFor();
  });

  test("is told why it was rejected, and wrote nothing", async () => {
    const { job, ended } = await ask({ account: "acc-2", amount: 900 });
    await openCard(job);
    await page.keyboard.press("r");
    await page.getByRole("textbox", { name: "Reason" }).fill("this invoice was paid in March");
    await page.getByLabel("Code").selectOption("duplicate");
    await page.getByRole("button", { name: "Reject", exact: true }).press("Enter");

    const error = await ended;
    expect(isRefusal(error)).toBe(true);
    expect(error).toMatchObject({
      name: "ActionRejected",
      reason: "this invoice was paid in March",
      code: "duplicate",
      onReject: "reroute",
    });
    expect(await written()).toBe("opened\n");
  });

  test("writes what the person made of it, not what it had asked for", async () => {
    const { job, ended } = await ask({ account: "acc-3", amount: 700 });
    await openCard(job);
    await page.keyboard.press("m");
    await page.getByRole("textbox", { name: "amount" }).fill("70");
    await page.getByRole("textbox", { name: "Why you change it" }).fill("a zero too many");
    await page.getByRole("button", { name: "See what it would do", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("/params/amount").waitFor();
    expect(await written()).toBe("opened\n");
    await page.getByRole("button", { name: "Send the change", exact: true }).click();

    await expect(ended).resolves.toBe("acc-3 70");
    expect(await written()).toBe("opened\nacc-3 70\n");
  });
});

describe("the demo", () => {
  test("is started, and its two holds are decided, all in the browser", async () => {
    const panel = page.getByRole("region", { name: "Demo" });
    await panel.getByRole("button", { name: /^Run/ }).click();
    await decide("job.config.write", async () => {
      await page.getByRole("button", { name: "Reject…", exact: true }).click();
      await page.getByRole("textbox", { name: "Reason" }).fill("not during the freeze");
      await page.getByRole("button", { name: "Reject", exact: true }).click();
      await page.locator(".hp-notice-stop").getByText("not during the freeze").waitFor();
    });
    await decide("job.db.delete", async () => {
      await page.getByRole("button", { name: "Approve…", exact: true }).click();
      await page.getByRole("button", { name: "Approve", exact: true }).click();
      await page.locator(".hp-notice-go").getByText("approved by").waitFor();
    });
    await page.goto(world.url);
    await panel.getByText("Done").waitFor({ timeout: 60_000 });
    await panel.getByText(/^All \d+ steps$/).click();
    await panel.getByText("not during the freeze").first().waitFor();
  });
});

/** Finds the hold by its topic in the inbox, opens it and answers it. */
async function decide(topic: string, answer: () => Promise<void>): Promise<void> {
  await page.goto(`${world.url}/?topic=${topic}`);
  const first = page.locator("[data-job]").first();
  const announced = page.getByRole("button", { name: /new — show$/ });
  await first.or(announced).first().waitFor({ timeout: 60_000 });
  if ((await first.count()) === 0) await announced.click();
  await first.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/approvals/*");
  await answer();
}
