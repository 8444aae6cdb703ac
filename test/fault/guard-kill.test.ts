// Agents that race for one call, die in it, or come back late: the effect file has one line for each call.

import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GuardWorld, startGuardWorld, stopGuardWorld } from "../flow/guard-world.ts";

const program = fileURLToPath(new URL("agent-child.mjs", import.meta.url));
const rounds = 20;

interface Order {
  readonly topic: string;
  readonly id: string;
  readonly call: string;
  readonly die?: "before" | "after";
  readonly mindsKeys?: boolean;
  readonly reconciles?: boolean;
  readonly holdsUp?: boolean;
}
interface End {
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}
type Message = { readonly at: string; readonly job?: string } & End;

/** One agent process. */
class Agent {
  readonly child: ChildProcess;
  readonly #bell = new EventEmitter();
  readonly #said: Message[] = [];

  constructor({ url, agentKey }: GuardWorld, file: string) {
    this.child = fork(program, [url, agentKey, file]);
    this.child.on("message", (message) => {
      this.#said.push(message as Message);
      this.#bell.emit("said");
    });
  }

  /** The next message of this kind. */
  async heard(what: string): Promise<Message> {
    for (;;) {
      const found = this.#said.findIndex(({ at }) => at === what);
      const [message] = found === -1 ? [] : this.#said.splice(found, 1);
      if (message !== undefined) return message;
      await once(this.#bell, "said");
    }
  }

  send(message: object): void {
    this.child.send(message);
  }

  /** Asks for a call; its end is `end()`. */
  async begin(order: Order): Promise<string> {
    this.send(order);
    return (await this.heard("proposed")).job ?? "";
  }

  async end(): Promise<End> {
    const { result, error } = await this.heard("end");
    return error === undefined ? { result } : { error };
  }

  async gone(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await once(this.child, "exit");
    }
  }
}

let world: GuardWorld;
let file: string;
let agents: Agent[] = [];
let calls = 0;

beforeAll(async () => {
  world = await startGuardWorld();
  file = path.join(world.line.folder, "effects");
}, 120_000);

beforeEach(() => writeFileSync(file, ""));

afterEach(async () => {
  for (const { child } of agents) child.kill("SIGKILL");
  await Promise.all(agents.map((agent) => agent.gone()));
  agents = [];
});

afterAll(() => stopGuardWorld(world));

async function agent(): Promise<Agent> {
  const one = new Agent(world, file);
  agents.push(one);
  await one.heard("ready");
  return one;
}

function order(topic = "job.open.pay"): Order {
  calls += 1;
  return { topic, id: `p${calls}`, call: `call-${calls}` };
}

function lines(): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

describe("two processes that race for one call", () => {
  test.each(["job.open.pay", "job.held.pay"])(
    "of %s leave one effect and get one result",
    async (topic) => {
      const both = await Promise.all([agent(), agent()]);
      for (let round = 1; round <= rounds; round += 1) {
        const asked = order(topic);
        const [job = ""] = await Promise.all(both.map((one) => one.begin(asked)));
        if (topic === "job.held.pay") await world.person("approve", await world.hp.job(job));
        const ends = await Promise.all(both.map((one) => one.end()));

        expect(ends).toEqual([{ result: { paid: asked.id } }, { result: { paid: asked.id } }]);
        expect(lines()).toHaveLength(round);
        expect(lines().at(-1)).toBe(`${asked.id} ${job}`);
      }
    },
  );
});

describe("an agent that is killed in its tool", () => {
  async function killed(asked: Order): Promise<string> {
    const one = await agent();
    const job = await one.begin(asked);
    await one.gone();
    expect((await world.hp.job(job)).job.state).toBe("EXECUTING");
    return job;
  }

  test("after the effect: its next one is told that nobody knows, and runs nothing", async () => {
    const asked = order();
    const job = await killed({ ...asked, die: "after" });
    const next = await agent();
    await next.begin(asked);
    await world.forget(job);

    expect(await next.end()).toMatchObject({ error: { name: "OutcomeUnknown" } });
    expect(lines()).toEqual([`${asked.id} ${job}`]);
  });

  test("after the effect: the other system is asked, and its word is the outcome", async () => {
    const asked = order();
    const job = await killed({ ...asked, die: "after" });
    await world.forget(job);
    const next = await agent();
    await next.begin({ ...asked, reconciles: true });

    expect(await next.end()).toEqual({ result: { paid: asked.id } });
    expect((await world.hp.job(job)).outcome).toMatchObject({ status: "SUCCEEDED" });
    expect(lines()).toEqual([`${asked.id} ${job}`]);
  });

  test("before the effect: the other system has heard of nothing, and the call has failed", async () => {
    const asked = order();
    const job = await killed({ ...asked, die: "before" });
    await world.forget(job);
    const next = await agent();
    await next.begin({ ...asked, reconciles: true });

    expect(await next.end()).toMatchObject({ error: { name: "ActionFailed" } });
    expect(lines()).toEqual([]);
  });

  test.each(["before", "after"] as const)(
    "%s the effect: a tool whose other system minds keys is run again, with one effect",
    async (die) => {
      const asked = { ...order(), mindsKeys: true };
      const job = await killed({ ...asked, die });
      await world.forget(job);
      const both = await Promise.all([agent(), agent()]);
      await Promise.all(both.map((one) => one.begin(asked)));

      expect(await Promise.all(both.map((one) => one.end()))).toEqual([
        { result: { paid: asked.id } },
        { result: { paid: asked.id } },
      ]);
      expect(lines()).toEqual([`${asked.id} ${job}`]);
      expect((await world.hp.job(job)).job.state).toBe("SUCCEEDED");
    },
  );
});

describe("an agent that is held up in its tool until nobody waits for it any more", () => {
  test("has its effect alone, and its late word is taken", async () => {
    const asked = order();
    const late = await agent();
    const job = await late.begin({ ...asked, holdsUp: true });
    await late.heard("tool");
    await world.forget(job);
    const next = await agent();
    await next.begin(asked);
    expect(await next.end()).toMatchObject({ error: { name: "OutcomeUnknown" } });

    late.send({ go: true });
    expect(await late.end()).toEqual({ result: { paid: asked.id } });
    await next.begin(asked);
    expect(await next.end()).toEqual({ result: { paid: asked.id } });
    expect(lines()).toEqual([`${asked.id} ${job}`]);
  });

  test("adds nothing to what was run again with its key meanwhile", async () => {
    const asked = { ...order(), mindsKeys: true };
    const late = await agent();
    const job = await late.begin({ ...asked, holdsUp: true });
    await late.heard("tool");
    await world.forget(job);
    const next = await agent();
    await next.begin(asked);
    expect(await next.end()).toEqual({ result: { paid: asked.id } });

    late.send({ go: true });
    expect(await late.end()).toEqual({ result: { paid: asked.id } });
    expect(lines()).toEqual([`${asked.id} ${job}`]);
  });
});
