// Random conditions that policies may carry, and random facts and parameters that they look at.

import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import type { EvaluationInput } from "@holdpoint/core/policy/decision";
import type { Facts } from "@holdpoint/core/policy/facts";
import fc from "fast-check";

/** Names of the variables that every policy of the tests has, in their order. */
export const variables: Readonly<Record<string, string>> = {
  amount: "action.params.amount",
  large: "variables.amount > parameters.amount_max",
  known: "has(action.params.amount) && type(variables.amount) == double",
};

export const parameters: JsonObject = {
  amount_max: 100,
  team: "a",
  environments: { prod: { amount_max: 50 } },
};

export const calendars: JsonObject = {
  office: {
    zone: "Europe/Berlin",
    days: "mon-fri",
    from: "09:00",
    to: "18:00",
    except: ["2026-12-25"],
  },
  night: { zone: "+02:00", days: ["fri", "sat"], from: "22:00", to: "06:00" },
  freeze: { zone: "UTC", between: [{ from: "2026-12-20T00:00", to: "2027-01-03T00:00" }] },
};

const atom = fc.constantFrom(
  "action.params.amount > 100",
  "action.params.amount > 100.5",
  "has(action.params.amount) && action.params.amount > parameters.amount_max",
  "variables.large",
  "!variables.large",
  "variables.known && variables.large",
  "variables.large || action.agent.id == 'bot'",
  "action.cost.amount > 100",
  "has(action.cost) && action.cost.amount > 100",
  "action.effect.rows > 1",
  'action.topic.startsWith("job.")',
  '"prod" in action.risk_tags',
  '"bulk" in action.risk_tags',
  "size(action.risk_tags) == 0",
  'action.labels["team"] == parameters.team',
  'has(action.params.constructor) && action.params.constructor == "x"',
  "action.params.list.exists(x, x > 2)",
  "action.params.list.all(x, x < 3)",
  "size(action.params.list) > 2",
  "action.params.list[0] == 1.0",
  'action.params.note.matches("dr[ao]p")',
  'action.params.note.matches("(a|b|drop){1,20}$")',
  'action.params.note.contains("drop")',
  "size(action.params) > 2 || size(action.params.note) > 4",
  '"drop it" == action.params.note || action.params.note in ["keep"]',
  'action.params.list.exists(x, type(x) == string && x.startsWith("x"))',
  "facts.first_time.agent",
  "facts.count.hour > 3",
  "has(facts.unusual) && facts.unusual",
  'facts.last_outcome == "FAILED"',
  'facts.since_rejection < duration("1h")',
  'facts.usual["params.amount"].high < 100',
  'now > timestamp("2026-12-01T00:00:00Z")',
  "now.getDayOfWeek() == 6",
  "action.reversible",
  "!action.reversible",
  'action.target.environment == "prod" ? action.params.amount > 1 : false',
  "true",
  "false",
);

export const condition: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: atom },
  {
    weight: 2,
    arbitrary: fc
      .tuple(atom, fc.constantFrom("&&", "||"), atom)
      .map(([left, sign, right]) => `(${left}) ${sign} (${right})`),
  },
  { weight: 1, arbitrary: atom.map((one) => `!(${one})`) },
);

/** Uses up most of a budget, or all of it, when `params.list` is long. */
export const costly = "action.params.list.all(x, action.params.list.all(y, x + y >= 0.0))";

export const velocity: fc.Arbitrary<JsonObject> = fc
  .tuple(fc.constantFrom(1, 5), fc.subarray(["agent.id", "params.amount", "action.topic"]))
  .map(([over, per]) => ({ over, in: "10m", ...(per.length === 0 ? {} : { per }) }));

const list = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.constantFrom<Json>(0, 1, 2, 3, "x"), { maxLength: 4 }) },
  { weight: 2, arbitrary: fc.constantFrom(120, 170, 300).map((n) => new Array<Json>(n).fill(1)) },
);

const params: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      amount: fc.constantFrom<Json>(0, 1, 50, 51, 99.5, 100, 101, 1e9, "101", null, {}),
      list,
      note: fc.constantFrom<Json>("drop it", "keep", 7),
      constructor: fc.constantFrom<Json>("x", "y"),
      toString: fc.constantFrom<Json>("x", 1),
    },
    { requiredKeys: [] },
  )
  .chain((plain) =>
    fc.boolean().map((isOdd): JsonObject => {
      const all = { ...plain };
      const own = { value: "x", enumerable: true, configurable: true, writable: true };
      if (isOdd) Object.defineProperty(all, "__proto__", own);
      return all;
    }),
  );

const history = fc.record({
  firstTime: fc.record({ agent: fc.boolean(), topic: fc.boolean(), target: fc.boolean() }),
  count: fc.record({ hour: fc.nat(5), day: fc.nat(9) }),
  ranges: fc.constantFrom<Record<string, { count: number; low: number; high: number }>>(
    {},
    { "params.amount": { count: 40, low: 1, high: 90 } },
    { "params.amount": { count: 19, low: 1, high: 90 } },
    { "params.inner.amount": { count: 40, low: 1, high: 90 } },
  ),
  lastOutcome: fc.option(fc.constantFrom("SUCCEEDED", "FAILED")),
  sinceRejectionMs: fc.option(fc.constantFrom(60_000, 7_200_500)),
});

export const facts: fc.Arbitrary<Facts> = fc
  .option(history)
  .map((known) => ({ history: known, velocity: {} }));

export const moreInput: fc.Arbitrary<
  Omit<
    EvaluationInput,
    | "topic"
    | "tool"
    | "riskTags"
    | "agent"
    | "environment"
    | "tenant"
    | "labels"
    | "reversible"
    | "cost"
  >
> = fc.record({
  params,
  resource: fc.option(fc.constantFrom("customers/1", "x")),
  effect: fc.option(
    fc.record({
      rows: fc.option(fc.constantFrom(0, 1, 2)),
      recipients: fc.option(fc.nat(3)),
      diff: fc.option(fc.constant("- a\n+ b")),
    }),
  ),
  onBehalfOf: fc.option(fc.constant("user:42")),
  run: fc.option(fc.constant("run_1")),
  thread: fc.option(fc.constant("th_1")),
  facts,
  now: fc
    .constantFrom(
      ...["2026-11-21T12:00:00Z", "2026-11-20T09:00:00.500Z", "2026-12-25T10:00:00Z"],
      ...["2026-11-20T20:30:00Z", "2026-10-25T00:30:00Z", "2027-01-03T00:00:00Z"],
    )
    .map((text) => Date.parse(text)),
});

/** What is counted, by the id of the rule that counts it. */
export const counts: fc.Arbitrary<Record<string, number>> = fc.dictionary(
  fc.constantFrom("r0", "r1", "r2", "r3", "r4", "i0"),
  fc.constantFrom(1, 2, 6),
);
