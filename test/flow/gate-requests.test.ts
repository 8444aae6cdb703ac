// How often a gated tool asks the server: once for a call that needs nobody, and never for what it was just told.

import { Holdpoint, type JobView } from "@holdpoint/sdk";
import { holdpoint } from "@holdpoint/sdk/ai-sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type GuardWorld, startGuardWorld, stopGuardWorld } from "./guard-world.ts";

interface Input {
  readonly id: string;
}

interface Call {
  needsApproval(): Promise<boolean>;
  execute(): Promise<unknown>;
  /** What is known of the open requests without asking. */
  held(): readonly JobView[];
  /** As the SDK asks for the answers to open requests. */
  look(): Promise<readonly JobView[]>;
}

let world: GuardWorld;
let paths: string[];
let hp: Holdpoint;
let threads = 0;

beforeAll(async () => {
  world = await startGuardWorld();
}, 120_000);

afterAll(() => stopGuardWorld(world));

beforeEach(() => {
  world.effects.length = 0;
  paths = [];
  hp = client();
});

afterEach(() => {
  hp.close();
});

function client(): Holdpoint {
  return new Holdpoint({
    url: world.url,
    apiKey: world.agentKey,
    fetch: (input, init) => {
      const path = new URL(String(input)).pathname.replace(/^\/api\/v1/, "");
      paths.push(path.replace(/\/jobs\/[^/]+/, "/jobs/*"));
      return fetch(input, init);
    },
  });
}

function thread(): string {
  threads += 1;
  return `chat-${threads}`;
}

/** One call of a model, as the AI SDK makes it: asked about first, and then made. */
function callOf(topic: string, name: string, input: Input = { id: "a" }, by = hp): Call {
  const execute = ({ id }: Input): unknown => {
    world.effects.push(id);
    return { done: id };
  };
  const gate = holdpoint(by, name, { tools: { tool: { topic } } });
  const { tool } = gate.tools({ tool: { execute } }) as unknown as {
    tool: Record<"needsApproval" | "execute", (input: Input, options: object) => Promise<never>>;
  };
  const options = { toolCallId: "c1" };
  const part = { type: "tool-call", toolCallId: "c1", toolName: "tool", input };
  const request = { type: "tool-approval-request", approvalId: "a1", toolCallId: "c1" };
  const messages = [{ role: "assistant", content: [part, request] }];
  return {
    needsApproval: () => tool.needsApproval(input, options),
    execute: () => tool.execute(input, options),
    held: () => gate.held(messages as never),
    look: async () => (await gate.answers(messages as never)).jobs,
  };
}

/** The job of the call, by a look of another client. */
async function jobOf(topic: string, name: string): Promise<JobView> {
  const other = client();
  const [job] = await callOf(topic, name, { id: "a" }, other).look();
  other.close();
  if (job === undefined) throw new Error("the call has no job");
  return job;
}

describe("a call that needs nobody", () => {
  const topic = "job.open.write";

  test("is proposed and redeemed by the question, and made without another", async () => {
    const name = thread();
    const call = callOf(topic, name);
    expect(await call.needsApproval()).toBe(false);
    expect(await call.needsApproval()).toBe(false);
    expect(await call.execute()).toEqual({ done: "a" });
    expect(paths).toEqual(["/actions", "/jobs/*/outcome"]);
    expect(world.effects).toEqual(["a"]);
    expect((await jobOf(topic, name)).job.state).toBe("SUCCEEDED");
  });

  test("and is made again gives what is recorded", async () => {
    const call = callOf(topic, thread());
    await call.needsApproval();
    await call.execute();
    expect(await call.needsApproval()).toBe(false);
    expect(await call.execute()).toEqual({ done: "a" });
    expect(world.effects).toEqual(["a"]);
  });

  test("and is made with other arguments is refused, and the first is not made either", async () => {
    const name = thread();
    await callOf(topic, name).needsApproval();
    const other = callOf(topic, name, { id: "b" });
    await expect(other.execute()).rejects.toMatchObject({ code: "idempotency_mismatch" });
    expect(world.effects).toEqual([]);
  });

  test("and that nobody makes is on the record as not executed", async () => {
    const name = thread();
    await callOf(topic, name).needsApproval();
    process.emit("beforeExit", 0);
    await vi.waitFor(async () => {
      const { job, outcome } = await jobOf(topic, name);
      expect(job.state).toBe("FAILED");
      expect(outcome?.summary).toContain("not executed");
    });
    await expect(callOf(topic, name).execute()).rejects.toThrow(/not executed/);
    expect(world.effects).toEqual([]);
  });

  test("is not redeemed by a look, which may be long before it is made", async () => {
    const name = thread();
    const [job] = await callOf(topic, name).look();
    expect(job?.job.state).toBe("APPROVED");
    expect(await callOf(topic, name).execute()).toEqual({ done: "a" });
    expect(world.effects).toEqual(["a"]);
  });
});

describe("a held call", () => {
  const topic = "job.held.write";

  test("is redeemed by what the wait brought, and asked about no more", async () => {
    const name = thread();
    const call = callOf(topic, name);
    expect(await call.needsApproval()).toBe(true);
    const [held] = call.held();
    if (held === undefined) throw new Error("nothing is held");
    expect(paths).toEqual(["/actions"]);
    expect(callOf(topic, name).held()).toEqual([]);
    const waiting = hp.wait(held);
    await world.person("approve", held);
    await waiting;
    paths.length = 0;
    expect((await call.look()).map(({ job }) => job.state)).toEqual(["APPROVED"]);
    expect(await call.needsApproval()).toBe(true);
    expect(await call.execute()).toEqual({ done: "a" });
    expect(paths).toEqual(["/grants/redeem", "/jobs/*/outcome"]);
  });

  test("is asked about anew as long as this client was told of no answer", async () => {
    const call = callOf(topic, thread());
    await call.needsApproval();
    const [held] = await call.look();
    if (held === undefined) throw new Error("nothing is held");
    await world.person("approve", held);
    expect((await call.look()).map(({ job }) => job.state)).toEqual(["APPROVED"]);
    expect(await call.execute()).toEqual({ done: "a" });
    expect(world.effects).toEqual(["a"]);
  });

  test("that was rejected stays so", async () => {
    const call = callOf(topic, thread());
    await call.needsApproval();
    const [held] = await call.look();
    if (held === undefined) throw new Error("nothing is held");
    const waiting = hp.wait(held);
    await world.person("reject", held, { reason: "not today" });
    await waiting;
    expect(await call.needsApproval()).toBe(true);
    await expect(call.execute()).rejects.toThrow(/not today/);
    expect(world.effects).toEqual([]);
  });

  test("that another process made meanwhile is not made again", async () => {
    const name = thread();
    const call = callOf(topic, name);
    await call.needsApproval();
    const [held] = await call.look();
    if (held === undefined) throw new Error("nothing is held");
    const waiting = hp.wait(held);
    await world.person("approve", held);
    await waiting;
    const other = client();
    expect(await callOf(topic, name, { id: "a" }, other).execute()).toEqual({ done: "a" });
    other.close();
    expect(await call.execute()).toEqual({ done: "a" });
    expect(world.effects).toEqual(["a"]);
  });
});
