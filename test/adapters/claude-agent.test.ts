// The Claude Agent SDK behind Holdpoint: the contract of adapters with the real CLI, and what else could let a call pass.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { Holdpoint, type JobView } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdpoint } from "@holdpoint/sdk/claude-agent";
import {
  harness,
  nameOf,
  pass,
  type PassOptions,
  sessionOf,
  toldOf,
} from "../../examples/claude-agent/test/harness.ts";
import { startModelApi } from "./claude-api.ts";
import { meeting, type Plan, act } from "./plan.ts";
import { describeAdapter, planned, useWorld } from "./suite.ts";
import { runExample, type World } from "./world.ts";

const ROUNDS = 20;

const worldOf = useWorld();

describeAdapter("Claude Agent", { example: "claude-agent", harness }, worldOf);

let world: World;
let hp: Holdpoint;

beforeAll(() => {
  world = worldOf();
  hp = new Holdpoint({ url: world.url });
});
afterAll(() => hp.close());

/** Tells of each job as it is proposed. */
function listening(tell: (job: JobView) => void): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (String(input).endsWith("/actions")) tell((await response.clone().json()) as JobView);
    return response;
  };
}

/** A session with one call, and the jobs that it proposed, as they are at its end. */
async function session(
  plan: Plan,
  options: PassOptions = {},
): Promise<{ told: string; jobs: JobView[]; stopped: readonly unknown[] }> {
  const ids: string[] = [];
  const { messages, stopped } = await pass(plan, {
    fetch: listening(({ job }) => ids.push(job.id)),
    ...options,
  });
  const jobs = await Promise.all(ids.map((id) => hp.job(id)));
  return { told: toldOf(messages)["c1"] ?? "", jobs, stopped };
}

describe("a call", () => {
  test("stays in the session as long as people need, under its own id", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const decide = (job: JobView): void => {
      void world.decide(job.job.id, "approve");
    };

    const { told, jobs } = await session(plan, { fetch: listening(decide) });

    expect(told).toContain("refund done for item-c1");
    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    expect(jobs).toEqual([]);
  });

  test("is named by session and call, and its outcome is recorded by the hook", async () => {
    const plan = world.plan([planned("c1", "read")]);

    const { jobs } = await session(plan);

    const agent = { run: sessionOf(plan), call: "toolu_c1.0" };
    expect(jobs).toMatchObject([{ job: { state: "SUCCEEDED" }, action: { agent } }]);
    const { output } = await hp.output(jobs[0]?.job.id ?? "");
    expect(JSON.stringify(output)).toContain("read done for item-c1");
  });

  test("that fails is recorded as failed", async () => {
    const plan = world.plan([planned("c1", "read")]);
    const broken = async (): Promise<string> => {
      throw new Error("the shelf is empty");
    };

    const { told, jobs } = await session(plan, { act: broken });

    expect(told).toContain("the shelf is empty");
    expect(jobs).toMatchObject([{ job: { state: "FAILED" } }]);
    expect(jobs[0]?.outcome?.summary).toContain("the shelf is empty");
  });

  test.for(["bypassPermissions", "acceptEdits", "dontAsk", "default"] as const)(
    "that the CLI would let pass by its mode and its rules is asked for all the same: %s",
    async (permissionMode) => {
      const plan = world.plan([planned("c1", "drop")]);
      const allowedTools = [nameOf("drop")];
      const bypass = permissionMode === "bypassPermissions";

      const { told } = await session(plan, {
        query: { permissionMode, allowedTools, allowDangerouslySkipPermissions: bypass },
      });

      expect(told).toContain("never automated");
      expect(await world.effects(plan)).toEqual([]);
    },
  );

  test("that may only run within limits that nothing keeps does not run, and keeps its grant", async () => {
    const plan = world.plan([planned("c1", "read")]);
    const tools = { [nameOf("read")]: { topic: "job.adapter.hidden" } };

    const { told, jobs } = await session(plan, { tools });

    expect(told).toContain("redact");
    expect(jobs).toMatchObject([{ job: { state: "APPROVED" } }]);
    expect(await world.effects(plan)).toEqual([]);
  });

  test("that was let pass by name is not proposed", async () => {
    const plan = world.plan([planned("c1", "read")]);
    const tools = { [nameOf("read")]: false as const };

    const { told, jobs } = await session(plan, {
      tools,
      query: { allowedTools: [nameOf("read")] },
    });

    expect(told).toContain("read done");
    expect(jobs).toEqual([]);
  });

  test("is refused where the hooks were left away, because nobody would report it", async () => {
    const { canUseTool } = holdpoint(hp);
    const { signal } = new AbortController();

    const answer = await canUseTool("Bash", { command: "true" }, { toolUseID: "t", signal });

    expect(answer).toMatchObject({ behavior: "deny", interrupt: true });
  });

  test("that something else permitted is told of, and ends the session", async () => {
    const told: unknown[] = [];
    const { hooks } = holdpoint(hp, { onError: (error) => told.push(error) });
    const [after] = hooks.PostToolUse[0]?.hooks ?? [];

    const answer = await after?.({ session_id: "s", tool_name: "Bash", tool_use_id: "t" });

    expect(answer).toMatchObject({ continue: false });
    expect(String(told[0])).toContain("without a release");
  });
});

describe("two processes that take up one session", () => {
  test(
    `make its call twice with the CLI alone, in ${ROUNDS} of ${ROUNDS} rounds`,
    { timeout: 300_000 },
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const plan = world.plan([planned("c1", "refund")]);
        const deciding = (permissionDecision: "allow" | "defer"): PassOptions => ({
          isGated: false,
          query: {
            hooks: {
              PreToolUse: [
                {
                  hooks: [
                    async () => ({
                      hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision },
                    }),
                  ],
                },
              ],
            },
          },
        });
        await pass(plan, deciding("defer"));
        expect(await world.effects(plan)).toEqual([]);
        const meet = meeting(2);
        const both: PassOptions = {
          ...deciding("allow"),
          isResumed: true,
          act: async (name, args) => {
            await meet();
            return act(plan, name, args);
          },
        };

        await Promise.all([pass(plan, both), pass(plan, both)]);

        expect(await world.effects(plan)).toEqual(["refund item-c1 20", "refund item-c1 20"]);
      }
    },
  );
});

describe("the example", () => {
  test("runs a command of the CLI's own once people have approved it", async () => {
    const { url, folder } = world;
    const api = await startModelApi((messages) =>
      messages.length > 2 || JSON.stringify(messages).includes("tool_result")
        ? { text: "The parcel is paid back." }
        : {
            calls: [
              {
                id: "toolu_example",
                name: "Bash",
                input: { command: "echo o_7 20 >> refunds.txt", description: "pays" },
              },
            ],
          },
    );
    const env = { ANTHROPIC_BASE_URL: api.url, ANTHROPIC_API_KEY: "no-key", HOME: folder };
    const running = await runExample("claude-agent", ["Pay back o_7."], { url, folder, env });
    const waiting = await running.line(/waits for people/);
    await world.decide(waiting.slice(waiting.lastIndexOf("/") + 1), "approve");

    await running.line(/paid back/);
    await running.stop();
    await api.close();

    expect(await readFile(path.join(folder, "refunds.txt"), "utf8")).toBe("o_7 20\n");
  });
});
