// Holds between several people, in a browser: claimed, handed over, asked about, answered many at once, vetoed.

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { deletion, type HoldWorld, openHolds } from "./hold-world.ts";

let holds: HoldWorld;

beforeAll(async () => {
  holds = await openHolds();
});
afterEach(async () => {
  expect(await holds.closeTabs()).toEqual([]);
});
afterAll(async () => {
  await holds?.close();
});

const button = (page: Page, name: string | RegExp): ReturnType<Page["getByRole"]> =>
  page.getByRole("button", { name });

const fitsItsWidth = (page: Page): Promise<boolean> =>
  page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth");

test("a card is taken, handed over to somebody on duty, and said to be theirs", async () => {
  await holds.send("agent", "/actions", deletion("handed"));
  const ana = await holds.signIn("ana", 360, "/approvals/handed");
  const holder = ana.getByRole("region", { name: "Who has this card" });
  await holder.getByText("Nobody has this card.").waitFor();
  await button(ana, "Take it").click();
  await holder.getByText("You have this card").waitFor();
  expect(await fitsItsWidth(ana)).toBe(true);

  const li = await holds.signIn("li", 1280, "/approvals/handed");
  await li.getByText(/ana@example.com has this card/).waitFor();
  expect(await button(li, "Take it").count()).toBe(0);
  await button(li, "Approve…").waitFor();

  await button(ana, "Hand over…").click();
  const dialog = ana.getByRole("dialog");
  await dialog.getByLabel("To").selectOption({ label: "li@example.com – on duty" });
  await dialog.getByLabel("Note").fill("You know this customer");
  await dialog.getByRole("button", { name: "Hand over" }).click();
  await holder.getByText(/li@example.com has this card/).waitFor();
  await li.getByText("You have this card").waitFor();

  await li.goto(`${holds.world.url}/?claimed=me`);
  const row = li.locator('[data-job="handed"]');
  await row.getByText("You have it").waitFor();
  await li.goto(`${holds.world.url}/jobs/handed`);
  await li.getByText("gave the card to li@example.com").waitFor();
  await li.getByText("You know this customer").first().waitFor();
});

test("the agent is asked, and its answer is boxed as a claim with what steers the reader", async () => {
  await holds.send("agent", "/actions", deletion("asked"));
  const page = await holds.signIn("ana", 1280, "/approvals/asked");
  await page.getByLabel("Question to the agent").fill("Who asked for this?");
  await button(page, /^Ask$/).click();
  await page.getByText("The agent has not answered.").waitFor();
  const { watch } = await holds.read("/jobs/asked");
  const [question] = watch?.questions ?? [];
  expect(question?.text).toBe("Who asked for this?");
  await holds.send("agent", "/jobs/asked/answers", {
    question: question?.id,
    text: "URGENT, the boss already approved it <b>now</b>",
  });
  const answer = page.getByRole("note", { name: "Claimed by the agent" });
  await answer.getByText("checked by nobody").waitFor();
  await answer.getByText("the boss already approved it <b>now</b>").waitFor();
  await answer.getByText("presses for time").waitFor();
  expect((await holds.read("/jobs/asked")).job.state).toBe("APPROVAL");
});

test("holds alike are answered at once with one reason, each with its own result", async () => {
  for (const id of ["many-1", "many-2", "many-3"]) {
    await holds.send("agent", "/actions", deletion(id));
  }
  await holds.send("agent", "/actions", deletion("other", { topic: "job.db.truncate" }));
  const page = await holds.signIn("ana", 1280, "/");
  await page.locator('[data-job="many-3"]').waitFor();
  await button(page, "Choose several").click();
  const box = (id: string): ReturnType<Page["locator"]> =>
    page.locator("li", { has: page.locator(`[data-job="${id}"]`) }).getByRole("checkbox");
  for (const id of ["many-1", "many-2", "many-3"]) await box(id).check();
  expect(await box("other").isDisabled()).toBe(true);
  await button(page, "Reject all…").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("3 actions, each reviewed by itself").waitFor();
  await dialog.getByText("The same in all").waitFor();
  await dialog.getByText("customers/many-2", { exact: true }).waitFor();

  // Somebody else is faster with one of them.
  await holds.send("li", "/approvals/many-2/approve", {});
  await dialog.getByRole("button", { name: "Reject 3" }).click();
  await dialog.getByText("A rejection needs a reason").waitFor();
  await dialog.getByLabel("Reason").fill("Not in the freeze");
  await dialog.getByRole("button", { name: "Reject 3" }).click();
  await dialog.getByText("2 of 3 taken").waitFor();
  await dialog.getByText("This hold was decided before your answer arrived").waitFor();
  await dialog.getByText("Close", { exact: true }).click();
  expect((await holds.read("/jobs/many-1")).resolution?.reason).toBe("Not in the freeze");
  expect((await holds.read("/jobs/many-2")).job.state).toBe("APPROVED");
  expect((await holds.read("/jobs/other")).job.state).toBe("APPROVAL");
});

test("a veto window says when it runs, and rejecting comes first", async () => {
  await holds.send("agent", "/actions", {
    job_id: "letter",
    topic: "job.newsletter.send",
    params: { list: "all", subject: "November" },
  });
  const page = await holds.signIn("ana", 360, "/approvals/letter");
  const time = page.getByRole("region", { name: "Time left" });
  await time.getByText(/Runs at .* unless somebody rejects/).waitFor();
  const buttons = await page.locator(".hp-decide-buttons button").allTextContents();
  expect(buttons[0]).toBe("Reject…");
  await page.getByText("it runs, unless somebody rejected").waitFor();
  expect(await fitsItsWidth(page)).toBe(true);
  await button(page, "Reject…").click();
  await page.getByLabel(/^Reason/).fill("The text is not approved");
  await button(page, /^Reject$/).click();
  await page.locator(".hp-notice-stop").getByText("rejected by").waitFor();
  expect((await holds.read("/jobs/letter")).job.state).toBe("REJECTED");
});

test("what is near to a rejected action is shown beside it, with what people said", async () => {
  const target = { environment: "prod", resource: "customers/near" };
  await holds.send("agent", "/actions", deletion("first-try", { target }));
  await holds.send("li", "/approvals/first-try/reject", {
    reason: "Too many at once",
    code: "wrong_amount",
  });
  await holds.send(
    "agent",
    "/actions",
    deletion("second-try", { target, params: { ids: ["first-try"], limit: 90 } }),
  );
  const page = await holds.signIn("ana", 1280, "/");
  await page.locator('[data-job="second-try"]').getByText("Near to a rejected one").waitFor();
  await page.goto(`${holds.world.url}/approvals/second-try`);
  const unusual = page.getByRole("region", { name: "How unusual it is" });
  await unusual.getByText("Too many at once").first().waitFor();
  const row = unusual.getByRole("row", { name: /\/params\/limit/ });
  expect(await row.getByRole("cell").allTextContents()).toEqual(["100", "90"]);
  await holds.send(
    "agent",
    "/actions",
    deletion("third-try", { target, params: { ids: ["first-try"], limit: 100 } }),
  );
  const third = await holds.read("/jobs/third-try");
  expect(third.resolution?.code).toBe("previously_rejected");
});

test("the card says who is asked, who is on duty, and what comes next", async () => {
  await holds.send("agent", "/actions", deletion("clocked"));
  const page = await holds.signIn("ana", 1280, "/approvals/clocked");
  const who = page.getByRole("region", { name: "Who decides" });
  await who.getByText("group platform", { exact: true }).waitFor();
  expect(await who.getByText("on duty", { exact: true }).count()).toBe(3);
  const course = page.getByRole("region", { name: "What happens by itself" });
  await course.getByText("it widens to group on-call").waitFor();
  await course.getByText("those asked are told again").waitFor();
  await course.getByText("the promised time is over").waitFor();
  expect(await button(page, "Override…").count()).toBe(0);
});

test("whoever stands in for somebody away is told for whom they vote, and until when", async () => {
  for (const who of ["ana", "max"] as const) await holds.addPerson(who);
  await holds.send("agent", "/actions", deletion("stood-in"));
  const page = await holds.signIn("max", 360, "/approvals/stood-in");
  await page.getByText("You cannot decide on this one").waitFor();
  const ends = new Date(Date.now() + 3_600_000).toISOString();
  await holds.send("ana", "/delegations", { to: "max", ends, reason: "vacation" });
  await page.reload();
  const decide = page.getByRole("region", { name: "Decide" });
  await decide.getByText(/You vote for ana@example.com until/).waitFor();
  await button(page, "Approve…").click();
  await button(page, /^Approve$/).click();
  await page.locator(".hp-notice-go").getByText("approved by").waitFor();
  await page.getByText(/approved for/).waitFor();
});

test("blind votes are a number to whoever has not voted, on the card and in the list of what happened", async () => {
  await holds.send("agent", "/actions", deletion("blind", { topic: "job.vote.now" }));
  await holds.send("li", "/approvals/blind/approve", { reason: "Seen with the customer" });
  const page = await holds.signIn("kim", 360, "/approvals/blind");
  const who = page.getByRole("region", { name: "Who decides" });
  await who.getByText("1 voted. How is shown to you once you have voted.").waitFor();
  expect(await page.getByText("Seen with the customer").count()).toBe(0);
  expect(await page.getByText("1 of 2").count()).toBe(0);
  await page.goto(`${holds.world.url}/jobs/blind`);
  await page.getByText("crm-bot").first().waitFor();
  expect(await page.getByText("Seen with the customer").count()).toBe(0);
  await holds.send("kim", "/approvals/blind/approve", {});
  await page.getByText("Seen with the customer").first().waitFor();
});

test("where nobody is on duty the card says whom it went to instead, and why", async () => {
  await holds.send("agent", "/actions", deletion("night", { topic: "job.night.deploy" }));
  const page = await holds.signIn("li", 1280, "/approvals/night");
  const course = page.getByRole("region", { name: "What happens by itself" });
  await course.getByText("widened to group on-call: nobody asked before was on duty").waitFor();
  const who = page.getByRole("region", { name: "Who decides" });
  await who.getByText("group on-call", { exact: true }).waitFor();
  await button(page, "Approve…").waitFor();
  await page.goto(holds.world.url);
  await page.locator('[data-job="night"]').getByText("Widened").waitFor();
});
