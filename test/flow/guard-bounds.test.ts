// What a guarded call is kept to: the effect that was shown, the limits of its grant, and what is hidden of its result.

import {
  type Effect,
  type GuardOptions,
  isRefusal,
  type JobView,
  modelMessage,
  NotExecuted,
} from "@holdpoint/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GuardWorld, startGuardWorld, stopGuardWorld } from "./guard-world.ts";

interface Params {
  readonly id?: string;
  readonly dry_run?: boolean;
}
type Options = Partial<GuardOptions<Params, unknown>> & { readonly topic: string };

let world: GuardWorld;

beforeAll(async () => {
  world = await startGuardWorld();
}, 120_000);

afterAll(() => stopGuardWorld(world));

beforeEach(() => {
  world.effects.length = 0;
});

/** A guarded tool that leaves a line and gives `result`. */
function tool(options: Options, result: unknown = { done: true }) {
  return world.hp.calls<Params, unknown>((params) => {
    world.effects.push(JSON.stringify(params));
    return result;
  }, options);
}

/** Calls it; the job as soon as it is proposed, and what the call comes to. */
async function ask(options: Options, params: Params = {}) {
  const { promise, resolve, reject } = deferred<JobView>();
  const ended = tool(options).call(params, {}, { onProposed: resolve });
  ended.catch(reject);
  return { job: await promise, ended };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

async function state(job: JobView): Promise<JobView> {
  return world.hp.job(job.job.id);
}

/** The job once it waits for people with this number of rows. */
async function shownWith(job: JobView, rows: number | null): Promise<JobView> {
  for (;;) {
    const now = await state(job);
    if (now.job.state === "APPROVAL" && now.action.effect?.rows === rows) return now;
    await world.line.after(job.job.id, now.job.revision);
  }
}

describe("the effect that people were shown", () => {
  test("is computed anew before the run; another one goes back to them", async () => {
    const seen: Effect[] = [{ rows: 3 }, { rows: 4_000 }, { rows: 4_000 }];
    const preview = () => seen.shift() ?? null;
    const { job, ended } = await ask({ topic: "job.held.delete", preview });
    expect(job.action.effect).toMatchObject({ rows: 3 });

    await world.person("approve", job);
    await shownWith(job, 4_000);
    expect(world.effects).toEqual([]);
    await world.person("approve", job);

    await expect(ended).resolves.toEqual({ done: true });
    expect(seen).toEqual([]);
    expect(world.effects).toHaveLength(1);
  });

  test("that cannot be computed any more is another one too", async () => {
    const seen: (Effect | null)[] = [{ rows: 3 }, null];
    const { job, ended } = await ask({
      topic: "job.held.delete",
      preview: () => seen.shift() ?? null,
    });

    await world.person("approve", job);
    await shownWith(job, null);
    await world.person("reject", job, { reason: "nobody knows what it does" });

    await expect(ended).rejects.toMatchObject({ name: "ActionRejected" });
    expect(world.effects).toEqual([]);
  });

  test("is that of the parameters that people wrote, where they changed them", async () => {
    const previewed: unknown[] = [];
    const preview = (params: Params): Effect => {
      previewed.push(params.id);
      return { rows: params.id === "all" ? 9 : 1 };
    };
    const { job, ended } = await ask({ topic: "job.held.delete", preview }, { id: "all" });

    await world.person("modify", job, { params: { id: "one" }, reason: "only this" });
    const now = await state(job);
    if (now.job.state === "APPROVAL") await world.person("approve", now);

    await expect(ended).resolves.toEqual({ done: true });
    expect(previewed).toEqual(["all", "one"]);
    expect(world.effects).toEqual(['{"id":"one"}']);
  });

  test("that throws when it is computed anew ends the call before the redemption", async () => {
    let times = 0;
    const preview = (): Effect => {
      times += 1;
      if (times > 1) throw new Error("the table is gone");
      return { rows: 1 };
    };
    const { job, ended } = await ask({ topic: "job.held.delete", preview });
    await world.person("approve", job);

    await expect(ended).rejects.toThrow("the table is gone");
    expect((await state(job)).job.state).toBe("APPROVED");
    expect(world.effects).toEqual([]);
  });
});

describe("a bound on rows and recipients", () => {
  const few = (): Effect => ({ rows: 5, recipients: 1 });

  test("is kept by a preview within it", async () => {
    const { ended } = await ask({ topic: "job.rows.delete", preview: few });

    await expect(ended).resolves.toEqual({ done: true });
  });

  test.for([
    [{ rows: 6, recipients: 1 }, "max_rows"],
    [{ rows: 1, recipients: 2 }, "max_recipients"],
  ] as const)("stops a preview of %o before the redemption", async ([effect, constraint]) => {
    const { job, ended } = await ask({ topic: "job.rows.delete", preview: () => effect });

    await expect(ended).rejects.toMatchObject({ name: "ConstraintViolated", constraint });
    expect((await state(job)).job.state).toBe("APPROVED");
    expect(world.effects).toEqual([]);
  });

  test("is refused where nothing counts, unless the tool keeps it", async () => {
    const { ended } = await ask({ topic: "job.rows.delete", preview: () => ({ rows: 1 }) });
    await expect(ended).rejects.toMatchObject({ constraints: ["max_recipients"] });

    const honoured = { topic: "job.rows.delete", honours: ["max_rows", "max_recipients"] };
    await expect((await ask(honoured)).ended).resolves.toEqual({ done: true });
  });

  test("stops a run anew too, and the call stays unknown", async () => {
    let rows = 5;
    const again: Options = {
      topic: "job.rows.delete",
      preview: () => ({ rows, recipients: 1 }),
      idempotent: true,
      idempotencyKey: "rows-again",
    };
    const { job } = await tool(again).propose({});
    await world.hp.redeem(job, { topic: "job.rows.delete", params: {} });
    await world.forget(job.job.id);

    rows = 6;
    await expect(tool(again).call({})).rejects.toMatchObject({ name: "ConstraintViolated" });
    expect((await state(job)).job.state).toBe("UNKNOWN");
    expect(world.effects).toEqual([]);
    rows = 5;
    expect(await tool(again).call({})).toEqual({ done: true });
  });

  test("that the effect went over is in the record, and the result is given", async () => {
    const effectOf = (): Effect => ({ rows: 7, recipients: 1 });
    const { job, ended } = await ask({ topic: "job.rows.delete", preview: few, effectOf });

    await expect(ended).resolves.toEqual({ done: true });
    expect((await state(job)).outcome).toMatchObject({
      status: "SUCCEEDED",
      drift: true,
      summary: "over its limit: 7 rows, and 5 are allowed",
    });
  });
});

describe("a pin", () => {
  test("lets only its value run", async () => {
    const pinned = { topic: "job.pinned.clean" };

    await expect((await ask(pinned, { dry_run: true })).ended).resolves.toEqual({ done: true });
    for (const params of [{}, { dry_run: false }]) {
      const { ended } = await ask({ ...pinned, honours: ["pin"] }, params);
      await expect(ended).rejects.toMatchObject({ name: "ConstraintViolated", constraint: "pin" });
    }
    expect(world.effects).toEqual(['{"dry_run":true}']);
  });
});

describe("what is hidden of a result", () => {
  const raw = {
    iban: "DE02120300000000202051",
    customer: { name: "Ana", street: "Elm", note: '{"iban":"FR76"}' },
    street: "kept",
  };
  const shown = { customer: { name: "Ana", note: "{}" }, street: "kept" };

  test("reaches neither the caller nor the record", async () => {
    const said: unknown[] = [];
    const options: Options = {
      topic: "job.hidden.read",
      summary: (result) => (said.push(result), JSON.stringify(result)),
      effectOf: (result) => (said.push(result), { rows: 1 }),
      idempotencyKey: "hidden-1",
    };

    expect(await tool(options, raw).call({})).toEqual(shown);
    expect(await tool(options, raw).call({})).toEqual(shown);
    expect(world.effects).toHaveLength(1);
    expect(said).toEqual([shown, shown]);
    const { job } = await tool(options, raw).propose({});
    const recorded = [await world.hp.output(job.job.id), await state(job)];
    const { body } = await world.line.get(`/audit/events?job=${job.job.id}`);
    expect(JSON.stringify([recorded, body])).not.toMatch(/DE021203|FR76|Elm/);
  });

  test("is hidden by a record of its own, and by what the other system says", async () => {
    const record = () => ({ kept: 1 });
    const call = { topic: "job.hidden.read", idempotencyKey: "hidden-2" };
    expect(await tool({ ...call, record }, raw).call({})).toEqual(shown);
    expect(await tool(call, raw).call({})).toEqual({ kept: 1 });

    const reconcile = () => ({ status: "SUCCEEDED", result: raw }) as const;
    const again = { topic: "job.hidden.read", idempotencyKey: "hidden-3" };
    const { job } = await tool(again, raw).propose({});
    await world.hp.redeem(job, { topic: "job.hidden.read", params: {} });
    await world.forget(job.job.id);
    expect(await tool({ ...again, reconcile }, raw).call({})).toEqual(shown);
    expect(JSON.stringify(await world.hp.output(job.job.id))).not.toMatch(/DE021203/);
  });
});

describe("a limit on the runtime", () => {
  test("ends the call, aborts the tool, and is told", async () => {
    let signal: AbortSignal | undefined;
    const slow = world.hp.guard<Params, unknown>(
      (_params, context) => {
        ({ signal } = context);
        return new Promise(() => undefined);
      },
      { topic: "job.quick.look" },
    );

    await expect(slow({})).rejects.toMatchObject({ name: "RuntimeExceeded", maxRuntimeSec: 1 });
    expect(signal?.aborted).toBe(true);
  });
});

describe("the sentence for a model", () => {
  async function errorOf(call: Promise<unknown>): Promise<Error> {
    return call.then(
      () => expect.fail("it did not throw"),
      (error: Error) => error,
    );
  }

  test("after a denial says why, and what policy offers", async () => {
    const error = await errorOf((await ask({ topic: "job.never.drop" })).ended);

    expect(isRefusal(error)).toBe(true);
    expect(modelMessage(error)).toBe(
      "Policy denied the action: That is never automated. It was not executed; do not retry it unless asked. Policy offers instead: Archive it.",
    );
  });

  test("after a rejection says why, in words and code", async () => {
    const { job, ended } = await ask({ topic: "job.held.delete" });
    await world.person("reject", job, { reason: "wrong customer", code: "wrong_target" });

    expect(modelMessage(await errorOf(ended))).toMatch(
      /^People rejected the action: wrong customer \(wrong_target\)\. It was not executed; do not retry it unless asked\./,
    );
  });

  test("never asks for a repeat, whatever happened", async () => {
    const paused = { topic: "job.held.delete", idempotencyKey: "model-1" };
    const held = tool(paused);
    const { job } = await held.propose({});
    const messages = [
      await errorOf(held.run({ job, status: "held" })),
      await errorOf((await ask({ topic: "job.rows.delete" })).ended),
      await errorOf((await ask({ topic: "job.pinned.clean" })).ended),
      new NotExecuted("the bank was closed"),
      new TypeError("undefined is not a function"),
      "a text",
    ].map(modelMessage);

    expect(messages).toEqual([
      "The action waits for people to decide. It was not executed yet; do not repeat it, its result will follow.",
      "The action may only run within limits that this tool cannot keep (max_rows, max_recipients). It was not executed; do not retry it unless asked.",
      "The action is outside of its limits (pin): `dry_run` has to be true. It was not executed; do not retry it unless asked.",
      "The action did not happen: the bank was closed. It was not executed; do not retry it unless asked.",
      "The action was run and failed: undefined is not a function. It may have taken effect in part. Do not retry it unless asked.",
      "The action was run and failed: a text. It may have taken effect in part. Do not retry it unless asked.",
    ]);
  });
});
