// Suspended runs in a browser, and what the page of a job says of its run, its execution and its effect.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { type AgentWorld, isTooWide, openAgents } from "./agent-world.ts";

let agents: AgentWorld;

beforeAll(async () => {
  agents = await openAgents();
});
afterEach(async () => {
  expect(await agents.closeTabs()).toEqual([]);
});
afterAll(() => agents?.close());

interface Claimed {
  readonly items: readonly { readonly fence: number; readonly resumption: { id: string } }[];
}

test("a run that was given up is seen with its error, and tried again", async () => {
  const held = await agents.hold({ agent: { run: "run-1", call: "call-1" } });
  const run = await agents.suspend([held], "thread-1");
  const page = await agents.signIn("root", 360, "/runs");
  const line = page.getByRole("list", { name: "Runs" }).getByRole("listitem");
  await line.getByText("Waits for people").waitFor();
  await line.getByText("0 of 1 call answered").waitFor();

  await agents.send("ana", `/approvals/${held}/approve`, { reason: "looked at it" });
  await line.getByText("Waits for a worker").waitFor();
  const claim = { worker: "worker-7", thread: "thread-1", timeout: 10 };
  const claimed = (await agents.send("agent", "/resumptions/claim", claim)) as Claimed;
  const error = "Error: the codec <b>knows</b> no version 3";
  const failing = { fence: claimed.items[0]?.fence, error, is_final: true };
  await agents.send("agent", `/resumptions/${run.id}/fail`, failing);
  await page.getByLabel("State").selectOption("dead");
  await line.getByText("Given up").waitFor();
  await line.getByText(error).waitFor();
  await expect.poll(() => line.count(), { timeout: 10_000 }).toBe(1);
  expect(await isTooWide(page)).toBe(false);

  await line.getByRole("link", { name: "run of thread-1" }).click();
  await page.getByText("worker-7, claim 1").waitFor();
  await page.getByRole("list", { name: "Calls" }).getByText("call call-1").waitFor();
  expect(await isTooWide(page)).toBe(false);
  await page.getByRole("button", { name: "Try it again…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Try it again" }).click();
  await page.getByText("Waits for a worker").waitFor();
  await page.getByRole("button", { name: "Take it back…" }).click();
  await dialog.getByRole("textbox", { name: "Why" }).fill("Done by hand");
  await dialog.getByRole("button", { name: "Take it back" }).click();
  await page.getByText("Taken back", { exact: true }).waitFor();
  expect(await agents.read("ana", `/resumptions/${run.id}`)).toMatchObject({ state: "cancelled" });
});

test("the saved state is known by its size and digest, and copied without being shown", async () => {
  const run = await agents.suspend([await agents.hold()], "thread-2");
  const page = await agents.signIn("root", 1280, `/runs/${run.id}`);
  await page.getByText(run.checkpoint.digest).waitFor();
  await page.getByText("18 bytes", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Copy it…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Thread of the copy" }).fill("what-if");
  await dialog.getByRole("button", { name: "Copy it" }).click();
  await dialog.getByText("Copied", { exact: true }).waitFor();
  const copy = await agents.read("agent", "/threads/what-if/checkpoints/latest?include=state");
  expect(Buffer.from(textAt(copy, "state"), "base64").toString()).toBe("what thread-2 knew");
  expect(copy).toMatchObject({ forked_from: { thread: "thread-2", id: run.checkpoint.id } });
  const reads = await agents.read("root", "/audit/events?type=checkpoint.read");
  expect(at(reads, "items")).toEqual([]);

  const reader = await agents.signIn("ana", 1280, `/runs/${run.id}`);
  await reader.getByText("18 bytes", { exact: true }).waitFor();
  expect(await reader.getByRole("button", { name: /Copy|Take it back/ }).count()).toBe(0);
});

test("the page of a job leads to the run that goes on with its answer", async () => {
  const id = await agents.hold({ agent: { run: "run-3", thread: "thread-3", call: "call-3" } });
  const run = await agents.suspend([id], "thread-3");
  const page = await agents.signIn("ana", 360, `/jobs/${id}`);
  const action = page.getByRole("region", { name: "The action" });
  await action.getByText("call-3", { exact: true }).waitFor();
  await action.getByText(run.checkpoint.digest).waitFor();
  await page.getByText("saved its state and ended its run").waitFor();
  expect(await isTooWide(page)).toBe(false);
  await action.getByRole("link", { name: run.id }).click();
  await page.getByRole("heading", { name: /run of thread-3/ }).waitFor();
});

test("an effect that changed before it ran is shown beside the one that was approved", async () => {
  const id = await agents.hold({ effect: { rows: 3 } });
  const page = await agents.signIn("ana", 1280, `/jobs/${id}`);
  await page.getByRole("list", { name: "What happened" }).waitFor();
  await agents.send("ana", `/approvals/${id}/approve`, { reason: "three rows only" });
  const refused = await agents.redeem(await agents.hp.job(id), { rows: 4_000 });
  expect(refused.status).toBe(409);
  const entry = page
    .getByRole("list", { name: "What happened" })
    .getByRole("listitem")
    .filter({ hasText: "computed another effect before running it" });
  const changes = entry.locator(".hp-change");
  await changes
    .filter({ hasText: "before" })
    .getByText(/"rows":\s*3\b/)
    .waitFor();
  await changes
    .filter({ hasText: "after" })
    .getByText(/"rows":\s*4000\b/)
    .waitFor();
  await page.getByRole("link", { name: "Open the card to decide" }).click();
  const card = page.getByRole("region", { name: "What changes" });
  await card.getByText("The effect is not the one that was approved before").waitFor();
  await card
    .locator(".hp-change")
    .getByText(/"rows":\s*4000\b/)
    .waitFor();
});

test("what nobody reported is settled by a person, once, with a reason", async () => {
  const id = await agents.decidedLocally("job.files.read", "UNKNOWN");
  const page = await agents.signIn("ana", 360, `/jobs/${id}`);
  await page.getByText("The agent decided this itself").waitFor();
  await page.getByRole("button", { name: "Say how it ended…" }).click();
  const dialog = page.getByRole("dialog");
  const send = dialog.getByRole("button", { name: "Record it" });
  expect(await send.isDisabled()).toBe(true);
  await dialog.getByRole("radio", { name: "did not have it" }).check();
  expect(await send.isDisabled()).toBe(true);
  await dialog.getByRole("textbox", { name: "How you know" }).fill("The file was never opened");
  expect(await isTooWide(page)).toBe(false);
  await send.click();
  const execution = page.getByRole("region", { name: "Execution" });
  await execution.getByText("ana says that it did not have its effect").waitFor();
  await execution.getByText("The file was never opened").waitFor();
  expect(await page.getByRole("button", { name: "Say how it ended…" }).count()).toBe(0);
  expect(await agents.read("ana", `/jobs/${id}`)).toMatchObject({
    job: { state: "FAILED" },
    outcome: { settled_by: { id: "ana" } },
  });
});

test("a local decision is marked as such, and one that does not hold is not hidden", async () => {
  const good = await agents.decidedLocally("job.files.read");
  const page = await agents.signIn("root", 1280, `/jobs/${good}`);
  await page.getByText("The agent decided this itself").waitFor();
  await page.getByText("decided the action by itself and ran it").waitFor();

  const bad = await agents.decidedLocally("job.db.delete");
  await page.goto(`${agents.world.url}/jobs/${bad}`);
  const notice = page.getByRole("alert");
  await notice.getByText("by a decision of its own that does not hold").waitFor();
  await notice.getByRole("link", { name: "See the finding" }).click();
  const findings = page.getByRole("region", { name: "Findings" });
  await findings.getByText("crm-bot").waitFor();
  expect(await findings.getByText(/overrides within/).count()).toBe(0);
});

test("a recorded output is named by its digest, and not shown to people", async () => {
  const proposal = { topic: "job.files.read", params: { path: "a" } };
  const job = await agents.hp.propose(proposal);
  await agents.redeem(job, {});
  const output = { rows: ["a secret row"] };
  const outcome = { status: "SUCCEEDED", output };
  await agents.send("agent", `/jobs/${job.job.id}/outcome`, outcome);
  const { outcome: recorded } = await agents.hp.job(job.job.id);
  const page = await agents.signIn("ana", 1280, `/jobs/${job.job.id}`);
  const execution = page.getByRole("region", { name: "Execution" });
  await execution.getByText(recorded?.output_digest ?? "no digest").waitFor();
  await execution.getByText("recorded, sealed, for the agent alone").waitFor();
  expect(await page.content()).not.toContain("a secret row");
});
