// What follows a decision, in a browser: an override and its judgement, and a task that people take over.

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

test("an override needs its incident, a reason and a clear yes, and is judged by somebody else", async () => {
  await holds.send("agent", "/actions", deletion("urgent"));
  const page = await holds.signIn("li", 1280, "/incidents");
  await button(page, "Open an incident…").click();
  await page.getByLabel("What is happening").fill("Customers cannot pay");
  await page.getByLabel("Name").fill("INC-7");
  await button(page, "Open the incident").click();
  await page.getByText("Customers cannot pay").first().waitFor();

  await page.goto(`${holds.world.url}/approvals/urgent`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await button(page, "Override…").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This releases the action now, by you alone").waitFor();
  expect(await page.evaluate("document.activeElement?.className")).toContain("hp-dialog-title");
  await dialog.getByRole("button", { name: "Override" }).click();
  await dialog.getByText("An override needs a reason").waitFor();
  expect((await holds.read("/jobs/urgent")).job.state).toBe("APPROVAL");
  await dialog.getByLabel("Incident").selectOption("INC-7");
  await dialog.getByLabel("Reason").fill("The rows block every payment");
  await dialog.getByLabel("I release this without those who were asked").check();
  await dialog.getByRole("button", { name: "Override" }).click();
  await page.getByText("It was released in an emergency").waitFor();
  expect((await holds.read("/jobs/urgent")).resolution?.code).toBe("override");

  // Nobody judges an override of their own.
  await page.goto(`${holds.world.url}/governance`);
  await judge(page);
  await page.getByRole("dialog").getByRole("alert").waitFor();
  await page.keyboard.press("Escape");

  const kim = await holds.signIn("kim", 360, "/governance");
  const review = kim.getByRole("region", { name: "Overrides" });
  await review.getByText("The rows block every payment").waitFor();
  await review.getByText("INC-7").waitFor();
  await review.getByText("Who overrode had opened the incident themselves").waitFor();
  await button(kim, /^Judge it…/).click();
  await kim.getByRole("button", { name: "Close the review" }).click();
  await kim.getByText("This answer is missing").first().waitFor();
  await kim.keyboard.press("Escape");
  await judge(kim);
  await kim.getByText("Nothing to judge").waitFor();
  await kim.getByLabel("Include closed ones").check();
  await review.getByText("A second lead on duty").waitFor();
  const report = kim.getByRole("region", { name: "Report" });
  await report.getByRole("row", { name: /crm-bot/ }).waitFor();
  expect(
    await kim.evaluate(
      "document.documentElement.scrollWidth <= document.documentElement.clientWidth",
    ),
  ).toBe(true);
});

async function judge(page: Page): Promise<void> {
  await button(page, /^Judge it…/).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Legitimate: it could not wait").check();
  await dialog.getByLabel("What went wrong?").fill("Everybody asked was asleep");
  await dialog.getByLabel("How can it be avoided?").fill("A second lead on duty");
  await dialog.getByRole("button", { name: "Close the review" }).click();
}

test("a rejection that asks for it is taken over, with its context, and given back to the agent", async () => {
  await holds.send("agent", "/actions", deletion("by-hand"));
  const page = await holds.signIn("ana", 360, "/approvals/by-hand");
  await button(page, "Reject…").click();
  await page.getByLabel(/^Reason/).fill("I do it in the shop");
  await button(page, /^Reject$/).click();
  await page.getByText("People are asked to do it by hand").waitFor();
  await page.getByRole("link", { name: "See the takeover" }).click();

  const task = page.getByRole("region", { name: "Takeovers" }).getByRole("listitem");
  await task.getByText("I do it in the shop").waitFor();
  await task.getByText("crm-bot").waitFor();
  await task.getByText("What it would have done").click();
  await task.getByText('["by-hand"]').waitFor();
  await button(page, /^Take it/).click();
  await task.getByText("has it now").waitFor();
  await button(page, "Return to the agent…").click();
  await page.getByLabel("What the agent should know").fill("Ask for one at a time");
  await button(page, "Return it").click();
  await page.getByText("Nothing to take over").waitFor();
  const { takeover } = await holds.read("/jobs/by-hand");
  expect(takeover).toMatchObject({ state: "returned", note: "Ask for one at a time" });
  await page.goto(`${holds.world.url}/jobs/by-hand`);
  await page.getByText("gave it back to the agent").waitFor();
});
