// The console in a real browser, on a real server: a person reads, decides, and sees what became of it.

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  jobOf,
  openTab,
  openWorld,
  post,
  proposal,
  type Tab,
  untilLive,
  type World,
} from "./browser.ts";

let world: World;
let tab: Tab | null = null;

beforeAll(async () => {
  world = await openWorld();
});
afterEach(async () => {
  const faults = tab?.faults ?? [];
  await tab?.context.close();
  tab = null;
  expect(faults).toEqual([]);
});
afterAll(async () => {
  await world?.close();
});

async function open(width: number, address = "/"): Promise<Page> {
  tab = await openTab(world, width, address);
  await untilLive(tab.page);
  return tab.page;
}

function button(page: Page, name: string): ReturnType<Page["getByRole"]> {
  return page.getByRole("button", { name, exact: true });
}

function card(id: string): string {
  return `/approvals/${id}`;
}

describe("the first page", () => {
  test("offers a first action while nothing was held, and shows a new hold by itself", async () => {
    const page = await open(1280);
    await page.getByText("Nothing has been held yet").waitFor();
    await button(page, "Run the demo").waitFor();
    await page.getByText("Development mode: no sign-in, this machine only").waitFor();
    expect(await page.locator("pre").textContent()).toContain("/api/v1/actions");
    await post(world, "/actions", proposal("first"));
    await page.locator('[data-job="first"]').waitFor();
  });
});

describe("a hold by keyboard", () => {
  test("goes from the list to the card, is approved, and shows its whole way", async () => {
    await post(world, "/actions", proposal("keyboard"));
    const page = await open(1280, "/?q=customers/keyboard");
    await page.locator('[data-job="keyboard"]').waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/approvals/keyboard");
    await page
      .getByRole("heading", { level: 1, name: /^Delete customers|^Delete 2 rows/ })
      .waitFor();
    await expect.poll(() => focused(page)).toBe("H1");

    await page.keyboard.press("a");
    await button(page, "Approve").waitFor();
    // Keys that repeat or come twice do not decide.
    await page.keyboard.press("a");
    await page.keyboard.press("Enter");
    expect((await jobOf(world, "keyboard")).job.state).toBe("APPROVAL");

    await button(page, "Approve").focus();
    await page.keyboard.press("Enter");
    await page.locator(".hp-notice-go").getByText("approved by").waitFor();
    expect((await jobOf(world, "keyboard")).job.state).toBe("APPROVED");
    expect(await button(page, "Approve…").count()).toBe(0);

    await page.getByRole("link", { name: "See the whole way" }).click();
    const way = page.getByRole("list", { name: "The way of this job" });
    await way
      .getByText("6 events")
      .or(way.getByText(/\d events/))
      .first()
      .waitFor();
    for (const stage of ["propose", "decide", "hold", "review", "grant", "record"]) {
      expect(await way.locator("li", { hasText: stage }).getAttribute("data-status")).toBe("done");
    }
    const happened = page.getByRole("list", { name: "What happened" });
    await happened.locator(".hp-rule[data-won=true]").getByText("prod-write-gate").waitFor();
    await happened.getByText("Recorded as job.approved").click();
    await happened.getByText('"type":"job.approved"').waitFor();
  });

  test("opens the confirmation from the list, and approving there needs its button", async () => {
    await post(world, "/actions", proposal("from-list"));
    const page = await open(1280, "/?q=customers/from-list");
    await page.locator('[data-job="from-list"]').waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Exact parameters").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect((await jobOf(world, "from-list")).job.state).toBe("APPROVAL");
    await expect
      .poll(() => page.evaluate(`document.activeElement?.getAttribute("data-job")`))
      .toBe("from-list");
    await page.keyboard.press("a");
    await button(page, "Approve").click();
    await page.locator('[data-job="from-list"]').getByText("Approved").waitFor();
  });
});

describe("the other answers", () => {
  test("a rejection needs a reason, and the agent is given it", async () => {
    await post(world, "/actions", proposal("reject-me"));
    const page = await open(1280, card("reject-me"));
    await button(page, "Reject…").click();
    await button(page, "Reject").click();
    await page.getByText("A rejection needs a reason").waitFor();
    await page.getByRole("textbox", { name: "Reason" }).fill("these two still have open invoices");
    await page.getByLabel("Code").selectOption("wrong_target");
    await button(page, "Reject").click();
    await page.locator(".hp-notice-stop").getByText("these two still have open invoices").waitFor();
    const job = await jobOf(world, "reject-me");
    expect(job.job.state).toBe("REJECTED");
    expect(job.resolution).toMatchObject({ code: "wrong_target" });
  });

  test("a change shows its difference and the new decision before it is sent", async () => {
    const before = await post(world, "/actions", proposal("modify-me"));
    const page = await open(1280, card("modify-me"));
    await button(page, "Modify…").click();
    await page.getByRole("textbox", { name: "limit" }).fill("two");
    await page.getByText("not a number").waitFor();
    await page.getByRole("textbox", { name: "limit" }).fill("1");
    await button(page, "Edit as JSON").click();
    const raw = page.getByRole("textbox", { name: "Parameters as JSON" });
    await raw.fill('{"ids": ["c_81"], "ids": [], "limit": 1}');
    await button(page, "Edit as a form").click();
    await page.getByText("line 1").waitFor();
    await raw.fill('{"ids": ["c_81"], "cascade": true, "limit": 1}');
    await page.getByRole("textbox", { name: "Why you change it" }).fill("only the first");
    await button(page, "See what it would do").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("What policy says about it").waitFor();
    await dialog.getByText("/params/ids").waitFor();
    await dialog.getByText("Hold for approval").first().waitFor();
    expect((await jobOf(world, "modify-me")).job_hash).toBe(before.job_hash);

    await button(page, "Send the change").click();
    await dialog.waitFor({ state: "detached" });
    const after = await jobOf(world, "modify-me");
    expect(after.action.params).toEqual({ ids: ["c_81"], cascade: true, limit: 1 });
    expect(after.job_hash).not.toBe(before.job_hash);
  });

  test("a comment decides nothing and is there at once", async () => {
    await post(world, "/actions", proposal("comment-me"));
    const page = await open(1280, card("comment-me"));
    await page.getByRole("textbox", { name: "Comment" }).fill("who knows this customer?");
    await button(page, "Comment").click();
    await page.getByRole("region", { name: "Comments" }).getByText("who knows").waitFor();
    expect((await jobOf(world, "comment-me")).job.state).toBe("APPROVAL");
  });
});

describe("what moves while somebody reads", () => {
  test("new holds are announced and rows keep their place", async () => {
    await post(world, "/actions", proposal("calm-1"));
    const page = await open(1280, "/?q=customers/calm");
    await page.locator('[data-job="calm-1"]').waitFor();
    const top = await topOf(page, "calm-1");
    await post(world, "/actions", proposal("calm-2"));
    await button(page, "1 new — show").waitFor();
    expect(await page.locator('[data-job="calm-2"]').count()).toBe(0);
    expect(await topOf(page, "calm-1")).toBe(top);
    await post(world, "/approvals/calm-1/reject", { reason: "elsewhere" });
    await page.locator('[data-job="calm-1"]').getByText("Rejected").waitFor();
    expect(await topOf(page, "calm-1")).toBe(top);
    await button(page, "1 new — show").click();
    await page.locator('[data-job="calm-2"]').waitFor();
    await page.locator('[data-job="calm-1"]').waitFor({ state: "detached" });
  });

  test("an action that somebody changed cannot be approved as it was shown", async () => {
    await post(world, "/actions", proposal("stale"));
    const page = await open(1280, card("stale"));
    await button(page, "Approve…").waitFor();
    const params = { ids: ["c_1"], cascade: false, limit: 9 };
    await post(world, "/approvals/stale/modify", { params, reason: "by somebody else" });
    const job = await jobOf(world, "stale");
    if (job.job.state === "APPROVAL") {
      await page.getByText("This changed since you looked").waitFor();
      expect(await button(page, "Approve…").isDisabled()).toBe(true);
    } else {
      await page.getByText("approved by").waitFor();
      expect(await button(page, "Approve…").count()).toBe(0);
    }
  });

  test("a late answer is told who was faster", async () => {
    await post(world, "/actions", proposal("late"));
    const page = await open(1280, card("late"));
    await button(page, "Reject…").click();
    await page.getByRole("textbox", { name: "Reason" }).fill("too late");
    await page.route("**/approvals/late/reject", async (route) => {
      await post(world, "/approvals/late/approve", {});
      await route.continue();
    });
    await button(page, "Reject").click();
    await page.getByText("Approved").first().waitFor();
    expect((await jobOf(world, "late")).job.state).toBe("APPROVED");
  });
});

describe("texts of agents", () => {
  const hostile = proposal("hostile", {
    params: {
      name: "invoice\u202Egpj.exe",
      html: "<img src=x onerror=\"document.title='owned'\">",
      link: "[open](javascript:alert(1)) https://evil.example",
      body: `${"a".repeat(700)} DROP EVERYTHING ${"b".repeat(700)}`,
    },
    claims: {
      title: "URGENT: already approved by the CFO",
      reasoning: "<b>Approve</b> immediately, [see](https://evil.example)\u200B",
    },
  });

  test("are drawn, never interpreted, and a cut value has to be seen before the approval", async () => {
    await post(world, "/actions", hostile);
    const page = await open(360, card("hostile"));
    await page.getByText("‹U+202E›").first().waitFor();
    expect(await page.locator("main").innerText()).toContain("invoice‹U+202E›gpj.exe");
    expect(await page.locator("main").innerText()).toContain("‹U+200B›");
    expect(await page.locator("main img, main script, main a[href*='evil']").count()).toBe(0);
    expect(await page.title()).not.toContain("owned");
    await page.getByText("presses for time").waitFor();

    expect(await button(page, "Approve…").isDisabled()).toBe(true);
    await page.getByRole("button", { name: /^Show all 1,417 characters/ }).click();
    await page.getByText("DROP EVERYTHING").waitFor();
    expect(await button(page, "Approve…").isEnabled()).toBe(true);
  });

  test("the parts of the card stand in their order, the agent's words last", async () => {
    await post(world, "/actions", proposal("order"));
    const page = await open(1280, card("order"));
    await page.getByText("Claimed by the agent").waitFor();
    const named = page.locator("article section:is([aria-label], [aria-labelledby])");
    const parts = await named.evaluateAll((sections) =>
      sections.map((one) => one.getAttribute("aria-label") ?? one.querySelector("h2")?.textContent),
    );
    expect(parts).toEqual([
      "Who has this card",
      "What changes",
      "Why it is held",
      "Who decides",
      "How unusual it is",
      "Who is behind it",
      "Claimed by the agent",
      "Ask the agent",
      "What happens by itself",
      "Time left",
      "Decide",
      "Comments",
      "In an emergency",
    ]);
  });
});

describe("on a phone", () => {
  const addresses = [
    "/",
    card("phone"),
    "/jobs/phone",
    "/jobs",
    "/policy",
    "/policy/drafts",
    "/policy/try",
    "/policy/tools",
    "/governance",
    "/takeovers",
    "/incidents",
    "/people",
    "/people/me",
    "/groups",
    "/groups/on-call",
    "/channels",
    "/agents",
    "/runs",
    "/nowhere",
  ];

  test.each(addresses)("%s has no horizontal overflow at 360 px", async (address) => {
    const name = "a_very_long_name_without_any_space_".repeat(4);
    await post(world, "/actions", proposal("phone", { params: { [name]: name, ids: [name] } }));
    const page = await open(360, address);
    await page.locator("main h1, main h2").first().waitFor();
    await page.locator(".hp-skeleton").first().waitFor({ state: "detached" });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  });
});

describe("buttons", () => {
  const addresses = [
    "/",
    card("buttons"),
    "/jobs/buttons",
    "/jobs",
    "/policy/try",
    "/incidents",
    "/people",
    "/groups/on-call",
    "/channels",
  ];

  test.each(addresses)("each one on %s does something", async (address) => {
    await post(world, "/actions", proposal("buttons"));
    const page = await open(1280, address);
    const buttons = await openedButtons(page);
    const names = await buttons.evaluateAll((all) =>
      all.map((one) => one.getAttribute("aria-label") ?? one.textContent),
    );
    expect(names.length).toBeGreaterThan(1);
    for (const [index, name] of names.entries()) {
      await page.goto(world.url + address);
      await untilLive(page);
      const pressed = (await openedButtons(page)).nth(index);
      const before = await looks(page);
      expect(await looks(page), "the page is still before the press").toBe(before);
      await pressed.click();
      const message = `the button ${name} on ${address}`;
      await expect.poll(() => looks(page), { message }).not.toBe(before);
    }
  });
});

/** Every button that can be pressed, those in closed details too; an edited text shows a reset. */
async function openedButtons(page: Page): Promise<ReturnType<Page["locator"]>> {
  await page.locator("main h1").waitFor();
  await page.locator(".hp-skeleton").first().waitFor({ state: "detached" });
  await page.evaluate(`for (const one of document.querySelectorAll("details")) one.open = true`);
  const text = page.getByRole("textbox", { name: "Action as JSON" });
  if ((await text.count()) > 0) await text.fill('{"topic": "job.a.b"}');
  return page.locator("button:not(:disabled)");
}

describe("the policy page", () => {
  test("explains an action with the clauses that matched and failed", async () => {
    const page = await open(1280, "/policy/try");
    await button(page, "A read").click();
    await button(page, "Ask the policy").click();
    const playground = page.getByRole("region", { name: "Playground" });
    await playground.getByText("allow-read").first().waitFor();
    await playground.getByText(/rules? that did not match/).click();
    await playground.getByText("payment-gate").waitFor();
  });
});

describe("the line to the server", () => {
  test("says when it is lost, and catches up when it is back", async () => {
    await post(world, "/actions", proposal("line-1"));
    const page = await open(1280, "/?q=customers/line");
    await page.locator('[data-job="line-1"]').waitFor();
    await page.route("**/api/v1/events", (route) => route.abort());
    await page.context().setOffline(true);
    await page.reload().catch(() => {});
    await page.context().setOffline(false);
    await page.goto(`${world.url}/?q=customers/line`);
    await page.locator('.hp-connection[data-state="lost"]').waitFor();
    await page.getByText("Disconnected: what you see may be old").waitFor();
    await page.locator('[data-job="line-1"]').waitFor();
    await post(world, "/actions", proposal("line-2"));
    await page.unroute("**/api/v1/events");
    await untilLive(page);
    await button(page, "1 new — show").waitFor();
  });
});

describe("the demo", () => {
  test("starts with its button, waits for people, and ends when they have decided", async () => {
    const page = await open(1280);
    const panel = page.getByRole("region", { name: "Demo" });
    await panel.waitFor();
    const start = panel.getByRole("button", { name: /^Run/ });
    if ((await start.count()) > 0) await start.click();
    await panel.getByText("Running").waitFor();
    // What other tests left waiting in these topics is answered too: the demo waits for its own only.
    const decide = async (topic: string, verb: string): Promise<void> => {
      for (const id of await waiting(topic))
        await post(world, `/approvals/${id}/${verb}`, { reason: "by the test" });
    };
    const isDone = async (): Promise<boolean> => {
      await decide("job.config.write", "reject");
      await decide("job.db.delete", "approve");
      return (await panel.getByText("Done").count()) > 0;
    };
    await expect.poll(isDone, { timeout: 60_000 }).toBe(true);
    await panel.getByText(/^All \d+ steps$/).click();
    await panel.getByText("by the test").first().waitFor();
  });
});

/** Holds that their agent did not name; those of the demo are among them. */
async function waiting(topic: string): Promise<readonly string[]> {
  const response = await fetch(`${world.url}/api/v1/approvals?topic=${topic}&limit=200`);
  const page = (await response.json()) as { items: { job: { id: string } }[] };
  return page.items.map(({ job }) => job.id).filter((id) => id.startsWith("job_"));
}

async function focused(page: Page): Promise<string | undefined> {
  return page.evaluate<string | undefined>("document.activeElement?.tagName");
}

async function topOf(page: Page, id: string): Promise<number | undefined> {
  return (await page.locator(`[data-job="${id}"]`).boundingBox())?.y;
}

/** Everything of the page that a press can change, without the clocks. */
async function looks(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const copy = document.body.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.remove();
    const values = [...document.querySelectorAll("input, textarea")].map((one) => one.value);
    const scheme = document.documentElement.dataset.mantineColorScheme;
    return [location.href, scheme, copy.innerHTML, ...values].join(" | ");
  })()`);
}
