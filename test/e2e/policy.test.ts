// The life of a policy in a browser: written, tried, published, approved by somebody else, rolled back.

import { addKey } from "@holdpoint/server/flow/manage-keys";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openTab, openWorld, type Tab, untilLive, type World } from "./browser.ts";

let world: World;
let tabs: Tab[] = [];
const keys = { ana: "", li: "", eve: "" };

beforeAll(async () => {
  world = await openWorld({ dev: false });
  for (const name of ["ana", "li", "eve"] as const) {
    const made = await addKey(world.server.engine, {
      tenant: "default",
      by: { kind: "system", id: "test" },
      request: {
        kind: "person",
        subject: `${name}@example.com`,
        scopes: ["read", "review", "admin"],
        expires_in: "1d",
      },
    });
    keys[name] = made.secret;
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
});

async function signIn(name: keyof typeof keys, width: number, address: string): Promise<Page> {
  const tab = await openTab(world, width, address);
  tabs.push(tab);
  await tab.page.getByLabel("API key").fill(keys[name]);
  await tab.page.getByRole("button", { name: "Sign in" }).click();
  await untilLive(tab.page);
  return tab.page;
}

const button = (page: Page, name: string | RegExp): ReturnType<Page["getByRole"]> =>
  page.getByRole("button", { name });

const nightRule = `rules:
  - id: no-exports
    match: { topics: ["job.crm.export"] }
    when: 'has(action.effect) && action.effect.rows > 100'
    decision: deny
    reason: Large exports are made by people
`;

async function activeDigest(): Promise<string> {
  const active = await world.server.engine.store.activePolicy("default");
  return active?.digest ?? "";
}

test("a draft is tested, published, approved by another person, and rolled back", async () => {
  const before = await activeDigest();
  const author = await signIn("ana", 1280, "/policy/drafts");
  await button(author, "New draft from the active policy").click();
  const text = author.getByRole("textbox", { name: "Policy file" });
  const source = await text.inputValue();
  await text.fill(source.replace("rules:\n", `${nightRule}  - idd: wrong\n`));
  await author.getByText("unknown key `idd`").first().waitFor();
  await text.fill(source.replace("rules:\n", nightRule));
  await author.getByText("unknown key `idd`").first().waitFor({ state: "detached" });
  await button(author, "Save and test").click();
  const results = author.getByRole("region", { name: "Results" });
  await results
    .getByRole("region", { name: "Difference" })
    .getByText("no-exports")
    .first()
    .waitFor();
  await author.getByText("Try an action against this draft").click();
  await author
    .getByRole("textbox", { name: "Action as JSON" })
    .fill('{"topic": "job.crm.export", "effect": {"rows": 500}}');
  await button(author, "Ask the policy").click();
  await author.getByText("Large exports are made by people").first().waitFor();

  await button(author, "Publish…").click();
  await author.getByLabel("What changes, and why").fill("Exports above 100 rows are denied");
  await button(author, /^Publish$/).click();
  await author.getByText("It waits for somebody else to approve it").waitFor();
  expect(await activeDigest()).toBe(before);
  await author.getByRole("link", { name: "Open the card" }).click();
  await author.getByText("What changes", { exact: true }).waitFor();
  await author.getByText("Somebody else decides").waitFor();
  expect(await button(author, "Approve…").count()).toBe(0);
  const address = new URL(author.url()).pathname;

  const reviewer = await signIn("li", 360, address);
  await reviewer.getByText("no-exports").first().waitFor();
  const changes = reviewer.getByRole("region", { name: "What changes" });
  await changes.getByText("Written by").waitFor();
  await changes.getByText("ana@example.com").waitFor();
  await changes.getByText("Exports above 100 rows are denied").first().waitFor();
  await reviewer.getByText("Only admins vote about a policy").waitFor();
  expect(await reviewer.getByText("Claimed by the agent").count()).toBe(0);
  expect(await button(reviewer, "Modify…").count()).toBe(0);
  await button(reviewer, "Approve…").click();
  await button(reviewer, /^Approve$/).click();
  await author.goto(`${world.url}/policy`);
  const history = author.getByRole("region", { name: "History" });
  await history.getByText("Exports above 100 rows are denied").waitFor();
  await history.getByText("published by ana@example.com").waitFor();
  expect(await activeDigest()).not.toBe(before);

  await button(author, /Roll back/).click();
  await author.getByLabel("Reason").fill("The report needs it today");
  await author.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await history.getByText("The report needs it today").waitFor();
  expect(await activeDigest()).toBe(before);
});

test("a rollback that drops an invariant says that it waits, and for what", async () => {
  const page = await signIn("ana", 360, "/policy");
  const before = await activeDigest();
  const active = await world.server.engine.store.findPolicy("default", before);
  const invariant = `invariants:
  - { id: never, match: { topics: ["job.db.drop"] }, decision: deny, reason: Never }
rules:
`;
  const source = (active?.source ?? "").replace("rules:\n", invariant);
  const post = async (path: string, key: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${world.url}/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
    return answer.json();
  };
  const { job } = (await post("/policies", keys.ana, { source })) as { job: { id: string } };
  await post(`/approvals/${job.id}/approve`, keys.li, {});
  await post(`/approvals/${job.id}/approve`, keys.eve, {});
  const strict = await activeDigest();
  expect(strict).not.toBe(before);

  await page.reload();
  await button(page, /Roll back/)
    .first()
    .click();
  await page.getByLabel("Reason").fill("It is in the way");
  await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await page.getByText("It waits for other people to approve it").waitFor();
  expect(await activeDigest()).toBe(strict);
  await page.getByRole("link", { name: "Open the card" }).click();
  await page.getByText("Somebody else decides").waitFor();
});

test("what the registry knows of a tool is on the card", async () => {
  const page = await signIn("ana", 360, "/policy/tools");
  await button(page, "Add a tool").click();
  await page.getByLabel("Id").fill("crm-delete");
  await page.getByLabel("Pattern").fill("job.crm.delete");
  await page.getByLabel("Risk tags").fill("prod, write");
  await page.getByLabel("Can it be undone?").selectOption("no");
  await page
    .getByLabel("First line of the card")
    .fill("Delete ${size(action.params.ids)} customers");
  await button(page, /^Save$/).click();
  await page.getByText("cannot be undone").waitFor();
  const made = await addKey(world.server.engine, {
    tenant: "default",
    by: { kind: "system", id: "test" },
    request: {
      kind: "agent",
      subject: "crm-bot",
      scopes: ["propose", "redeem"],
      expires_in: "1d",
    },
  });
  const answer = await fetch(`${world.url}/api/v1/actions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${made.secret}` },
    body: JSON.stringify({ topic: "job.crm.delete", params: { ids: ["a", "b"] } }),
  });
  const { job } = (await answer.json()) as { job: { id: string } };
  await page.goto(`${world.url}/approvals/${job.id}`);
  await page.getByRole("heading", { name: "Delete 2 customers" }).waitFor();
  await page.getByText("effect not computed; cannot be undone").waitFor();
});
