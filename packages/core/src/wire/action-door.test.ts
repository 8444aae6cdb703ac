// Between an action on the wire and the one inside: nothing is lost, nothing is taken from the wrong side.

import { describe, expect, it } from "vitest";
import { maskString } from "../action/mask.ts";
import { jobHash } from "../action/hash.ts";
import type { Action } from "../action/action.ts";
import { assert } from "../base/assert.ts";
import { noFacts } from "../policy/facts.ts";
import { paramsBytesMax } from "../base/limits.ts";
import {
  actionFromProposal,
  actionFromRunning,
  callKey,
  editAction,
  evaluationInputOf,
  sortTags,
} from "./action-door.ts";
import { proposal, type Proposal, runningAction } from "./shape.ts";

const full: Proposal = {
  topic: "job.db.delete",
  tool: { server: "crm", name: "delete" },
  params: { id: "c_81" },
  target: { environment: "prod", resource: "customers" },
  risk_tags: ["write", "prod", "write"],
  reversible: false,
  cost: { amount: 2, currency: "EUR" },
  idempotency_key: "key-1",
  effect: { rows: 1 },
  agent: { run: "run-1", on_behalf_of: "user:req" },
  claims: { title: "t", if_approved: "a", confidence: 0.5, signals: { x: 1 } },
  evidence: [{ label: "ticket" }],
  labels: { team: "crm" },
};

function read(of: Proposal): Action {
  const result = actionFromProposal(of, "robot");
  assert(result.ok, "the proposal is read");
  return result.action;
}

/** What a redeemer sends for an action that it was given a grant for. */
function running(of: Proposal, more: object = {}): ReturnType<typeof runningAction.parse> {
  const { topic, tool, params, target, risk_tags, reversible, cost } = of;
  const parts = { topic, tool, params, target, risk_tags, reversible, cost };
  return runningAction.parse({ ...parts, ...more });
}

describe("a proposal", () => {
  it("becomes an action with everything that it said", () => {
    expect(read(full)).toEqual({
      topic: "job.db.delete",
      tool: { server: "crm", name: "delete" },
      params: { id: "c_81" },
      target: { environment: "prod", resource: "customers" },
      riskTags: ["prod", "write"],
      reversible: false,
      cost: { amount: 2, currency: "EUR" },
      effect: { rows: 1, recipients: null, diff: null },
      actor: {
        agent: "robot",
        run: "run-1",
        thread: null,
        call: null,
        onBehalfOf: "user:req",
      },
      claims: {
        title: "t",
        reasoning: null,
        ifApproved: "a",
        ifRejected: null,
        instruction: null,
        confidence: 0.5,
        signals: { x: 1 },
      },
      evidence: [{ label: "ticket", uri: null, text: null }],
      labels: { team: "crm" },
      idempotencyKey: "key-1",
      checkpoint: null,
    });
  });

  it("of a topic alone leaves the rest unknown", () => {
    expect(read(proposal.parse({ topic: "ping" }))).toMatchObject({
      tool: null,
      params: {},
      target: { environment: null, resource: null },
      riskTags: [],
      reversible: null,
      cost: null,
      effect: null,
      idempotencyKey: null,
    });
  });

  it("has one hash whether it leaves a part out or says null", () => {
    const bare = read(proposal.parse({ topic: "ping" }));
    const nulls = read(proposal.parse({ topic: "ping", tool: null, target: null, cost: null }));
    expect(jobHash("default", nulls)).toBe(jobHash("default", bare));
  });

  it("takes the agent from the credential, never from the body", () => {
    expect(proposal.safeParse({ ...full, agent: { id: "boss" } }).success).toBe(false);
    expect(read(full).actor.agent).toBe("robot");
  });

  it("with too large parameters is refused with its place", () => {
    const params = { text: "x".repeat(paramsBytesMax) };
    expect(actionFromProposal({ ...full, params }, "robot")).toMatchObject({
      ok: false,
      code: "params_too_large",
      detail: { path: "/params" },
    });
  });

  it("may have parameters of exactly the largest size", () => {
    const params = { t: "x".repeat(paramsBytesMax - '{"t":""}'.length) };
    expect(actionFromProposal({ ...full, params }, "robot").ok).toBe(true);
  });
});

describe("the action that is about to run", () => {
  const job = read(full);
  const hash = jobHash("default", job);

  it("has the hash of the approved one when it is that", () => {
    expect(jobHash("default", actionFromRunning(running(full), job))).toBe(hash);
  });

  it.each([
    ["the topic", { topic: "job.db.drop" }],
    ["the tool", { tool: { server: "crm", name: "drop" } }],
    ["no tool", { tool: undefined }],
    ["a parameter", { params: { id: "c_82" } }],
    ["no parameters", { params: undefined }],
    ["the target", { target: { environment: "dev", resource: "customers" } }],
    ["no target", { target: undefined }],
    ["the tags", { risk_tags: ["prod"] }],
    ["no tags", { risk_tags: [] }],
    ["reversible", { reversible: true }],
    ["reversible left out", { reversible: undefined }],
    ["the cost", { cost: { amount: 3, currency: "EUR" } }],
    ["no cost", { cost: undefined }],
    ["the idempotency key", { idempotency_key: "key-2" }],
    ["a null idempotency key", { idempotency_key: null }],
    ["whom it is for", { agent: { on_behalf_of: "user:boss" } }],
    ["for nobody", { agent: {} }],
  ])("has another hash when it differs in %s", (_name, more) => {
    expect(jobHash("default", actionFromRunning(running(full, more), job))).not.toBe(hash);
  });

  it("does not have to repeat the tags and the names of the request", () => {
    const bare = running(full, { risk_tags: undefined });
    expect(jobHash("default", actionFromRunning(bare, job))).toBe(hash);
  });
});

describe("the action that is about to run, when the server added to it", () => {
  const job: Action = { ...read(full), riskTags: ["bulk", "prod", "write"], reversible: false };
  const hash = jobHash("default", job);
  const enrichment = { declaredTags: ["prod", "write"], declaredReversible: null };
  const hashOf = (more: Partial<Proposal>): string =>
    jobHash("default", actionFromRunning(running(full, more), job, enrichment));

  it("may say tags and reversibility as they were proposed, or as they are", () => {
    expect(hashOf({ risk_tags: ["write", "prod"], reversible: undefined })).toBe(hash);
    expect(hashOf({ risk_tags: ["write", "prod", "bulk"], reversible: false })).toBe(hash);
    expect(hashOf({ risk_tags: undefined })).toBe(hash);
  });

  it.each([
    ["fewer tags", { risk_tags: ["prod"] }],
    ["more tags", { risk_tags: ["bulk", "pii", "prod", "write"] }],
    ["another reversibility", { reversible: true }],
    ["another parameter", { params: { id: "c_82" }, reversible: undefined }],
  ])("has another hash with %s", (_name, more) => {
    expect(hashOf(more)).not.toBe(hash);
  });
});

describe("an edit", () => {
  const job = read(full);

  it("replaces the parameters and drops the preview of the old ones", () => {
    const edited = editAction(job, { params: { id: "c_82" } });
    expect(edited).toEqual({ ...job, params: { id: "c_82" }, effect: null });
  });

  it("replaces cost and target when it names them", () => {
    const cost = { amount: 1, currency: "EUR" };
    const edited = editAction(job, { params: {}, cost, target: { resource: "orders" } });
    expect([edited.cost, edited.target]).toEqual([cost, { environment: null, resource: "orders" }]);
  });

  it("leaves a resource that it sends back as it was shown", () => {
    const target = { environment: null, resource: "postgres://app:hunter2@db/orders" };
    const shown = maskString(target.resource);
    expect(shown).not.toContain("hunter2");
    const edited = editAction({ ...job, target }, { params: {}, target: { resource: shown } });
    expect(edited.target).toEqual(target);
  });
});

describe("what policy evaluates", () => {
  it("is facts of the action and nothing that its agent claims", () => {
    const input = evaluationInputOf("default", read(full), { facts: noFacts, now: 7 });
    expect(input).toMatchObject({ agent: "robot", run: "run-1", facts: noFacts, now: 7 });
    expect(Object.keys(input)).not.toContain("claims");
    expect(JSON.stringify(input)).not.toContain("ticket");
  });

  it("has tags in one order, each once", () => {
    expect(sortTags(["b", "a", "b"])).toEqual(["a", "b"]);
  });
});

describe("a call of a run", () => {
  const named = (agent: object, more: object = {}): Action =>
    read(proposal.parse({ topic: "ping", agent, ...more }));

  it("is known by run and call where nobody gave a key", () => {
    expect(named({ run: "r-1", call: "c-1" })).toMatchObject({
      actor: { run: "r-1", call: "c-1" },
      idempotencyKey: "call:r-1:c-1",
    });
  });

  it("keeps the key that the agent gave", () => {
    const action = named({ run: "r-1", call: "c-1" }, { idempotency_key: "mine" });
    expect(action.idempotencyKey).toBe("mine");
  });

  it.each([[{ run: "r-1" }], [{ call: "c-1" }], [{}]])("has no key with %j alone", (agent) => {
    expect(named(agent).idempotencyKey).toBeNull();
  });

  it("is another one in another run, under another name, and with names that look alike", () => {
    const names: readonly (readonly [string, string])[] = [
      ...([
        ["a", "b"],
        ["a", "c"],
        ["b", "b"],
        ["a:b", "c"],
        ["a", "b:c"],
        ["a:", "b"],
      ] as const),
      ...([
        ["x".repeat(250), "b"],
        ["x".repeat(250), "c"],
        ["x".repeat(251), "b"],
      ] as const),
    ];
    const keys = names.map(([run, call]) => callKey({ run, call }));
    expect(new Set(keys).size).toBe(names.length);
    for (const key of keys) expect(key?.length).toBeLessThanOrEqual(255);
  });

  it("is not the hash of another one, whatever its run is called", () => {
    const hashed = callKey({ run: "a:b", call: "c" }) ?? "";
    const [, run = "", call = ""] = hashed.split(":");

    expect(callKey({ run, call })).not.toBe(hashed);
  });

  it("is redeemed with the key that it was proposed with", () => {
    const of: Proposal = { ...full, idempotency_key: undefined, agent: { run: "r", call: "c" } };
    const proposed = read(of);
    const about = actionFromRunning(running(of), proposed);
    expect(jobHash("default", about)).toBe(jobHash("default", proposed));
  });
});
