// Random policies in the form of their file, and random actions that often meet their rules.

import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import type { EvaluationInput } from "@holdpoint/core/policy/decision";
import fc from "fast-check";
import {
  calendars,
  condition,
  costly,
  moreInput,
  parameters,
  variables,
  velocity,
} from "./policy-arbitrary-condition.ts";

const segment = fc.constantFrom("job", "db", "mail", "read", "write", "drop");
const topic = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
const topicGlob = fc
  .tuple(
    fc.array(fc.oneof(segment, fc.constant("*")), { minLength: 0, maxLength: 3 }),
    fc.oneof(segment, fc.constantFrom("*", "**")),
  )
  .map(([head, last]) => [...head, last].join("."));
const tag = fc.constantFrom("prod", "write", "payment", "egress", "pii");
const name = fc.constantFrom("bot", "bot-1", "ops.bot", "ops.bot-2", "x");
const nameGlob = fc.constantFrom("bot", "bot*", "*", "**", "ops.*", "o*s.b*2", "**bot**", "*-1");
const host = fc.constantFrom("a.example", "b.example", "c.example");
const amount = fc.constantFrom(0, 1, 99.5, 100, 1_000);
const currency = fc.constantFrom("USD", "EUR");

function some<Item>(item: fc.Arbitrary<Item>, least = 1): fc.Arbitrary<Item[]> {
  return fc.uniqueArray(item, { minLength: least, maxLength: 3 });
}

/** Any of the members, each present or not. */
function optional(members: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<JsonObject> {
  return fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
}

const cost = fc
  .tuple(
    fc.constantFrom("over", "at_least", "under", "at_most"),
    fc.constantFrom(1, 100, 1_000),
    fc.option(currency),
  )
  .map(([key, bound, unit]): Json => ({
    [key]: bound,
    ...(unit === null ? {} : { currency: unit }),
  }));

const match = fc
  .tuple(
    fc.option(some(topicGlob), { freq: 4 }),
    fc.oneof(
      fc.constant({}),
      some(tag, 0).map((tags) => ({ risk_tags: tags })),
      some(tag).map((tags) => ({ any_risk_tags: tags })),
      fc.tuple(some(tag), some(tag)).map(([all, any]) => ({ risk_tags: all, any_risk_tags: any })),
    ),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      {
        weight: 2,
        arbitrary: optional({
          agents: some(nameGlob),
          tools: some(nameGlob),
          environments: some(fc.constantFrom("prod", "test")),
          tenants: some(fc.constantFrom("default", "other")),
          labels: fc.constantFrom<Json>({ team: "a" }, { team: "b", tier: "1" }),
          reversible: fc.boolean(),
          cost,
          during: some(fc.constantFrom(...Object.keys(calendars))),
          outside: fc.constantFrom(...Object.keys(calendars)),
          unusual: fc.boolean(),
        }),
      },
    ),
  )
  .map(([topics, tags, rest]): JsonObject => ({ ...(topics ? { topics } : {}), ...tags, ...rest }));

const approval = fc
  .tuple(
    fc.constantFrom({ role: "lead" }, { role: "director" }, { group: "ops" }, {}),
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 2 }),
    fc.constantFrom({}, {}, { blind: true }, { blind: false }),
  )
  .map(([who, count, deny_count, how]): JsonObject => ({ ...who, count, deny_count, ...how }));
const approvals = fc
  .uniqueArray(approval, {
    minLength: 1,
    maxLength: 3,
    selector: (one) => `${String(one["role"])} ${String(one["group"])}`,
  })
  .chain((list) =>
    fc.boolean().map((isOrdered): Json => {
      const [first, ...rest] = list;
      const before = first?.["role"] ?? first?.["group"];
      if (!isOrdered || before === undefined || first === undefined) return list;
      return [first, ...rest.map((one) => ({ ...one, after: before }))];
    }),
  );

const constraints = optional({
  max_runtime_sec: fc.integer({ min: 1, max: 5 }),
  max_rows: fc.integer({ min: 0, max: 5 }),
  network_allowlist: fc.oneof({ weight: 5, arbitrary: some(host) }, fc.constant([] as Json[])),
  redact: some(fc.constantFrom("email", "phone")),
  pin: fc.constantFrom<Json>({ dry_run: true }, { dry_run: false }, { limit: 1 }),
}).filter((one) => Object.keys(one).length > 0);

const span = fc.constantFrom("30s", "5m", "2h");
const person = fc.constantFrom("role:lead", "role:director", "group:ops", "person:li");
const emergency = fc
  .tuple(person, some(fc.constantFrom("incident", "label:severity=critical", "topic:job.**"), 0))
  .map(([by, within]): Json => ({ by, within }));
/** How a hold goes on. */
const ladder: Record<string, fc.Arbitrary<Json>> = {
  escalate: fc
    .tuple(some(person, 0), fc.constantFrom(1, 2))
    .map(([people, first]): Json =>
      people.map((to, index) => ({ after: `${first + index}m`, to })),
    ),
  remind: fc.constantFrom<Json>("1m", ["1m", "3m"], ["1s", "2s", "3s", "4s", "5s", "6s", "7s"]),
  claim_silence: fc.constantFrom("1m", "10m"),
  window: fc.constantFrom("1m", "3h"),
  low_risk: fc.boolean(),
  emergency,
};
/** Rules whose silence may release, more than would come about by themselves. */
const patient: fc.Arbitrary<JsonObject> = fc
  .tuple(fc.option(emergency), fc.constantFrom("require_approval", "allow_unless_rejected"))
  .map(([by, decision]) => ({
    decision,
    match: { reversible: true },
    low_risk: true,
    on_timeout: "allow",
    ...(by === null ? {} : { emergency: by }),
  }));
const hold = optional({
  approvals,
  exclude: some(fc.constantFrom("requester", "agent_owner", "person:ana@example.com")),
  timeout: span,
  sla: span,
  on_timeout: fc.constantFrom("block", "escalate"),
  ...ladder,
  on_reject: fc.constantFrom("abort", "reroute", "escalate"),
  strong_auth: fc.constant("passkey"),
});
const anyRule = optional({
  reason: fc.constantFrom("because", "so that nobody is surprised"),
  notify: some(fc.constantFrom("log", "slack:ops")),
  remediations: fc.constantFrom<Json>([
    { id: "dry", title: "Dry run", set: { params: { dry: true } } },
  ]),
});

const body: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constantFrom("allow", "log", "deny").map((decision) => ({ decision })),
  constraints.map((one) => ({ decision: "allow_with_constraints", constraints: one })),
  fc
    .tuple(
      fc.constantFrom("require_approval", "allow_unless_rejected"),
      hold,
      fc.option(constraints),
    )
    .map(([decision, asked, bound]) => ({
      decision,
      ...asked,
      ...(bound === null ? {} : { constraints: bound }),
    })),
);

const asking = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 6, arbitrary: condition.map((when): JsonObject => ({ when })) },
  { weight: 1, arbitrary: velocity.map((one): JsonObject => ({ velocity: one })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(condition, velocity)
      .map(([when, one]): JsonObject => ({ when, velocity: one })),
  },
  { weight: 2, arbitrary: fc.constant<JsonObject>({ when: costly }) },
);

const anything = fc
  .tuple(fc.option(match, { freq: 3 }), body, anyRule, asking)
  .map(([where, ...parts]): JsonObject =>
    Object.assign(where === null ? {} : { match: where }, ...parts),
  );
const anyHow = fc.oneof({ weight: 9, arbitrary: anything }, { weight: 1, arbitrary: patient });
const mode = fc.oneof(
  { weight: 6, arbitrary: fc.constant("enforce") },
  { weight: 1, arbitrary: fc.constantFrom("warn", "shadow") },
);
const rule = fc
  .tuple(anyHow, mode)
  .map(([one, how]): JsonObject => ({ ...one, ...(how === "enforce" ? {} : { mode: how }) }));

const derivation = fc
  .tuple(condition, some(fc.constantFrom("bulk", "prod", "pii")))
  .map(([when, tags]): JsonObject => ({ when, add_risk_tags: tags }));

function exceptionsFor(ids: readonly string[]): fc.Arbitrary<JsonObject[]> {
  if (ids.length === 0) return fc.constant([]);
  const one = fc
    .tuple(
      fc.subarray([...ids], { minLength: 1, maxLength: Math.min(3, ids.length) }),
      fc.option(match),
      fc.option(condition),
      fc.constantFrom("2026-11-21T00:00:00Z", "2026-12-31T00:00:00Z"),
    )
    .map(([rules, where, when, expires]): JsonObject => ({
      rules,
      ...(where === null ? {} : { match: where }),
      ...(when === null ? {} : { when }),
      owner: "ana@example.com",
      reason: "a migration",
      expires,
    }));
  return fc
    .array(one, { maxLength: 2 })
    .map((all) => all.map((each, index) => ({ id: `e${index}`, ...each })));
}

const skeleton = fc.record({
  combine: fc.constantFrom("strict", "strict", "first_match"),
  decision: fc.constantFrom("require_approval", "deny", "allow", "log"),
  onError: fc.constantFrom("deny", "require_approval"),
  mode,
  invariants: fc.array(anything, { maxLength: 2 }),
  rules: fc.array(rule, { maxLength: 12 }),
  derive: fc.oneof(
    { weight: 2, arbitrary: fc.constant<JsonObject[]>([]) },
    { weight: 1, arbitrary: fc.array(derivation, { maxLength: 2 }) },
  ),
});

/** A policy in the form of its file, with ids that name the place of each rule. */
export const policyJson: fc.Arbitrary<JsonObject> = skeleton.chain((parts) => {
  const rules = parts.rules.map((one, index): JsonObject => ({ id: `r${index}`, ...one }));
  return exceptionsFor(rules.map((_, index) => `r${index}`)).map((exceptions): JsonObject => ({
    version: "v1",
    mode: parts.mode,
    combine: parts.combine,
    defaults: { decision: parts.decision, timeout: "15m", on_error: parts.onError },
    roles: { lead: 1, director: 2 },
    groups: { ops: { members: ["ana@example.com", "li@example.com"] } },
    calendars,
    parameters,
    variables: { ...variables },
    derive: parts.derive,
    exceptions,
    invariants: parts.invariants.map((one, index): JsonObject => ({ id: `i${index}`, ...one })),
    rules,
  }));
});

const ownInput = fc.record({
  topic: fc.oneof({ weight: 9, arbitrary: topic }, fc.string()),
  tool: fc.option(fc.record({ server: fc.option(name), name })),
  riskTags: fc.oneof(
    { weight: 9, arbitrary: some(tag, 0) },
    fc.array(fc.string(), { maxLength: 3 }),
  ),
  agent: fc.oneof({ weight: 9, arbitrary: name }, fc.string()),
  environment: fc.option(fc.constantFrom("prod", "test", "dev")),
  tenant: fc.constantFrom("default", "other"),
  labels: fc.constantFrom<Record<string, string>>({}, { team: "a" }, { team: "b", tier: "1" }),
  reversible: fc.option(fc.boolean()),
  cost: fc.option(fc.record({ amount, currency })),
});

/** An action as policies see it. */
export const evaluationInput: fc.Arbitrary<EvaluationInput> = fc
  .tuple(ownInput, moreInput)
  .map(([own, more]) => ({ ...own, ...more }));

/** A deny on some actions. */
export const denyRule: fc.Arbitrary<JsonObject> = match.map((where) => ({
  id: "added",
  decision: "deny",
  match: where,
}));
