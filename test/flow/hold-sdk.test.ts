// What the SDK does for an agent whose action waits: it answers questions, names what it replaces, and waits for takeovers.

import { ActionDenied, ActionRejected, Holdpoint, openQuestions } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { type Holds, startHolds } from "./hold-world.ts";
import { stopLine } from "./line-world.ts";

let holds: Holds;
let hp: Holdpoint;

beforeAll(async () => {
  holds = await startHolds();
  hp = new Holdpoint({ url: holds.url, apiKey: holds.keys.agent });
}, 120_000);

afterAll(async () => {
  hp.close();
  await stopLine(holds.line);
});

function ask(id: string, text: string): Promise<unknown> {
  return holds.post("ana", `/approvals/${id}/ask`, { text });
}

/** The hold once the agent has answered so many questions. */
async function answered(id: string, count: number): Promise<readonly unknown[]> {
  for (let since = 0; ;) {
    const { body } = await holds.get("ana", `/jobs/${id}/wait?timeout=30&since=${since}`);
    const questions = at(body, "watch", "questions") as { answer: { text: string } | null }[];
    const texts = questions.flatMap(({ answer }) => (answer === null ? [] : [answer.text]));
    if (texts.length >= count) return texts;
    since = Number(at(body, "job", "revision"));
  }
}

describe("questions", () => {
  test("reach the guard while it waits, each once, and the action runs after the approval", async () => {
    const heard: string[] = [];
    let id = "";
    let sending: Promise<string> | undefined;
    const held = new Promise<void>((resolve) => {
      const send = hp.guard(async ({ to }: { to: string }) => `sent to ${to}`, {
        topic: "job.mail.send",
        onQuestion: async ({ text }, job) => {
          heard.push(text);
          expect(job.job.state).toBe("APPROVAL");
          return text === "No answer?" ? null : `because: ${text}`;
        },
      });
      const options = {
        onProposed: ({ job }: { job: { id: string } }): void => {
          id = job.id;
          resolve();
        },
      };
      sending = send({ to: "li@example.com" }, {}, options);
    });
    await held;
    await ask(id, "Why?");
    expect(await answered(id, 1)).toEqual(["because: Why?"]);
    await ask(id, "No answer?");
    await ask(id, "To whom?");
    expect(await answered(id, 2)).toEqual(["because: Why?", "because: To whom?"]);
    await holds.post("ana", `/approvals/${id}/approve`);
    expect(await sending).toBe("sent to li@example.com");
    expect(heard).toEqual(["Why?", "No answer?", "To whom?"]);
  });

  test("asked before the wait begins are answered too; what the callback throws ends the wait", async () => {
    const job = await hp.propose({ topic: "job.mail.send", params: { a: "asked-before" } });
    await ask(job.job.id, "Early?");
    expect(openQuestions(await hp.job(job.job.id)).map(({ text }) => text)).toEqual(["Early?"]);
    const failing = hp.wait(job.job.id, {
      onQuestion: () => {
        throw new Error("no model here");
      },
    });
    await expect(failing).rejects.toThrow("no model here");
    const waiting = hp.attach(job.job.id, { onQuestion: () => "yes" });
    expect(await answered(job.job.id, 1)).toEqual(["yes"]);
    await holds.post("ana", `/approvals/${job.job.id}/reject`, { reason: "no" });
    expect(await waiting).toMatchObject({ status: "REJECTED", onReject: "reroute" });
  });

  test("are answered by hand as well", async () => {
    const job = await hp.propose({ topic: "job.mail.send", params: { a: "by-hand" } });
    await ask(job.job.id, "Which?");
    const [question] = openQuestions(await hp.job(job.job.id));
    const after = await hp.answer(job.job.id, question?.id ?? "", "this one");
    expect(openQuestions(after)).toEqual([]);
    await expect(hp.answer(job.job.id, "que_none", "x")).rejects.toMatchObject({
      code: "question_not_found",
    });
  });
});

describe("after a rejection", () => {
  test("the same action is denied, and another names what it stands in for", async () => {
    const topic = "job.mail.reroute";
    const params = { to: "all@example.com", subject: "Sale", body: "now" };
    const send = hp.guard(async (given: typeof params) => given.to, { topic });
    const first = send(params, {}, { onProposed: ({ job }) => void rejectIt(job.id) });
    const rejection: unknown = await first.catch((error: unknown) => error);
    expect(rejection).toBeInstanceOf(ActionRejected);
    const { job, onReject } = rejection as ActionRejected;
    expect(onReject).toBe("reroute");
    const again: unknown = await send(params).catch((error: unknown) => error);
    expect(again).toBeInstanceOf(ActionDenied);
    expect((again as ActionDenied).job.resolution?.code).toBe("previously_rejected");
    const instead = { ...params, to: "li@example.com" };
    const approveIt = (id: string): Promise<unknown> =>
      holds.post("ana", `/approvals/${id}/approve`);
    const call = {
      replaces: job.job.id,
      onProposed: ({ job: { id } }: { job: { id: string } }) => void approveIt(id),
    };
    expect(await send(instead, {}, call)).toBe("li@example.com");
    expect((await hp.job(job.job.id)).replaced_by).not.toBeNull();
  });

  test("a takeover tells the agent when people have ended it", async () => {
    const { body } = await holds.propose("job.hand.over");
    const id = textAt(body, "job", "id");
    await holds.post("ana", `/approvals/${id}/reject`, { reason: "I do it" });
    const rejected = await hp.attach(id);
    expect(rejected.onReject).toBe("escalate");
    const takeover = rejected.job.takeover?.id ?? "";
    const waiting = hp.waitForTakeover(id);
    expect((await holds.post("ana", `/takeovers/${takeover}/claim`)).status).toBe(200);
    const done = await holds.post("ana", `/takeovers/${takeover}/done`, { note: "called them" });
    expect(done.status).toBe(200);
    expect(await waiting).toMatchObject({ state: "done", note: "called them" });
    expect(await hp.waitForTakeover(id)).toMatchObject({ state: "done" });
    const other = await hp.propose({ topic: "job.files.read" });
    expect(await hp.waitForTakeover(other.job.id)).toBeNull();
  });
});

async function rejectIt(id: string): Promise<void> {
  await holds.post("ana", `/approvals/${id}/reject`, { reason: "not to all" });
}
