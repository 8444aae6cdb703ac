// What the job hash covers and what it leaves out, and what proves what reviewers were shown.

import { describe, expect, it } from "vitest";
import { sampleAction } from "./action.sample.ts";
import type { Action } from "./action.ts";
import { effectiveForm, jobHash, presentedHash } from "./hash.ts";

const base = sampleAction();
const hash = jobHash("default", base);

const effective: readonly (readonly [string, Partial<Action>])[] = [
  ["the topic", { topic: "job.db.drop" }],
  ["the tool's server", { tool: { server: "erp", name: "delete_customer" } }],
  ["the tool's name", { tool: { server: "crm", name: "drop_customer" } }],
  ["that there is a tool", { tool: null }],
  ["a parameter", { params: { id: "c_82" } }],
  ["one more parameter", { params: { id: "c_81", force: true } }],
  ["the type of a parameter", { params: { id: 81 } }],
  ["the environment", { target: { environment: "dev", resource: "customers" } }],
  ["the resource", { target: { environment: "prod", resource: "orders" } }],
  ["the cost", { cost: { amount: 5, currency: "EUR" } }],
  ["whether it can be undone", { reversible: true }],
  ["whether that is unknown", { reversible: null }],
  ["the risk tags", { riskTags: ["write"] }],
  ["the idempotency key", { idempotencyKey: "k" }],
  ["the agent", { actor: { ...base.actor, agent: "other" } }],
  ["whom the agent acts for", { actor: { ...base.actor, onBehalfOf: null } }],
];

const claimed: readonly (readonly [string, Partial<Action>])[] = [
  ["the agent's words", { claims: { ...base.claims, reasoning: "trust me", confidence: 1 } }],
  ["the evidence", { evidence: [] }],
  ["the previewed effect", { effect: null }],
  ["the labels", { labels: {} }],
  ["the run", { actor: { ...base.actor, run: "run-2" } }],
  ["the name of the call", { actor: { ...base.actor, call: "c" } }],
  ["the thread", { actor: { ...base.actor, thread: "t" } }],
  ["the checkpoint", { checkpoint: "c" }],
];

describe("the job hash", () => {
  it.each(effective)("changes with %s", (_name, more) => {
    expect(jobHash("default", sampleAction(more))).not.toBe(hash);
  });

  it.each(claimed)("does not change with %s", (_name, more) => {
    expect(jobHash("default", sampleAction(more))).toBe(hash);
  });

  it("covers the effect once it is bound to it", () => {
    const rows = (count: number): Action =>
      sampleAction({ effect: { rows: count, recipients: null, diff: null }, isEffectBound: true });
    expect(jobHash("default", rows(3))).not.toBe(jobHash("default", rows(4)));
    expect(jobHash("default", sampleAction({ ...rows(3), isEffectBound: false }))).toBe(hash);
  });

  it("changes with the tenant", () => {
    expect(jobHash("other", base)).not.toBe(hash);
  });

  it("does not depend on the order of the parameters", () => {
    const one = sampleAction({ params: { a: 1, b: { c: 2, d: 3 } } });
    const two = sampleAction({ params: { b: { d: 3, c: 2 }, a: 1 } });
    expect(jobHash("default", one)).toBe(jobHash("default", two));
  });

  it("keeps a parameter named like a prototype's member", () => {
    const params = JSON.parse('{"__proto__": {"x": 1}}') as Action["params"];
    expect(jobHash("default", sampleAction({ params }))).not.toBe(
      jobHash("default", sampleAction({ params: {} })),
    );
  });

  it("is a digest of the effective form, which names its layout", () => {
    expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(effectiveForm("default", base)).toMatchObject({
      v: 1,
      tenant: "default",
      agent: "robot",
    });
  });
});

describe("the hash of what was presented", () => {
  it.each(claimed.slice(0, 3))("changes with %s", (_name, more) => {
    expect(presentedHash(sampleAction(more))).not.toBe(presentedHash(base));
  });

  it("does not change with what is bound by the job hash", () => {
    expect(presentedHash(sampleAction({ params: {} }))).toBe(presentedHash(base));
  });
});
