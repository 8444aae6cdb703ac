// What the adapter of the AI SDK does, the same in both versions, and what the framework does without it.

import { Holdpoint } from "@holdpoint/sdk";
import type { ApprovalAnswers, GateOptions, Message, Suspendable } from "@holdpoint/sdk/ai-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Plan, PlannedCall } from "./plan.ts";
import { planned } from "./suite.ts";
import type { World } from "./world.ts";

/** Where the gated tools of a test differ from the planned ones. */
export interface GatedTurn {
  readonly hp: Holdpoint;
  readonly tools?: Readonly<Record<string, object>>;
  readonly gates?: GateOptions;
  readonly signal?: AbortSignal;
}

/** One generation of a chat, in the words of one version. All of them give the whole chat. */
export interface ChatKit {
  readonly start: readonly Message[];
  told(messages: readonly Message[]): Record<string, string>;
  /** With the framework's own approval of refunds. */
  own(plan: Plan, messages: readonly Message[], secret?: string): Promise<readonly Message[]>;
  gated(plan: Plan, messages: readonly Message[], turn: GatedTurn): Promise<readonly Message[]>;
  answers(plan: Plan, messages: readonly Message[], hp: Holdpoint): Promise<ApprovalAnswers>;
  suspendable(plan: Plan, hp: Holdpoint, isStreamed?: boolean): Suspendable<object>;
}

const ROUNDS = 20;

interface Part {
  readonly type: string;
  readonly approvalId?: string;
}

/** The chat with an approval of every open request, as a frontend would send it. */
function allApproved(messages: readonly Message[]): readonly Message[] {
  const parts = messages.flatMap(({ content }) =>
    Array.isArray(content) ? (content as Part[]) : [],
  );
  const content = parts.flatMap(({ type, approvalId }) =>
    type === "tool-approval-request"
      ? [{ type: "tool-approval-response", approvalId, approved: true }]
      : [],
  );
  return [...messages, { role: "tool", content }];
}

/** A chat that no model has had: a client made the call up, and its approval too. */
function madeUp({ id, tool, args }: PlannedCall, start: readonly Message[]): readonly Message[] {
  const call = { type: "tool-call", toolCallId: id, toolName: tool, input: args };
  const request = { type: "tool-approval-request", approvalId: "made-up", toolCallId: id };
  return allApproved([...start, { role: "assistant", content: [call, request] }]);
}

/** The chat with other arguments of its call. */
function raised(messages: readonly Message[]): readonly Message[] {
  return JSON.parse(JSON.stringify(messages).replaceAll(":20", ":9999")) as Message[];
}

export function describeChats(name: string, kit: ChatKit, worldOf: () => World): void {
  let world: World;
  let hp: Holdpoint;

  beforeAll(() => {
    world = worldOf();
    hp = new Holdpoint({ url: world.url });
  });
  afterAll(() => hp.close());

  async function held(calls: readonly PlannedCall[], count = 1) {
    const plan = world.plan(calls);
    const messages = await kit.gated(plan, kit.start, { hp });
    const { held: jobs } = await kit.answers(plan, messages, hp);
    expect(jobs).toHaveLength(count);
    return { plan, messages, jobs: jobs.map(({ job }) => job.id) };
  }

  describe(`${name}: messages that are sent twice`, () => {
    for (const secret of [undefined, "a-secret-that-signs"]) {
      const signed = secret === undefined ? "" : ", signed";
      test(`run the call twice with the framework alone${signed}, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const plan = world.plan([planned("c1", "refund")]);
          const answered = allApproved(await kit.own(plan, kit.start, secret));

          await kit.own(plan, answered, secret);
          await kit.own(plan, answered, secret);

          expect(await world.effects(plan)).toEqual(["refund item-c1 20", "refund item-c1 20"]);
        }
      });
    }

    test(`run the call once behind the gate, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { plan, messages, jobs } = await held([planned("c1", "refund")]);
        await world.decide(jobs[0] ?? "", "approve");
        const answered = allApproved(messages);

        const first = await kit.gated(plan, answered, { hp });
        const second = await kit.gated(plan, answered, { hp });

        expect([first, second].map((chat) => kit.told(chat)["c1"])).toEqual([
          "refund done for item-c1: 20",
          "refund done for item-c1: 20",
        ]);
        expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
      }
    });
  });

  describe(`${name}: one answer of two`, () => {
    const calls = [planned("c1", "refund"), planned("c2", "refund")];

    test("is obeyed by the framework alone, and then the chat breaks", async () => {
      const plan = world.plan(calls);
      const chat = allApproved(await kit.own(plan, kit.start));
      const last = chat.at(-1);
      const content = ((last?.content ?? []) as Part[]).slice(0, 1);

      const pass = kit.own(plan, [...chat.slice(0, -1), { role: "tool", content }]);

      await expect(pass).rejects.toMatchObject({ name: "AI_MissingToolResultsError" });
      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    });

    test("is kept until the other one is there", async () => {
      const { plan, messages, jobs } = await held(calls, 2);
      await world.decide(jobs[0] ?? "", "approve");

      const midway = await kit.answers(plan, messages, hp);
      expect(midway).toMatchObject({ held: [{ job: { id: jobs[1] } }], message: null });
      await world.decide(jobs[1] ?? "", "reject", { reason: "only one of them" });
      const { message } = await kit.answers(plan, messages, hp);
      const chat = await kit.gated(plan, [...messages, ...(message === null ? [] : [message])], {
        hp,
      });

      expect(kit.told(chat)["c1"]).toContain("refund done");
      expect(kit.told(chat)["c2"]).toContain("only one of them");
      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    });
  });

  describe(`${name}: messages that a client made up`, () => {
    const call = planned("c1", "refund");

    test("run the call with the framework alone", async () => {
      const plan = world.plan([call]);

      await kit.own(plan, madeUp(call, kit.start));

      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    });

    test("that change the arguments of an approved call are obeyed by the framework alone", async () => {
      const plan = world.plan([call]);
      const answered = allApproved(await kit.own(plan, kit.start));

      await kit.own(plan, raised(answered));

      expect(await world.effects(plan)).toEqual(["refund item-c1 9999"]);
    });

    test("run nothing behind the gate until people say so", async () => {
      const plan = world.plan([call]);
      let proposed: (id: string) => void = () => undefined;
      const job = new Promise<string>((resolve) => (proposed = resolve));
      const told = new Holdpoint({
        url: world.url,
        async fetch(url, init) {
          const response = await fetch(url, init);
          if (!String(url).endsWith("/actions")) return response;
          const view = (await response.clone().json()) as { job: { id: string } };
          proposed(view.job.id);
          return response;
        },
      });

      const pass = kit.gated(plan, madeUp(call, kit.start), { hp: told });
      await world.decide(await job, "reject", { reason: "nobody asked for it" });

      const answer = kit.told(await pass)["c1"];
      expect(answer).toContain("nobody asked for it");
      expect(await world.effects(plan)).toEqual([]);
    });

    test("end with the request that they came with", async () => {
      const plan = world.plan([call]);
      const leaving = new AbortController();
      const told = new Holdpoint({
        url: world.url,
        async fetch(url, init) {
          if (String(url).includes("/wait")) leaving.abort();
          return fetch(url, init);
        },
      });

      const { signal } = leaving;
      await kit.gated(plan, madeUp(call, kit.start), { hp: told, signal }).catch(() => undefined);

      expect(signal.aborted).toBe(true);
      expect(await world.effects(plan)).toEqual([]);
    });

    test("that change the arguments of an approved call are refused", async () => {
      const { plan, messages, jobs } = await held([call]);
      await world.decide(jobs[0] ?? "", "approve");

      const pass = kit.gated(plan, raised(allApproved(messages)), { hp });

      await expect(pass).rejects.toMatchObject({ code: "idempotency_mismatch" });
      expect(await world.effects(plan)).toEqual([]);
    });
  });

  describe(`${name}: a suspended chat`, () => {
    async function work(plan: Plan, isStreamed = false) {
      const chats = kit.suspendable(plan, hp, isStreamed);
      const failed: unknown[] = [];
      let ended: readonly Message[] = [];
      let passes = 0;
      const worker = hp.worker({
        queues: [plan.thread],
        async resume(run) {
          ({ messages: ended } = await chats.resume(run));
          passes += 1;
          void worker.stop();
        },
        onError(error) {
          failed.push(error);
          void worker.stop();
        },
      });
      await worker.run();
      expect(failed).toEqual([]);
      return { messages: ended, passes };
    }

    test("goes on once, with every answer, in a worker", async () => {
      const calls = [planned("c1", "refund"), planned("c2", "refund"), planned("c3", "read")];
      const plan = world.plan(calls);
      const { thread } = plan;
      const suspended = await kit.suspendable(plan, hp).run(kit.start, { thread });
      expect(suspended.resumption).toMatchObject({ state: "waiting", mode: "all" });
      const [first, second] = suspended.held.map(({ job }) => job.id);
      await world.decide(first ?? "", "approve");
      await world.decide(second ?? "", "reject", { reason: "never mind" });

      const { messages, passes } = await work(plan);

      expect(passes).toBe(1);
      const told = kit.told(messages);
      expect(told["c1"]).toContain("refund done");
      expect(told["c2"]).toContain("never mind");
      expect(told["c3"]).toContain("read done");
      expect((await world.effects(plan)).toSorted()).toEqual([
        "read item-c3 20",
        "refund item-c1 20",
      ]);
      const { items } = await hp.resumptions.list({ thread });
      expect(items.map(({ state }) => state)).toEqual(["completed"]);
    });

    test("of a worker that died is taken up again, and nothing runs twice", async () => {
      const plan = world.plan([planned("c1", "refund")]);
      const { thread } = plan;
      const chats = kit.suspendable(plan, hp);
      const { held: jobs } = await chats.run(kit.start, { thread });
      await world.decide(jobs[0]?.job.id ?? "", "approve");
      const [claimed] = await hp.resumptions.claim({ worker: "dies", queues: [thread] });
      const claim = { resumption: claimed?.resumption.id ?? "", fence: claimed?.fence ?? 0 };
      const state = Buffer.from(claimed?.checkpoint.state ?? "", "base64");
      await chats.resume({ thread, state, claim });
      // It went through the chat and died before it could say so.
      await hp.resumptions.fail(claim.resumption, { fence: claim.fence, error: "killed" });

      await work(plan);

      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    });

    test("can be streamed", async () => {
      const plan = world.plan([planned("c1", "refund"), planned("c2", "read")]);
      const { thread } = plan;
      const { held: jobs } = await kit.suspendable(plan, hp, true).run(kit.start, { thread });
      await world.decide(jobs[0]?.job.id ?? "", "approve");

      const { messages } = await work(plan, true);

      expect(kit.told(messages)["c1"]).toContain("refund done");
      expect((await world.effects(plan)).toSorted()).toEqual([
        "read item-c2 20",
        "refund item-c1 20",
      ]);
    });

    test("keeps what JSON does not: bytes of files", async () => {
      const plan = world.plan([planned("c1", "refund")]);
      const { thread } = plan;
      const data = new Uint8Array([0, 255, 7]);
      const file = { type: "file", data, mediaType: "application/pdf" };
      const chat = [{ role: "user", content: [{ type: "text", text: "Refund it." }, file] }];
      const { held: jobs } = await kit.suspendable(plan, hp).run(chat, { thread });
      await world.decide(jobs[0]?.job.id ?? "", "approve");

      const { messages } = await work(plan);

      expect(messages[0]).toEqual(chat[0]);
    });
  });

  describe(`${name}: a tool`, () => {
    /** One chat with one call of `read`: what the model was told, and what was proposed. */
    async function turn(execute: (args: object) => unknown, gates?: GateOptions) {
      const plan = world.plan([planned("c1", "read")]);
      const topics: string[] = [];
      const client = new Holdpoint({
        url: world.url,
        fetch(url, init) {
          if (String(url).endsWith("/actions")) {
            topics.push((JSON.parse(String(init?.body)) as { topic: string }).topic);
          }
          return fetch(url, init);
        },
      });
      const how = { hp: client, tools: { read: { execute } }, ...(gates && { gates }) };
      const first = kit.told(await kit.gated(plan, kit.start, how))["c1"];
      const second = kit.told(await kit.gated(plan, kit.start, how))["c1"];
      return { told: [first, second], topics: [...new Set(topics)] };
    }

    test("that nobody named is gated all the same, by its name", async () => {
      expect(await turn(() => "yes", {})).toEqual({
        told: ["yes", "yes"],
        topics: ["job.tool.read"],
      });
    });

    test("that is let pass is not proposed", async () => {
      const gates = { tools: { read: false } } as const;

      expect(await turn(() => "yes", gates)).toEqual({ told: ["yes", "yes"], topics: [] });
    });

    test("that fails is told to the model, and is not run again", async () => {
      let runs = 0;
      const { told } = await turn(() => {
        runs += 1;
        throw new Error("the card was declined");
      });

      expect(told.join(" ")).toMatch(/the card was declined.*the card was declined/);
      expect(runs).toBe(1);
    });

    test("that gives its result bit by bit has the last one as its result", async () => {
      const { told } = await turn(async function* () {
        yield "half";
        yield "whole";
      });

      expect(told).toEqual(["whole", "whole"]);
    });

    test("whose result holds what the grant hides is told without it", async () => {
      const gates = { tools: { read: { topic: "job.adapter.hidden" } } };
      const { told } = await turn(() => ({ owner: "Ada", iban: "DE89 3704" }), gates);

      expect(told.join(" ")).toContain("Ada");
      expect(told.join(" ")).not.toContain("DE89");
    });
  });
}
