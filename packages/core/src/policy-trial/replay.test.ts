// What a replay tells: coverage first, then what is different, for reviewers and against people.

import { describe, expect, test } from "vitest";
import { maskObject } from "../action/mask.ts";
import type { JsonObject } from "../base/json/value.ts";
import { type CompiledPolicy, compilePolicy } from "../policy-decide/compile.ts";
import { plainInput } from "../policy/decision.sample.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { evaluate } from "../policy-decide/evaluate.ts";
import { loadPolicy } from "../policy-file/load.ts";
import { recordInput } from "../policy/recorded-input.ts";
import { replay, type ReplayRecord } from "./replay.ts";
import { usualHistory } from "./sample-action.ts";
import { velocityChecks } from "../policy-decide/velocity.ts";

function compiledOf(text: string): CompiledPolicy {
  const loaded = loadPolicy(`version: v1\n${text}`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return compilePolicy(loaded.policy);
}

/** What the event of a proposal holds, decided by `live`. */
function proposed(live: CompiledPolicy, job: string, input: EvaluationInput): ReplayRecord {
  const decision = evaluate(live, input);
  const payload: JsonObject = {
    action: {
      tenant: input.tenant,
      agent: input.agent,
      on_behalf_of: input.onBehalfOf,
      topic: input.topic,
      tool: input.tool && { ...input.tool },
      params: maskObject(input.params),
      target: { environment: input.environment, resource: input.resource },
      cost: input.cost && { ...input.cost },
      reversible: input.reversible,
      risk_tags: [...input.riskTags],
    },
    run: input.run,
    thread: input.thread,
    decision: decision.kind,
    rule: decision.ruleId,
    requirements: decision.requirements.map((one) => ({ ...one })),
    constraints: decision.constraints as JsonObject | null,
    input: recordInput(input, input.riskTags),
  };
  const stored = JSON.parse(JSON.stringify(payload)) as JsonObject;
  return { type: "job.proposed", job, actor: { kind: "agent" }, payload: stored };
}

function answered(job: string, type: string, kind = "person"): ReplayRecord {
  return { type, job, actor: { kind }, payload: {} };
}

function pay(amount: number, more: Partial<EvaluationInput> = {}): EvaluationInput {
  const cost = { amount, currency: "EUR" };
  return { ...plainInput, topic: "job.pay.card", cost, ...more };
}

const gate = (over: number, more = ""): string => `defaults: { decision: allow }
rules:
  - id: pay
    match: { topics: [job.pay.*] }
    when: 'action.cost.amount > ${over}'
    decision: require_approval
    reason: money
${more}`;

describe("a replay", () => {
  test("says what the same actions would have become, and by which rules", () => {
    const live = compiledOf(gate(100));
    const records = [50, 150, 250].map((amount) => proposed(live, `job-${amount}`, pay(amount)));

    const report = replay(compiledOf(gate(200)), records);

    expect(report).toMatchObject({
      coverage: { decisions: 3, replayable: 3, not_replayable: [] },
      same: 2,
      loosened: 1,
      tightened: 0,
      rules: [
        {
          before: { decision: "require_approval", rule: "pay" },
          after: { decision: "allow", rule: null },
          count: 1,
        },
      ],
      samples: [{ job: "job-150", action: { cost: { amount: 150 } } }],
    });
    expect(report.transitions).toEqual([
      { from: "require_approval", to: "require_approval", count: 1 },
      { from: "require_approval", to: "allow", count: 1 },
      { from: "allow", to: "allow", count: 1 },
    ]);
  });

  test("looks at an action as it was edited, also when it is decided again later", () => {
    const live = compiledOf(gate(100));
    const first = proposed(live, "job-1", pay(150, { environment: "test" }));
    const { action: _action, ...decision } = first.payload ?? {};
    const edit = { cost: { amount: 900, currency: "EUR" }, target: { environment: "prod" } };
    const records = [
      first,
      { ...first, type: "job.modified", payload: { ...decision, ...edit } },
      { ...first, type: "job.returned", payload: decision },
    ];

    const prodOver500 = 'action.target.environment == "prod" && action.cost.amount > 500';
    const report = replay(
      compiledOf(`defaults: { decision: allow }
rules: [{ id: pay, when: '${prodOver500}', decision: deny }]`),
      records,
    );
    expect(report).toMatchObject({ loosened: 1, tightened: 2, coverage: { replayable: 3 } });

    const erased = records.map((one, at) => (at === 1 ? { ...one, payload: null } : one));
    expect(replay(live, erased).coverage).toMatchObject({ decisions: 3, replayable: 1 });
  });

  test("leads with what cannot be replayed, and why", () => {
    const live = compiledOf(gate(100));
    const whole = proposed(live, "whole", pay(1));
    const { input: _input, ...bare } = whole.payload ?? {};
    const secret = { ...pay(1), params: { password: "x" } };
    const policy = compiledOf(
      gate(
        100,
        `  - { id: pw, match: { topics: [job.pay.*] }, when: 'action.params.password == "x"', decision: deny, reason: no }
`,
      ),
    );

    const { coverage } = replay(policy, [
      whole,
      { ...whole, job: "erased", payload: null },
      { ...whole, job: "bare", payload: bare },
      { ...whole, job: "damaged", payload: { ...whole.payload, decision: "maybe" } },
      proposed(live, "masked", secret),
      proposed(live, "absent", pay(2)),
    ]);

    const why = coverage.not_replayable.map((one) => `${one.why} ${one.jobs.join()}`);
    expect(coverage).toMatchObject({ decisions: 6, replayable: 2 });
    expect(why.toSorted()).toEqual([
      "input_not_recorded bare",
      "masked_value masked",
      "payload_erased erased",
      "record_damaged damaged",
    ]);
  });

  test("passes over a hidden value that nothing depends on", () => {
    const live = compiledOf(gate(100));
    const input = { ...pay(1), params: { password: "x" } };
    const records = [proposed(live, "a", input), proposed(live, "b", { ...input, topic: "job.x" })];
    const reading = (rest: string): CompiledPolicy =>
      compiledOf(gate(100, `  - { id: pw, match: { topics: [job.pay.*] }, ${rest} }\n`));

    const ofOthers = reading(
      `when: 'action.cost.amount > 5 && action.params.password == "x"', decision: deny, reason: no`,
    );
    const ofPresence = reading(`when: 'has(action.params.password)', decision: deny, reason: no`);
    const ofStricter = compiledOf(`rules:
  - { id: no, match: { topics: [job.*, job.pay.*] }, decision: deny, reason: no }
  - { id: pw, when: 'action.params.password == "x"', decision: require_approval, reason: no }
`);

    expect(replay(ofOthers, records).coverage.replayable).toBe(2);
    expect(replay(ofPresence, records)).toMatchObject({
      coverage: { replayable: 2 },
      tightened: 1,
    });
    expect(replay(ofStricter, records).coverage.replayable).toBe(2);
  });

  test.for<[string, string, string]>([
    [
      "a derivation",
      "derive: [{ when: 'action.params.password == \"x\"', add_risk_tags: [t] }]",
      "",
    ],
    [
      "an exception",
      `exceptions:
  - { id: e, rules: [pay], when: 'action.params.password == "x"', owner: a@example.com, reason: r, expires: 2030-01-01T00:00:00Z }`,
      "",
    ],
    ["a variable", `variables: { pw: 'action.params.password == "x"' }`, "variables.pw"],
  ])("stops at a hidden value that %s reads", ([, head, when]) => {
    const live = compiledOf(gate(100));
    const policy = compiledOf(
      `${head}\n${when === "" ? gate(100) : gate(100).replace("action.cost.amount > 100", when)}`,
    );

    const { coverage } = replay(policy, [
      proposed(live, "a", { ...pay(200), params: { password: "x" } }),
    ]);

    expect(coverage.not_replayable).toMatchObject([{ why: "masked_value" }]);
  });

  test("stops at history that was not looked up when the policy asks for it", () => {
    const live = compiledOf(gate(100));
    const records = [
      proposed(live, "none", pay(1)),
      proposed(live, "some", pay(1, { facts: { history: usualHistory, velocity: {} } })),
    ];
    const byFacts = compiledOf(
      gate(100).replace("action.cost.amount > 100", "facts.count.hour > 3"),
    );
    const byPresence = compiledOf(
      gate(100).replace(
        "action.cost.amount > 100",
        "has(facts.last_outcome) && facts.count.hour > 3",
      ),
    );
    const byMatch = compiledOf(gate(0).replace("[job.pay.*]", "[job.pay.*], unusual: true"));

    for (const policy of [byFacts, byPresence, byMatch]) {
      const { coverage, same } = replay(policy, records);
      expect(coverage.not_replayable).toMatchObject([
        { why: "history_not_recorded", jobs: ["none"] },
      ]);
      expect(same).toBe(1);
    }
  });

  test("counts again for a velocity that was not counted, as far as the records reach", () => {
    const live = compiledOf(gate(1_000));
    const policy = compiledOf(`defaults: { decision: allow }
rules:
  - { id: burst, match: { topics: [job.pay.*] }, velocity: { over: 2, in: 10m, per: [agent.id] }, decision: deny, reason: no }
`);
    const at = (minutes: number): EvaluationInput =>
      pay(1, { now: plainInput.now + minutes * 60_000 });
    const records = [0, 11, 12, 13, 14, 40].map((minute) =>
      proposed(live, `at-${minute}`, at(minute)),
    );

    const report = replay(policy, records);

    expect(report.coverage.not_replayable).toEqual([
      { why: "velocity_not_counted", count: 1, jobs: ["at-0"] },
    ]);
    expect(report.samples.map(({ job }) => job)).toEqual(["at-13", "at-14"]);
  });

  test("by the policy that decided gives what was decided", () => {
    const live = compiledOf(`derive: [{ when: 'action.effect.rows > 5', add_risk_tags: [bulk] }]
rules:
  - { id: bulk, match: { risk_tags: [bulk] }, decision: deny, reason: no }
  - { id: burst, match: { topics: [job.pay.*] }, velocity: { over: 1, in: 10m, per: [agent.id] }, decision: require_approval, reason: x }
  - { id: pay, match: { topics: [job.pay.*] }, decision: allow_with_constraints, constraints: { network_allowlist: [b.example, a.example], max_rows: 3 } }
`);
    const counted = (count: number): EvaluationInput => {
      const input = pay(1);
      const velocity = velocityChecks(live, input).map(({ key }) => [key, count] as const);
      return { ...input, facts: { history: null, velocity: Object.fromEntries(velocity) } };
    };
    const effect = { rows: 9, recipients: null, diff: null };
    const inputs = [counted(1), counted(2), { ...pay(1), effect }];

    const report = replay(
      live,
      inputs.map((input, index) => proposed(live, `job-${index}`, input)),
    );

    expect(report).toMatchObject({ same: 3, loosened: 0, tightened: 0, samples: [] });
    expect(report.coverage.replayable).toBe(3);
  });

  test("takes later decisions from the proposal and their own parameters", () => {
    const live = compiledOf(gate(100));
    const first = proposed(live, "job-1", pay(150));
    const { action: _action, ...rest } = first.payload ?? {};

    const report = replay(live, [
      first,
      { ...first, type: "job.modified", payload: { ...rest, params: { n: 1 } } },
      { ...first, type: "job.returned", payload: rest },
      { ...first, type: "job.modified", job: "job-2", payload: rest },
    ]);

    expect(report.coverage).toMatchObject({ decisions: 3, replayable: 3 });
    expect(report.load.before.cards).toBe(2);
  });

  test("leaves out what the server proposes itself", () => {
    const live = compiledOf(gate(100));
    const own = proposed(live, "job-1", { ...plainInput, topic: "holdpoint.policy.publish" });

    expect(replay(live, [own]).coverage.decisions).toBe(0);
  });
});

describe("what reviewers get", () => {
  const groups = `roles: { lead: 1 }
groups:
  pay: { members: [ana@example.com, li@example.com], hours: { zone: Asia/Tokyo, days: mon-sun, from: "00:00", to: "23:59" } }
`;
  const asked = (approvals: string): string =>
    groups + gate(0).replace("reason: money", `reason: money\n    approvals: [${approvals}]`);

  test("is counted per person and hour, before and after, with nights where they live", () => {
    const live = compiledOf(asked("{ group: pay }, { role: lead }"));
    const at = (hour: number, minute: number): EvaluationInput =>
      pay(1, { now: Date.UTC(2026, 10, 21, hour, minute) });
    // 14:30 UTC is 23:30 in Tokyo, 23:30 UTC is 08:30 there.
    const inputs = [at(14, 30), at(14, 40), at(23, 30)];
    const records = inputs.map((input, index) => proposed(live, `job-${index}`, input));

    const { load } = replay(compiledOf(groups + gate(5)), records);

    expect(load.before.cards).toBe(3);
    expect(load.before.night_pages).toBe(3);
    expect(load.before.hours[14]).toBe(2);
    expect(load.before.reviewers).toEqual([
      { reviewer: "ana@example.com", cards: 3, night_pages: 2, busiest_hour: 2 },
      { reviewer: "li@example.com", cards: 3, night_pages: 2, busiest_hour: 2 },
      { reviewer: "role:lead", cards: 3, night_pages: 1, busiest_hour: 2 },
    ]);
    expect(load.after).toMatchObject({ cards: 0, night_pages: 0, reviewers: [] });
  });
});

describe("how people decided", () => {
  test("is held against what the policy would do with the action that they saw", () => {
    const live = compiledOf(gate(0));
    const policy = compiledOf(
      gate(
        100,
        `  - { id: no, match: { topics: [job.pay.*] }, when: 'action.cost.amount > 1000', decision: deny, reason: no }
`,
      ),
    );
    const of = (job: string, amount: number, type: string, kind = "person"): ReplayRecord[] => [
      proposed(live, job, pay(amount)),
      answered(job, type, kind),
    ];

    const { agreement } = replay(policy, [
      ...of("a", 50, "job.approved"),
      ...of("b", 500, "job.approved"),
      ...of("c", 5_000, "job.approved"),
      ...of("d", 50, "job.rejected"),
      ...of("e", 5_000, "job.rejected", "policy"),
      ...of("f", 500, "job.expired", "timer"),
      answered("a", "job.approved"),
      answered("unknown", "job.approved"),
    ]);

    expect(agreement).toEqual([
      { people: "approved", would_allow: 1, would_hold: 1, would_deny: 1 },
      { people: "rejected", would_allow: 1, would_hold: 0, would_deny: 0 },
      { people: "expired", would_allow: 0, would_hold: 1, would_deny: 0 },
    ]);
  });
});
