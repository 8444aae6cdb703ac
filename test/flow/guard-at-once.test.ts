// A guarded call that needs nobody: two requests, one when its report stays behind, and nothing left unknown that did not run.

import { Holdpoint, type JobView } from "@holdpoint/sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GuardWorld, startGuardWorld, stopGuardWorld } from "./guard-world.ts";

interface Params {
  readonly id?: string;
  readonly dry_run?: boolean;
}

let world: GuardWorld;
/** Requests of the client, in their order. */
let paths: string[];
/** Holds the outcomes back while it is set. */
let gate: Promise<void> | null;
let hp: Holdpoint;

beforeAll(async () => {
  world = await startGuardWorld();
}, 120_000);

afterAll(() => stopGuardWorld(world));

beforeEach(() => {
  world.effects.length = 0;
  paths = [];
  gate = null;
  hp = new Holdpoint({
    url: world.url,
    apiKey: world.agentKey,
    fetch: async (input, init) => {
      const { pathname } = new URL(String(input));
      paths.push(pathname.replace(/^\/api\/v1/, "").replace(/\/jobs\/[^/]+/, "/jobs/*"));
      if (pathname.endsWith("/outcome")) await held(init?.signal ?? null);
      return fetch(input, init);
    },
  });
});

afterEach(() => {
  hp.close();
});

async function held(signal: AbortSignal | null): Promise<void> {
  if (gate === null) return;
  const left = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  await Promise.race([gate, left]);
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const tool = (params: Params): { done: string | undefined } => {
  world.effects.push(JSON.stringify(params));
  return { done: params.id };
};

async function stateOf(job: JobView): Promise<JobView> {
  return world.hp.job(job.job.id);
}

const fast = ["/actions", "/jobs/*/outcome"];

describe("a call that policy releases", () => {
  test.each(["job.open.write", "job.hidden.read", "job.quick.run"])(
    "is proposed and redeemed in one request: %s",
    async (topic) => {
      let job: JobView | undefined;
      const guarded = hp.guard(tool, { topic });

      const result = await guarded({ id: "a" }, {}, { onProposed: (view) => (job = view) });

      expect(result).toEqual({ done: "a" });
      expect(paths).toEqual(fast);
      expect(world.effects).toEqual(['{"id":"a"}']);
      expect(job === undefined ? null : (await stateOf(job)).job.state).toBe("SUCCEEDED");
    },
  );

  test("computes its preview once, which is the one that is redeemed", async () => {
    let times = 0;
    const preview = () => ({ rows: (times += 1) });

    await hp.guard(tool, { topic: "job.open.write", preview })({});

    expect(times).toBe(1);
    expect(paths).toEqual(fast);
  });

  test("under a pin that it breaks keeps its grant, and nothing runs", async () => {
    let job: JobView | undefined;
    const guarded = hp.guard(tool, { topic: "job.pinned.run", honours: ["pin"] });

    const ended = guarded({ dry_run: false }, {}, { onProposed: (view) => (job = view) });

    await expect(ended).rejects.toMatchObject({ name: "ConstraintViolated" });
    expect(job === undefined ? null : (await stateOf(job)).job.state).toBe("APPROVED");
    expect(world.effects).toEqual([]);
  });

  test("and whose caller leaves while it is proposed is recorded as not executed", async () => {
    const leaving = new AbortController();
    const proposed = deferred<string>();
    const reported = deferred<void>();
    const slow = new Holdpoint({
      url: world.url,
      apiKey: world.agentKey,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (String(input).endsWith("/outcome")) reported.resolve();
        if (!String(input).endsWith("/actions")) return response;
        const text = await response.text();
        proposed.resolve((JSON.parse(text) as JobView).job.id);
        leaving.abort(new Error("gone"));
        return new Response(text, response);
      },
    });

    const guarded = slow.guard(tool, { topic: "job.open.write" });
    await expect(guarded({}, {}, { signal: leaving.signal })).rejects.toThrow("gone");
    await reported.promise;

    const { job, outcome } = await world.hp.job(await proposed.promise);
    expect(job.state).toBe("FAILED");
    expect(outcome?.summary).toContain("not executed");
    expect(world.effects).toEqual([]);
    slow.close();
  });

  test("and whose caller throws when it is told of it is recorded as not executed", async () => {
    let job: JobView | undefined;
    const onProposed = (view: JobView): void => {
      job = view;
      throw new Error("no screen");
    };

    await expect(
      hp.guard(tool, { topic: "job.open.write" })({}, {}, { onProposed }),
    ).rejects.toThrow("no screen");

    const now = job === undefined ? null : await stateOf(job);
    expect(now).toMatchObject({ job: { state: "FAILED" } });
    expect(now?.outcome?.summary).toContain("not executed");
    expect(world.effects).toEqual([]);
  });
});

describe("in steps", () => {
  const agent = () => ({ run: crypto.randomUUID(), call: "c" });

  test("a state that was redeemed with its proposal runs once, whoever comes with it", async () => {
    const calls = hp.calls(tool, { topic: "job.open.write" });
    const named = agent();
    const state = await calls.propose({ id: "a" }, { agent: named, redeem: true });
    expect(state.status).toBe("released");

    const saved = JSON.parse(JSON.stringify(state)) as typeof state;
    const results = await Promise.all([
      calls.run(state, { id: "a" }),
      calls.run(state, { id: "a" }),
      calls.run(saved, { id: "a" }),
      world.hp.calls(tool, { topic: "job.open.write" }).run(saved),
    ]);

    expect(results).toEqual([{ done: "a" }, { done: "a" }, { done: "a" }, { done: "a" }]);
    expect(world.effects).toHaveLength(1);
  });

  test("other parameters than those that were redeemed do not run, and the record says so", async () => {
    const calls = hp.calls(tool, { topic: "job.open.write" });
    const state = await calls.propose({ id: "a" }, { agent: agent(), redeem: true });

    await expect(calls.run(state, { id: "b" })).rejects.toThrow("not those that were proposed");

    expect((await stateOf(state.job)).outcome?.summary).toContain("not executed");
    expect(world.effects).toEqual([]);
  });

  test("what is held waits for people as ever, and is redeemed by its grant", async () => {
    const calls = hp.calls(tool, { topic: "job.held.write" });
    const state = await calls.propose({ id: "a" }, { agent: agent(), redeem: true });
    expect(state.status).toBe("held");
    await world.person("approve", state.job);

    await expect(calls.run(state, { id: "a" })).resolves.toEqual({ done: "a" });

    expect(paths).toContain("/grants/redeem");
    expect(world.effects).toHaveLength(1);
  });
});

describe("a report that stays behind", () => {
  const behind = { topic: "job.open.write", report: "behind" } as const;

  test("keeps nobody waiting, and is sent by the time of flush", async () => {
    const open = deferred<void>();
    gate = open.promise;
    const jobs: JobView[] = [];
    const guarded = hp.guard(tool, behind);

    const result = await guarded({ id: "a" }, {}, { onProposed: (job) => jobs.push(job) });
    expect(result).toEqual({ done: "a" });
    expect(jobs).toHaveLength(1);
    for (const job of jobs) expect((await stateOf(job)).job.state).toBe("EXECUTING");
    open.resolve();
    await hp.flush();

    for (const job of jobs) {
      const { output } = await world.hp.output(job.job.id);
      expect(output).toEqual({ done: "a" });
    }
    expect(hp.close()).toEqual([]);
  });

  test("tells of a failure too", async () => {
    const jobs: JobView[] = [];
    const failing = hp.guard((): never => {
      throw new Error("no paper");
    }, behind);

    await expect(failing({}, {}, { onProposed: (job) => jobs.push(job) })).rejects.toThrow(
      "no paper",
    );
    await hp.flush();

    for (const job of jobs) expect((await stateOf(job)).outcome?.summary).toContain("no paper");
  });

  test("is named by close when it was not sent, and whoever asked is told", async () => {
    gate = new Promise(() => undefined);
    const unreported: string[] = [];
    const jobs: string[] = [];
    const onUnreported = (_error: unknown, job: JobView): void => void unreported.push(job.job.id);
    const guarded = hp.guard(tool, { ...behind, onUnreported });

    await guarded({}, {}, { onProposed: ({ job }) => jobs.push(job.id) });
    expect(hp.close()).toEqual(jobs);
    await hp.flush();

    expect(unreported).toEqual(jobs);
    expect((await world.hp.job(jobs[0] ?? "")).job.state).toBe("EXECUTING");
  });

  test("keeps the caller once too many are under way", async () => {
    const open = deferred<void>();
    gate = open.promise;
    const guarded = hp.guard(tool, behind);
    let ended = 0;
    const all = Array.from({ length: 300 }, () =>
      guarded({}).then(() => {
        ended += 1;
      }),
    );
    while (paths.filter((path) => path.endsWith("/outcome")).length < 300) {
      await new Promise(setImmediate);
    }
    expect(ended).toBe(256);
    open.resolve();
    await Promise.all(all);
    await hp.flush();
  });
});
