// A run asks for its calls: it goes on at once, or ends with its state kept and goes on with the answers.

import { type Action, type Holdpoint, type ResumedRun, type RunState } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Asking, mail, read, startAsking } from "./interrupt-world.ts";

let world: Asking;
let hp: Holdpoint;

beforeAll(async () => {
  world = await startAsking();
  ({ hp } = world);
}, 120_000);

afterAll(() => world.stop());

describe("a run that can go on", () => {
  test("gets the outcomes at once; its state is not made, nothing is stored, and no run is suspended", async () => {
    let made = 0;
    const options = world.place(() => {
      made += 1;
      return {};
    });
    const never = { topic: "job.never.drop", params: {} };
    const outcomes = await hp.interrupt([read("a"), never, read("b")], options);

    expect(outcomes).toMatchObject([
      { status: "approved", call: "a", action: { params: { file: "a" } } },
      { status: "denied", reason: "that is never automated" },
      { status: "approved", call: "b" },
    ]);
    expect(made).toBe(0);
    expect(await hp.checkpoints.latest(options.thread)).toBeNull();
    expect((await hp.resumptions.list({ thread: options.thread })).items).toEqual([]);
  });

  test("gets one outcome for one action, and none for none", async () => {
    expect(await hp.interrupt(read("only"), world.place())).toMatchObject({ status: "approved" });
    expect(await hp.interrupt([], world.place())).toEqual([]);
  });

  test("finds what has run as executed, and runs nothing twice", async () => {
    const options = world.place();
    const outcome = await hp.interrupt(read("once"), options);
    await hp.redeem(outcome.job, outcome.action);

    expect(await hp.interrupt(read("once"), options)).toMatchObject({ status: "executed" });
    await hp.report(outcome.job.job.id, { status: "SUCCEEDED" });
    expect(await hp.interrupt(read("once"), options)).toMatchObject({ status: "executed" });
  });
});

describe("a run that has to wait", () => {
  test("ends with its held calls, its state in the store and bound to them", async () => {
    let made = 0;
    const options = world.place(async () => {
      made += 1;
      return { messages: ["hello"] };
    });
    const error = await world.interrupted([read("now"), mail("later")], options);
    const stored = await hp.checkpoints.latest(options.thread);

    expect(made).toBe(1);
    expect(error.jobs.map(({ action }) => action.agent.call)).toEqual(["later"]);
    expect(error.resumption).toMatchObject({ state: "waiting", thread: options.thread });
    expect(JSON.parse(new TextDecoder().decode(stored?.state))).toEqual({ messages: ["hello"] });
  });

  test("asked again, by whichever process, is the same calls and the same suspended run", async () => {
    const options = world.place();
    const first = await world.interrupted([mail("a"), mail("b")], options);
    const second = await world.interrupted([mail("a"), mail("b")], options);

    expect(second.resumption.id).toBe(first.resumption.id);
    expect(second.jobs.map(({ job }) => job.id)).toEqual(first.jobs.map(({ job }) => job.id));
  });

  test("asked again after people changed a call is the same suspended run", async () => {
    const options = world.place();
    const first = await world.interrupted([mail("a"), mail("b")], options);
    const [a = ""] = first.jobs.map(({ job }) => job.id);
    await world.decide(a, "modify", { params: { to: "al@example.com" } });
    const second = await world.interrupted([mail("a"), mail("b")], options);

    expect(second.jobs.map(({ action }) => action.agent.call)).toEqual(["b"]);
    expect(second.resumption.id).toBe(first.resumption.id);
  });

  test("a call whose action is another than before is refused, and nothing is stored", async () => {
    const options = world.place();
    await world.interrupted([mail("a", "li@example.com")], {
      ...options,
      thread: `${options.thread}-old`,
    });
    const other = hp.interrupt([mail("a", "evil@example.com")], options);

    await expect(other).rejects.toMatchObject({ code: "idempotency_mismatch", status: 409 });
    expect(await hp.checkpoints.latest(options.thread)).toBeNull();
  });

  test("calls without an id are known by what they do", async () => {
    const nameless: Action = { topic: "job.mail.send", params: { to: "li@example.com" } };
    const options = world.place();
    const first = await world.interrupted([nameless, nameless], options);
    const second = await world.interrupted([nameless, nameless], options);

    expect(new Set(first.jobs.map(({ job }) => job.id)).size).toBe(2);
    expect(second.jobs.map(({ job }) => job.id)).toEqual(first.jobs.map(({ job }) => job.id));
  });

  test("a state that is stored already is named by its id", async () => {
    const options = world.place();
    const { thread } = options;
    await hp.checkpoints.save(thread, { id: "cp-1", codec: "own", state: new Uint8Array([1, 2]) });
    const { state: _, ...rest } = options;
    const error = await world.interrupted([mail("a")], { ...rest, checkpoint: "cp-1" });

    expect(error.resumption).toMatchObject({ checkpoint: { id: "cp-1" } });
    await expect(hp.interrupt([mail("a")], rest)).rejects.toThrow("needs the `state`");
    await expect(hp.interrupt([mail("z")], { ...rest, checkpoint: "cp-2" })).rejects.toMatchObject({
      code: "checkpoint_not_found",
    });
  });

  test("more calls than a run may wait for are refused before any is proposed", async () => {
    const many = Array.from({ length: 65 }, (_, index) => mail(`c${index}`));
    const options = world.place();

    await expect(hp.interrupt(many, options)).rejects.toThrow("64 calls at most, not 65");
    const { body } = await world.holds.get("agent", `/runs/${options.run}/interrupts`);
    expect(body).toEqual({ items: [] });
  });
});

/** A worker that goes on with the runs of a thread until `enough` says so; what `resume` was given. */
async function worked<T>(
  thread: string,
  resume: (run: ResumedRun) => Promise<T>,
  times = 1,
): Promise<T[]> {
  const seen: T[] = [];
  const stopping = new AbortController();
  const worker = hp.worker({
    thread,
    resume: async (run) => {
      try {
        seen.push(await resume(run));
      } finally {
        if (seen.length >= times) stopping.abort();
      }
    },
  });
  await worker.run({ signal: stopping.signal });
  return seen;
}

describe("a run that goes on", () => {
  test("by the same interrupt gets the outcomes in its order: modified, rejected, approved", async () => {
    const actions = [mail("a"), mail("b"), mail("c")];
    const options = world.place();
    const { jobs } = await world.interrupted(actions, options);
    const [a = "", b = "", c = ""] = jobs.map(({ job }) => job.id);
    await world.decide(c);
    await world.decide(b, "reject", { reason: "not to b", code: "wrong_target" });
    await world.decide(a, "modify", { params: { to: "al@example.com" } });
    const [outcomes] = await worked(options.thread, ({ state, claim }) =>
      hp.interrupt(actions, { ...options, state, after: claim }),
    );

    expect(outcomes).toMatchObject([
      {
        status: "approved",
        call: "a",
        modified: true,
        action: { params: { to: "al@example.com" } },
      },
      { status: "rejected", call: "b", reason: "not to b", code: "wrong_target" },
      { status: "approved", call: "c", modified: false },
    ]);
  });

  test.for<[string, RunState]>([
    ["json", { history: [1, null, "é"], done: false }],
    ["text", "\ufeffwhat the agent knew"],
    ["bytes", new Uint8Array([0, 255, 128])],
  ])("has its state of %s as it was", async ([codec, state]) => {
    const options = world.place(state);
    const { jobs } = await world.interrupted([mail("a")], options);
    await world.decide(jobs[0]?.job.id ?? "");
    const [seen] = await worked(options.thread, async (run) => ({
      codec: run.codec,
      state: run.state,
    }));

    expect(seen).toEqual({ codec, state });
  });

  test("stops again when what it does next is held as well", async () => {
    const options = world.place({ step: 1 });
    const { jobs } = await world.interrupted([mail("first")], options);
    await world.decide(jobs[0]?.job.id ?? "");
    const steps = await worked(
      options.thread,
      async ({ state, claim }) => {
        const { step } = state as { step: number };
        if (step === 2) return step;
        const next = { ...options, state: { step: 2 }, after: claim };
        const { jobs: held } = await world.interrupted([mail("second")], next);
        await world.decide(held[0]?.job.id ?? "");
        return step;
      },
      2,
    );

    expect(steps).toEqual([1, 2]);
  });

  test("in the mode `first` has the answers that are there, whether it waited or not", async () => {
    const actions = [mail("a"), mail("b")];
    const options = { ...world.place(), mode: "first" as const };
    const { jobs } = await world.interrupted(actions, options);
    await world.decide(jobs[1]?.job.id ?? "");
    const [outcomes] = await worked(options.thread, ({ state, claim }) =>
      hp.interrupt(actions, { ...options, state, after: claim }),
    );

    expect(outcomes).toMatchObject([{ status: "waiting" }, { status: "approved" }]);
    const mixed = await hp.interrupt([mail("c"), read("d")], options);
    expect(mixed).toMatchObject([{ status: "waiting" }, { status: "approved" }]);
  });

  test("in the mode `each` goes on with every answer", async () => {
    const actions = [mail("a"), mail("b"), mail("c")];
    const options = { ...world.place(), mode: "each" as const };
    const { jobs } = await world.interrupted(actions, options);
    const [a = "", b = "", c = ""] = jobs.map(({ job }) => job.id);
    const order = [b, c, a];
    await world.decide(order.shift() ?? "");
    const answered = await worked(
      options.thread,
      async (run) => {
        const next = order.shift();
        if (next !== undefined) await world.decide(next);
        return run.answered.map(({ call }) => call);
      },
      3,
    );

    expect(answered).toEqual([["b"], ["c"], ["a"]]);
  });

  test("waits again for a call that went back to people, though its state is the same", async () => {
    const options = world.place();
    let rows = 1;
    const send = hp.calls(async ({ to }: { to: string }) => `sent to ${to}`, {
      topic: "job.mail.send",
      preview: () => ({ rows }),
    });
    const agent = { run: options.run, thread: options.thread, call: "a" };
    const { job } = await send.propose({ to: "li@example.com" }, { agent });
    const action: Action = {
      topic: "job.mail.send",
      params: { to: "li@example.com" },
      effect: { rows: 1 },
      agent,
    };
    const first = await world.interrupted([action], options);
    expect(first.jobs.map((one) => one.job.id)).toEqual([job.job.id]);
    await world.decide(job.job.id);
    rows = 2;
    const results = await worked(
      options.thread,
      async ({ state, claim, outcome }) => {
        try {
          return await send.run(outcome.job, { to: "li@example.com" });
        } catch (error) {
          if (!(error instanceof Error) || error.name !== "ActionHeld") throw error;
          const again = await world.interrupted([action], { ...options, state, after: claim });
          await world.decide(job.job.id);
          return again.jobs.length;
        }
      },
      2,
    );

    expect(results).toEqual([1, "sent to li@example.com"]);
  });
});
