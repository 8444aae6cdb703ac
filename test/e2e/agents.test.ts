// The registry of agents in a browser: who may act, the switches, keys whose secret is shown once.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { call, textAt } from "../http.ts";
import { type AgentWorld, isTooWide, openAgents } from "./agent-world.ts";

let agents: AgentWorld;

beforeAll(async () => {
  agents = await openAgents();
  await agents.send("root", "/agents/team", { owner: "ana", name: "The team's planner" }, "PUT");
  const limits = { pending: 5, per_minute: 60 };
  await agents.send("root", "/agents/crm-bot", { parent: "team", limits }, "PUT");
});
afterEach(async () => {
  expect(await agents.closeTabs()).toEqual([]);
});
afterAll(() => agents?.close());

const statusOf = async (key: string): Promise<number> =>
  (await call(agents.world.url, "GET", "/me", { key })).status;

test("the list says who answers for an agent, what is above it and its limits", async () => {
  const page = await agents.signIn("root", 360, "/agents");
  const list = page.getByRole("list", { name: "Agents" });
  const line = list.getByRole("listitem").filter({ hasText: "crm-bot" });
  await line.getByText("limits: 5 waiting at once, 60 proposals a minute").waitFor();
  await line.getByRole("link", { name: "team" }).waitFor();
  await line.getByText("May act").waitFor();
  await list.getByText("answered for by ana").waitFor();
  expect(await isTooWide(page)).toBe(false);
  await line.getByRole("link", { name: "crm-bot" }).click();
  await page.getByRole("heading", { name: /crm-bot/ }).waitFor();
  await page.getByRole("list", { name: "Keys" }).getByText("propose, redeem, read").waitFor();
  expect(await isTooWide(page)).toBe(false);
});

test("whoever does not administer is told that the registry is not theirs", async () => {
  const page = await agents.signIn("ana", 1280, "/agents");
  await page.getByText("The registry is for those who administer").waitFor();
  await page.getByRole("link", { name: "Suspended runs" }).click();
  await page.getByText("No run is suspended").waitFor();
});

test("a paused agent halts the ones below it, with the reason, until it is resumed", async () => {
  const page = await agents.signIn("root", 1280, "/agents/team");
  await page.getByRole("button", { name: "Pause…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Pause it" }).click();
  await dialog.getByText("Write something first").waitFor();
  await dialog.getByRole("textbox", { name: "Why" }).fill("It repeats itself");
  await dialog.getByRole("button", { name: "Pause it" }).click();
  await page.getByText("It repeats itself").waitFor();
  const refused = await call(agents.world.url, "POST", "/actions", {
    key: agents.key("agent"),
    body: { topic: "job.db.delete", params: {} },
  });
  expect(refused).toMatchObject({ status: 403, body: { code: "agent_paused" } });
  await page.getByRole("link", { name: "crm-bot" }).click();
  await page.getByText("Halted from above").waitFor();
  await page.getByText("May not act because of").getByRole("link", { name: "team" }).click();
  await page.getByRole("button", { name: "Resume…" }).click();
  await dialog.getByRole("textbox", { name: "Why" }).fill("Its prompt is mended");
  await dialog.getByRole("button", { name: "Resume it" }).click();
  await page.getByRole("button", { name: "Pause…" }).waitFor();
  const allowed = await agents.send("agent", "/actions", { topic: "job.files.read" });
  expect(textAt(allowed, "job", "state")).toBe("APPROVED");
});

test("a stolen key is replaced at once, and the secret of the new one is shown once", async () => {
  const request = { scopes: ["propose"] };
  const stolen = await agents.send("root", "/agents/crm-bot/keys", request);
  const page = await agents.signIn("root", 360, "/agents/crm-bot");
  const id = textAt(stolen, "id");
  const line = page.getByRole("list", { name: "Keys" }).getByRole("listitem").filter({
    hasText: id,
  });
  await line.getByRole("button", { name: /Rotate/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("The old key goes on").selectOption("0s");
  await dialog.getByRole("button", { name: "Make the key" }).click();
  const secret = await dialog.getByLabel("The secret", { exact: true }).innerText();
  expect(await isTooWide(page)).toBe(false);
  expect([await statusOf(secret), await statusOf(textAt(stolen, "secret"))]).toEqual([200, 401]);
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await dialog.waitFor({ state: "detached" });
  await line.getByText("Ended").waitFor();
  expect(await page.content()).not.toContain(secret);
  await page.reload();
  await line.getByText("Ended").waitFor();
  expect(await page.content()).not.toContain(secret);
});

test("a killed agent is over: its key, and what it waited for", async () => {
  const made = await agents.send("root", "/keys", {
    kind: "agent",
    subject: "old-bot",
    scopes: ["propose", "read"],
    expires_in: "1d",
  });
  const key = textAt(made, "secret");
  const held = await call(agents.world.url, "POST", "/actions", {
    key,
    body: { topic: "job.db.drop", params: {} },
  });
  const page = await agents.signIn("root", 1280, "/agents/old-bot");
  await page.getByText("1 action", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Kill…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Why" }).fill("It was taken over");
  await dialog.getByRole("button", { name: "Kill it" }).click();
  await page.getByText("It was taken over").waitFor();
  await page.getByText("0 actions", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: /Pause|Resume|Kill|Rotate|another/ }).count()).toBe(
    0,
  );
  expect(await statusOf(key)).toBe(401);
  const job = await agents.read("ana", `/jobs/${textAt(held.body, "job", "id")}`);
  expect(textAt(job, "job", "state")).toBe("CANCELLED");
  await page.getByRole("link", { name: "Registry" }).click();
  await page.getByLabel("State").selectOption("killed");
  const lines = page.getByRole("list", { name: "Agents" }).getByRole("listitem");
  await expect.poll(() => lines.count(), { timeout: 10_000 }).toBe(1);
  await lines.getByText("old-bot").waitFor();
});
