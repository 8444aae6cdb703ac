// One call, made again: by the process that made it, by another, and when nobody knows how it ended.

import {
  type CallOptions,
  type GuardOptions,
  Holdpoint,
  type JobView,
  NotExecuted,
  type ToolContext,
  type ToolFunction,
} from "@holdpoint/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GuardWorld, startGuardWorld, stopGuardWorld } from "./guard-world.ts";

interface Params {
  readonly id: string;
}
interface Done {
  readonly id: string;
  readonly number: number;
}

let world: GuardWorld;
let calls = 0;

beforeAll(async () => {
  world = await startGuardWorld();
}, 120_000);

afterAll(() => stopGuardWorld(world));

beforeEach(() => {
  world.effects.length = 0;
});

function pay({ id }: Params, context: ToolContext): Done {
  world.effects.push(`${id} ${context.idempotencyKey}`);
  return { id, number: world.effects.length };
}

type Options = Partial<GuardOptions<Params, Done>>;

function payments(
  options: Options = {},
  fn: ToolFunction<Params, Done> = pay,
  hp: Holdpoint = world.hp,
) {
  return hp.calls<Params, Done>(fn, { topic: "job.open.pay", ...options });
}

/** A name that no other call has. */
function name(): { options: CallOptions; params: Params } {
  calls += 1;
  return {
    options: { agent: { run: "run-1", call: `call-${calls}` } },
    params: { id: `p${calls}` },
  };
}

/** A job whose execution was begun and never reported: as a process leaves it that was killed then. */
async function begun(options: CallOptions, params: Params): Promise<JobView> {
  const { job } = await payments().propose(params, options);
  await world.hp.redeem(job, { topic: "job.open.pay", params: { id: params.id } });
  return job;
}

describe("the same call again", () => {
  test("gives what is recorded and runs nothing, from another process too", async () => {
    const { options, params } = name();
    const other = new Holdpoint({ url: world.url, apiKey: world.agentKey });

    const first = await payments().call(params, {}, options);
    const second = await payments().call(params, { reasoning: "again" }, options);
    const third = await payments({}, pay, other).call(params, {}, options);

    expect(world.effects).toHaveLength(1);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
  });

  test("with other parameters is refused, and names the call", async () => {
    const { options, params } = name();
    await payments().call(params, {}, options);

    const other = payments().call({ id: "everything" }, {}, options);

    await expect(other).rejects.toMatchObject({ code: "idempotency_mismatch" });
    await expect(other).rejects.toThrow(options.agent?.call ?? "");
    expect(world.effects).toHaveLength(1);
  });

  test("waits for the one that runs it, and gets its result", async () => {
    const { options, params } = name();
    let finish: (done: Done) => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      const slow = (): Promise<Done> => {
        resolve();
        return new Promise((done) => (finish = done));
      };
      void payments({}, slow).call(params, {}, options);
    });
    await started;
    const attached = payments().call(params, {}, options);
    await world.line.waiting(1);
    finish({ id: "late", number: 7 });

    expect(await attached).toEqual({ id: "late", number: 7 });
    expect(world.effects).toEqual([]);
  });

  test("that failed is told of the failure and does not run", async () => {
    const { options, params } = name();
    const failing = payments({}, () => {
      throw new RangeError("no such account");
    });
    await expect(failing.call(params, {}, options)).rejects.toThrow("no such account");

    await expect(payments().call(params, {}, options)).rejects.toMatchObject({
      name: "ActionFailed",
      reason: "RangeError: no such account",
    });
    expect(world.effects).toEqual([]);
  });

  test("gives nothing where nothing was recorded, and says that it ran", async () => {
    const { options, params } = name();
    await payments({ record: false }).call(params, {}, options);

    await expect(payments().call(params, {}, options)).rejects.toMatchObject({
      name: "ActionAlreadyExecuted",
      job: { outcome: { status: "SUCCEEDED", has_output: false } },
    });
    expect(world.effects).toHaveLength(1);
  });

  test("gives what the guard chose to record", async () => {
    const { options, params } = name();
    const record = ({ id }: Done): Done => ({ id, number: 0 });

    expect(await payments({ record }).call(params, {}, options)).toEqual({
      id: params.id,
      number: 1,
    });
    expect(await payments({ record }).call(params, {}, options)).toEqual({
      id: params.id,
      number: 0,
    });
  });

  test("of a tool that gives nothing is answered with null, not with a second run", async () => {
    const { options, params } = name();
    const send = world.hp.calls<Params, void>(({ id }) => void world.effects.push(id), {
      topic: "job.open.send",
    });

    expect(await send.call(params, {}, options)).toBeUndefined();
    expect(await send.call(params, {}, options)).toBeNull();
    expect(world.effects).toHaveLength(1);
  });

  test("of a result that is too large, or no JSON, is not run again", async () => {
    for (const result of ["x".repeat(1_048_577), new Map([["a", 1]])]) {
      const { options, params } = name();
      const unreported: unknown[] = [];
      const big = world.hp.calls<Params, unknown>(() => (world.effects.push("big"), result), {
        topic: "job.open.big",
        onUnreported: (error) => unreported.push(error),
      });
      expect(await big.call(params, {}, options)).toBe(result);
      await expect(big.call(params, {}, options)).rejects.toMatchObject({
        name: "ActionAlreadyExecuted",
      });
      expect(unreported).toEqual([]);
    }
    expect(world.effects).toHaveLength(2);
  });

  test("that the tool says did not happen is recorded so", async () => {
    const { options, params } = name();
    const call = payments({}, () => {
      throw new NotExecuted("the bank was closed");
    }).call(params, {}, options);

    await expect(call).rejects.toMatchObject({ name: "NotExecuted", code: "not_executed" });
    await expect(payments().call(params, {}, options)).rejects.toMatchObject({
      name: "ActionFailed",
      reason: "NotExecuted: the bank was closed",
    });
  });
});

describe("a call of which no outcome came", () => {
  async function unknown(): Promise<ReturnType<typeof name> & { job: JobView }> {
    const named = name();
    const job = await begun(named.options, named.params);
    await world.forget(job.job.id);
    return { ...named, job };
  }

  test("is not run again", async () => {
    const { options, params } = await unknown();

    await expect(payments().call(params, {}, options)).rejects.toMatchObject({
      name: "OutcomeUnknown",
      code: "outcome_unknown",
    });
    await expect(payments({ replay: "error" }).call(params, {}, options)).rejects.toMatchObject({
      name: "OutcomeUnknown",
    });
    expect(world.effects).toEqual([]);
  });

  test("is settled by what the other system says, for everybody", async () => {
    const { options, params, job } = await unknown();
    const asked: unknown[] = [];
    const reconcile: NonNullable<Options["reconcile"]> = (_job, context) => {
      asked.push([context.params, context.idempotencyKey]);
      return { status: "SUCCEEDED", result: { id: "found", number: 3 } };
    };

    expect(await payments({ reconcile }).call(params, {}, options)).toEqual({
      id: "found",
      number: 3,
    });
    expect(await payments().call(params, {}, options)).toEqual({ id: "found", number: 3 });
    expect(asked).toEqual([[params, job.job.id]]);
    expect(world.effects).toEqual([]);
  });

  test("is settled as failed when the other system has never heard of it", async () => {
    const { options, params } = await unknown();
    const reconcile = () => ({ status: "FAILED", reason: "no such payment" }) as const;

    await expect(payments({ reconcile }).call(params, {}, options)).rejects.toMatchObject({
      name: "ActionFailed",
      reason: "no such payment",
    });
    await expect(payments().call(params, {}, options)).rejects.toMatchObject({
      name: "ActionFailed",
    });
  });

  test("stays unknown when the other system cannot tell", async () => {
    const { options, params } = await unknown();
    const call = payments({ reconcile: () => null }).call(params, {}, options);

    await expect(call).rejects.toMatchObject({ name: "OutcomeUnknown" });
  });

  test("takes the word of whoever was first", async () => {
    const { options, params, job } = await unknown();
    const reconcile = async (): Promise<{ status: "FAILED"; reason: string }> => {
      await world.hp.report(job.job.id, {
        status: "SUCCEEDED",
        output: { id: "first", number: 1 },
      });
      return { status: "FAILED", reason: "not found" };
    };

    expect(await payments({ reconcile }).call(params, {}, options)).toEqual({
      id: "first",
      number: 1,
    });
  });

  test("is run again with the same key where that has no second effect", async () => {
    const { options, params, job } = await unknown();

    expect(await payments({ idempotent: true }).call(params, {}, options)).toEqual({
      id: params.id,
      number: 1,
    });
    expect(await payments().call(params, {}, options)).toEqual({ id: params.id, number: 1 });
    expect(world.effects).toEqual([`${params.id} ${job.job.id}`]);
  });
});

describe("in steps", () => {
  test("a held call is proposed by one process and run by another, once", async () => {
    const { options, params } = name();
    const other = new Holdpoint({ url: world.url, apiKey: world.agentKey });
    const held = { topic: "job.held.pay" };

    const state = await payments(held).propose(params, options);
    expect(state.status).toBe("held");
    await expect(payments(held).run(state)).rejects.toMatchObject({ name: "ActionHeld" });
    await world.person("approve", state.job);
    const saved = JSON.parse(JSON.stringify(state)) as typeof state;
    const first = await payments(held, pay, other).run(saved, params);
    const second = await payments(held).run(saved);

    expect(first).toEqual({ id: params.id, number: 1 });
    expect(second).toEqual(first);
    expect(world.effects).toHaveLength(1);
  });

  test("runs what people changed it to", async () => {
    const { options, params } = name();
    const held = payments({ topic: "job.held.pay" });
    const state = await held.propose(params, options);
    await world.person("modify", state.job, { params: { id: "less" }, reason: "too much" });

    expect(await held.run(state, params, { wait: true })).toMatchObject({ id: "less" });
  });

  test("other parameters than those proposed are not run", async () => {
    const { options, params } = name();
    const state = await payments().propose(params, options);

    await expect(payments().run(state, { id: "everything" })).rejects.toMatchObject({
      code: "grant_hash_mismatch",
    });
    expect(world.effects).toEqual([]);
    expect(await payments().run(state)).toMatchObject({ id: params.id });
  });

  test("a state that was tampered with runs nothing that was not released", async () => {
    const { options, params } = name();
    const { job } = await payments({ topic: "job.held.pay" }).propose(params, options);
    const forged = (state: JobView["job"]["state"], more: object = {}): JobView => ({
      ...job,
      job: { ...job.job, state },
      ...more,
    });
    const held = payments({ topic: "job.held.pay", idempotent: true });

    for (const state of ["UNKNOWN", "APPROVED", "EXECUTING", "SUCCEEDED"] as const) {
      await expect(held.run(forged(state))).rejects.toMatchObject({ name: "ActionHeld" });
    }
    const released = (await payments().propose(params, name().options)).job;
    const grant = { grant: released.grant };
    await expect(held.run(forged("APPROVED", grant))).rejects.toMatchObject({ name: "ActionHeld" });
    expect(world.effects).toEqual([]);
  });

  test("a state that names the job of another tool takes neither its output nor its parameters", async () => {
    const { options, params } = name();
    const paid = payments({ idempotent: true });
    const state = await paid.propose(params, options);
    await paid.run(state);
    const other = payments({ topic: "job.open.other" });
    const done = await other.propose({ id: "secret" }, name().options);
    await other.run(done);
    const unknown = await other.propose({ id: "everything" }, name().options);
    await world.hp.redeem(unknown.job, { topic: "job.open.other", params: { id: "everything" } });
    await world.forget(unknown.job.job.id);
    world.effects.length = 0;

    for (const { job } of [done.job, unknown.job]) {
      const forged: JobView = { ...state.job, job: { ...state.job.job, id: job.id } };
      await expect(paid.run(forged)).rejects.toThrow("is none of job.open.pay");
    }
    expect(world.effects).toEqual([]);
  });

  test("a job of another tool is none of this guard's", async () => {
    const { options, params } = name();
    const state = await payments({ topic: "job.open.other" }).propose(params, options);
    const server = await payments({ tool: { server: "a", name: "pay" } }).propose(
      params,
      name().options,
    );

    await expect(payments().run(state)).rejects.toThrow("is none of job.open.pay");
    await expect(payments({ tool: "pay" }).run(server)).rejects.toThrow("is none of");
    expect(world.effects).toEqual([]);
  });

  test("what stands in the way has its status and its error", async () => {
    const { options, params } = name();
    const state = await payments({ topic: "job.never.pay" }).propose(params, options);

    expect(state.status).toBe("denied");
    await expect(payments({ topic: "job.never.pay" }).run(state)).rejects.toMatchObject({
      name: "ActionDenied",
    });
  });

  test("an agent that its people paused proposes and redeems nothing", async () => {
    const state = await payments().propose(name().params, name().options);
    const halted = await world.line.post("/agents/billing/pause", { reason: "odd refunds" });
    expect(halted.status).toBeLessThan(300);
    try {
      for (const call of [() => payments().call({ id: "x" }), () => payments().run(state)]) {
        await expect(call()).rejects.toMatchObject({ name: "AgentPaused", code: "agent_paused" });
      }
    } finally {
      await world.line.post("/agents/billing/resume", { reason: "they were right" });
    }
    expect(world.effects).toEqual([]);
    expect(await payments().run(state)).toMatchObject({ number: 1 });
  });
});
