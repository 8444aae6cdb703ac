// What is left to the server, doubt by doubt, and what is not.

import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../base/json/value.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { noFacts } from "../policy/facts.ts";
import { emptyRegistry, type Registry } from "../policy/registry.ts";
import { registryFromJson } from "../policy-file/read-tools.ts";
import { policyFromJson } from "../policy-file/snapshot.ts";
import { decideLocally, prepareLocal } from "./local.ts";

const noon = Date.parse("2026-11-23T12:00:00Z");

function input(more: Partial<EvaluationInput> = {}): EvaluationInput {
  return {
    topic: "job.db.read",
    tool: null,
    riskTags: [],
    agent: "bot",
    environment: null,
    tenant: "default",
    labels: {},
    reversible: null,
    cost: null,
    params: {},
    resource: null,
    effect: null,
    onBehalfOf: null,
    run: null,
    thread: null,
    facts: noFacts,
    now: noon,
    ...more,
  };
}

interface Asked {
  readonly rest?: JsonObject;
  readonly rules?: readonly JsonObject[];
  readonly tools?: readonly JsonObject[];
  readonly action?: Partial<EvaluationInput>;
  readonly widthMs?: number;
}

const reads: JsonObject = { id: "reads", match: { topics: ["job.**"] }, decision: "allow" };

function ask({ rest = {}, rules = [], tools = [], action = {}, widthMs = 0 }: Asked): string {
  const policy = policyFromJson({ version: "v1", ...rest, rules: [...rules, reads] } as Json);
  const answer = decideLocally(
    prepareLocal(policy, registryOf(tools)),
    input(action),
    (action.now ?? noon) + widthMs,
  );
  return answer.isDecided ? `${answer.decision.kind} ${answer.decision.ruleId}` : answer.why;
}

function registryOf(tools: readonly JsonObject[]): Registry {
  if (tools.length === 0) return emptyRegistry;
  const reading = registryFromJson({ version: "v1", tools: [...tools] });
  if (reading.ok) return reading.registry;
  throw new Error(JSON.stringify(reading.findings));
}

const office = { office: { zone: "UTC", days: "mon-fri", from: "09:00", to: "12:01" } };

describe("an action decided locally", () => {
  it("is one that a rule allows or has logged", () => {
    expect(ask({})).toBe("allow reads");
    const log = { id: "log", match: { topics: ["job.db.*"] }, decision: "log" };
    expect(ask({ rules: [log] })).toBe("log log");
  });

  it("carries what tools and derivations add, which may hold it", () => {
    const hold = { id: "hold", match: { risk_tags: ["pii"] }, decision: "require_approval" };
    const tools = [{ id: "t", topic: "job.db.*", risk_tags: ["pii"] }];
    expect(ask({ rules: [hold] })).toBe("allow reads");
    expect(ask({ rules: [hold], tools })).toBe("not_plain");
    const rest = { derive: [{ when: "action.topic == 'job.db.read'", add_risk_tags: ["pii"] }] };
    expect(ask({ rest, rules: [hold] })).toBe("not_plain");
  });

  it("is never one of the server's own", () => {
    expect(ask({ action: { topic: "holdpoint.policy.publish" } })).toBe("own_topic");
  });

  it("is none that is held, denied, bounded or told", () => {
    for (const decision of ["require_approval", "allow_unless_rejected", "deny"]) {
      expect(ask({ rules: [{ id: "r", decision }] })).toBe("not_plain");
    }
    const bounded = { decision: "allow_with_constraints", constraints: { max_rows: 5 } };
    expect(ask({ rules: [{ id: "r", ...bounded }] })).toBe("not_plain");
    expect(ask({ rules: [{ id: "r", decision: "log", notify: ["ops"] }] })).toBe("not_plain");
  });
});

describe("history", () => {
  const often = { id: "often", when: "facts.count.hour > 100", decision: "deny" };

  it("is asked of the server wherever a rule for the topic looks at it, even behind other questions", () => {
    expect(ask({ rules: [often] })).toBe("history");
    const behind = { ...often, match: { topics: ["job.db.*"], risk_tags: ["never"] } };
    expect(ask({ rules: [behind] })).toBe("history");
    expect(ask({ rules: [{ ...behind, match: { topics: ["job.mail.*"] } }] })).toBe("allow reads");
  });

  it("is found in variables, reasons, exceptions, derivations and the word unusual", () => {
    const variables = { busy: "facts.count.hour > 100", very: "variables.busy && true" };
    const rule = { id: "r", when: "variables.very", decision: "deny" };
    expect(ask({ rest: { variables }, rules: [rule] })).toBe("history");
    const reason = { id: "r", decision: "log", reason: "after ${facts.count.hour}" };
    expect(ask({ rules: [reason] })).toBe("history");
    const strict = { id: "strict", decision: "deny" };
    const exception = {
      id: "e",
      rules: ["strict"],
      when: "facts.count.hour < 5",
      owner: "ana",
      reason: "for now",
      expires: "2027-01-01T00:00:00Z",
    };
    expect(ask({ rest: { exceptions: [exception] }, rules: [strict] })).toBe("history");
    const derive = [{ when: "facts.first_time.agent", add_risk_tags: ["new"] }];
    expect(ask({ rest: { derive } })).toBe("history");
    expect(ask({ rules: [{ id: "r", match: { unusual: true }, decision: "deny" }] })).toBe(
      "history",
    );
  });
});

describe("counts", () => {
  it("are the server's: a proposal that a rule counts goes there, whatever it releases", () => {
    const velocity = { over: 3, in: "1m" };
    expect(ask({ rules: [{ id: "v", velocity, decision: "deny" }] })).toBe("velocity");
    expect(ask({ rules: [{ id: "v", velocity, decision: "log" }] })).toBe("velocity");
    const other = { id: "v", match: { agents: ["other"] }, velocity, decision: "deny" };
    expect(ask({ rules: [other] })).toBe("allow reads");
  });
});

describe("time", () => {
  const freeze = { id: "freeze", match: { during: ["office"] }, decision: "deny" };
  const outside = { id: "night", match: { outside: ["office"] }, decision: "deny" };
  const rest = { calendars: office };

  it("is looked at on both ends of what the server's clock may show", () => {
    expect(ask({ rest, rules: [freeze] })).toBe("not_plain");
    expect(ask({ rest, rules: [outside] })).toBe("allow reads");
    const action = { now: noon + 59_990 };
    expect(ask({ rest, rules: [outside], action, widthMs: 5 })).toBe("allow reads");
    expect(ask({ rest, rules: [outside], action, widthMs: 20 })).toBe("time");
    expect(ask({ rest, rules: [freeze], action: { now: noon + 60_000 } })).toBe("allow reads");
  });

  it("ends an exception between the two ends", () => {
    const exception = {
      id: "e",
      rules: ["strict"],
      owner: "ana",
      reason: "a migration",
      expires: "2026-11-23T12:00:10Z",
    };
    const asked = {
      rest: { exceptions: [exception] },
      rules: [{ id: "strict", decision: "deny" }],
    };
    expect(ask(asked)).toBe("allow reads");
    expect(ask({ ...asked, widthMs: 9_000 })).toBe("allow reads");
    expect(ask({ ...asked, widthMs: 11_000 })).toBe("time");
    expect(ask({ ...asked, action: { now: noon + 11_000 } })).toBe("not_plain");
  });

  it("is the server's where an expression reads it", () => {
    const rule = { id: "r", when: "now < timestamp('2026-01-01T00:00:00Z')", decision: "deny" };
    expect(ask({ rules: [rule] })).toBe("time");
    const derive = [{ when: "now.getHours() > 20", add_risk_tags: ["late"] }];
    expect(ask({ rest: { derive } })).toBe("time");
  });
});

describe("what is not whole", () => {
  it("is left to the server: a missing member, a budget that is used up", () => {
    const rule = { id: "r", when: "action.params.amount > 5.0", decision: "allow" };
    expect(ask({ rules: [rule] })).toBe("undecided");
    expect(ask({ rules: [rule], action: { params: { amount: 7.5 } } })).toBe("allow r");
    const list = Array.from({ length: 400 }, (_, at) => at);
    const costly = "action.params.list.all(x, action.params.list.all(y, x + y >= 0.0))";
    const dear = { id: "dear", when: costly, decision: "allow" };
    const why = ask({ rules: [dear], action: { params: { list } } });
    expect(["undecided", "not_plain"]).toContain(why);
  });

  it("is left to the server where something only warns, and would have said so", () => {
    const warn = { id: "w", mode: "warn", decision: "deny" };
    expect(ask({ rules: [warn] })).toBe("unenforced");
    expect(ask({ rules: [{ ...warn, match: { topics: ["job.mail.*"] } }] })).toBe("allow reads");
    expect(ask({ rest: { mode: "shadow" } })).toBe("unenforced");
  });
});
