// Tests the checker: each mistake is named at its place, with what to write instead.

import { describe, expect, it } from "vitest";
import { checkCel, type CheckedCel } from "./check.ts";
import { parseCel } from "./parse.ts";
import { typeOfJsonSchema } from "./json-schema.ts";
import {
  boolType,
  doubleType,
  freeDynType,
  freeTextType,
  listOf,
  mapOf,
  objectOf,
  type StaticType,
  stringType,
  timestampType,
} from "./type.ts";

const paramsSchema = {
  type: "object",
  required: ["amount", "recipients", "region"],
  properties: {
    amount: { type: "number" },
    count: { type: "integer" },
    region: { enum: ["eu-west", "us-east"] },
    recipients: { type: "array", maxItems: 50, items: { type: "string", maxLength: 100 } },
    lines: {
      type: "array",
      maxItems: 10,
      items: { type: "object", properties: { price: { type: "number" } } },
    },
    tags: { type: "array", items: { type: "string" } },
    dry_run: { type: "boolean" },
    note: { type: ["string", "null"] },
    sql: { type: "string", maxLength: 2000 },
    data: { type: "object" },
  },
};

const roots = new Map<string, StaticType>([
  [
    "action",
    objectOf({
      topic: stringType,
      "tool?": objectOf({ "server?": stringType, name: stringType }),
      params: typeOfJsonSchema(paramsSchema),
      risk_tags: listOf(stringType, 64),
      "reversible?": boolType,
      "cost?": objectOf({ amount: doubleType, currency: stringType }),
      "effect?": objectOf({ "rows?": doubleType, "diff?": freeTextType }),
      labels: objectOf({}, freeTextType),
    }),
  ],
  [
    "facts",
    objectOf({
      "count?": objectOf({ hour: doubleType, day: doubleType }),
      "usual?": objectOf({}, objectOf({ count: doubleType, low: doubleType, high: doubleType })),
    }),
  ],
  ["now", timestampType],
  ["variables", objectOf({ large: boolType, limit: doubleType })],
  ["parameters", objectOf({ max_amount: doubleType })],
]);

function check(source: string, wanted: StaticType | null = boolType): CheckedCel {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(`${source}: ${parsed.faults[0]?.message}`);
  return checkCel(parsed.ast, roots, wanted);
}

/** `at:text code message = help` for each fault. */
function faultsOf(source: string, wanted: StaticType | null = boolType): string[] {
  return check(source, wanted).faults.map((fault) => {
    const place = source.slice(fault.at, fault.end);
    const help = fault.help === null ? "" : ` = ${fault.help}`;
    return `${fault.severity} ${fault.code} [${place}] ${fault.message}${help}`;
  });
}

const params = "action.params";

describe("an expression without mistakes", () => {
  it.each([
    `${params}.amount > 1000 || size(${params}.recipients) > 20`,
    `${params}.amount == 1000 && ${params}.amount * 2.0 < 7.5`,
    `has(action.cost) && action.cost.amount > parameters.max_amount`,
    `action.topic.startsWith("job.db.") && "prod" in action.risk_tags`,
    `${params}.recipients.all(r, r.endsWith("@example.com"))`,
    `variables.large && variables.limit > 3`,
    `now - timestamp("2026-01-01T00:00:00Z") > duration("1h")`,
    `now.getHours("Europe/Berlin") >= 18`,
    `${params}.region in ["eu-west"] ? ${params}.amount > 1.0 : false`,
    `has(${params}.note) && ${params}.note != null && size(${params}.note) > 5`,
    `${params}.recipients.map(r, size(r)).exists(n, n > 3)`,
    `math.greatest(${params}.amount, 3) > 5`,
    `type(${params}.amount) == double`,
    `has(${params}.data) && has(${params}.data.x) && ${params}.data.x.y.z == 5`,
  ])("%s has no faults", (source) => {
    expect(faultsOf(source)).toEqual([]);
  });

  it("has the type of its value", () => {
    expect(check("action.params.amount", null).type).toBe(doubleType);
    expect(check("size(action.topic)", null).type.kind).toBe("int");
    expect(check("action.params.recipients[0]", null).type.kind).toBe("string");
    expect(check("true ? 1 : 'a'", null).type.kind).toBe("union");
  });
});

describe("a mistake in a name", () => {
  it.each([
    [
      `${params}.amout > 5.0`,
      "error unknown_field [amout] no field `amout` in `action.params` = did you mean `amount`?",
    ],
    [
      `has(${params}.amout)`,
      "error unknown_field [amout] no field `amout` in `action.params` = did you mean `amount`?",
    ],
    [
      `"amout" in ${params}`,
      'error unknown_field ["amout"] no field `amout` in `action.params` = did you mean `amount`?',
    ],
    [
      `${params}["amout"] > 5.0`,
      'error unknown_field ["amout"] no field `amout` in `action.params` = did you mean `amount`?',
    ],
    [
      "action.claims == 1",
      "error unknown_field [claims] no field `claims` in `action` = its fields: topic, tool, params, risk_tags, reversible, cost, effect, labels",
    ],
    [
      "amount > 5.0",
      "error unknown_variable [amount] there is no `amount` here = did you mean `action.params.amount` or `action.cost.amount`?",
    ],
    [
      "actoin.topic == ''",
      "error unknown_variable [actoin] there is no `actoin` here = did you mean `action`?",
    ],
    [
      "variables.lrge",
      "error unknown_field [lrge] no field `lrge` in `variables` = did you mean `large`?",
    ],
    [
      "action.topic.startWith('a')",
      "error unknown_function [startWith] there is no method `startWith` = did you mean `startsWith`?",
    ],
    [
      "len(action.topic) > 1",
      "error unknown_function [len] there is no function `len` = did you mean `size`?",
    ],
    [
      "startsWith(action.topic, 'a')",
      'error unknown_function [startsWith] there is no function `startsWith` = write `action.topic.startsWith("a")`',
    ],
    [
      "action.topic.nfkc() == 'a'",
      "error unknown_function [nfkc] there is no method `nfkc` = write `nfkc(action.topic)`",
    ],
    [
      "math.maximum(1, 2) == 2",
      "error unknown_function [math.maximum] there is no function `math.maximum`",
    ],
    [
      `${params}.region == "eu-wst"`,
      'warning unknown_value ["eu-wst"] `action.params.region` is never "eu-wst" = did you mean "eu-west"?',
    ],
    [
      `${params}.region in ["eu-west", "us-esat"]`,
      'warning unknown_value ["us-esat"] `action.params.region` is never "us-esat" = did you mean "us-east"?',
    ],
  ])("%s", (source, fault) => {
    expect(faultsOf(source)).toEqual([fault]);
  });
});

describe("a mistake in a type", () => {
  it.each([
    [
      `${params}.amount * 2 > 5`,
      "error type_mismatch [action.params.amount * 2] `*` does not take double and int = numbers of JSON are doubles: write `2.0`",
    ],
    [
      `size(action.topic) + ${params}.amount > 5`,
      "error type_mismatch [size(action.topic) + action.params.amount] `+` does not take int and double = numbers of JSON are doubles: write `double(size(action.topic))`",
    ],
    [
      `${params}.amount > "5"`,
      'error type_mismatch [action.params.amount > "5"] `>` does not take double and string = write `5` without quotes',
    ],
    [
      `${params}.amount == "5"`,
      'error type_mismatch [action.params.amount == "5"] a double and a string are never equal = write `5` without quotes',
    ],
    [
      "has(action.cost) && action.cost == null",
      "error type_mismatch [action.cost == null] a map and null are never equal = what is absent is not null: write `!has(action.cost)` or `has(action.cost)`",
    ],
    [
      "action.risk_tags == 'prod'",
      "error type_mismatch [action.risk_tags == 'prod'] a list and a string are never equal = write `\"prod\" in action.risk_tags`",
    ],
    [
      "'prod' in action.topic",
      'error type_mismatch [action.topic] `in` looks into a list or a map, `action.topic` is a string = write `action.topic.contains("prod")`',
    ],
    [
      "5 in action.risk_tags",
      "error type_mismatch [5 in action.risk_tags] `5` is an int, what it is looked for in has only string",
    ],
    [
      `${params}.amount && true`,
      "error type_mismatch [action.params.amount] `&&` joins conditions, `action.params.amount` is a double = compare it: `action.params.amount > 0`",
    ],
    [
      "action.topic",
      'error not_a_condition [action.topic] `action.topic` is a string, not a bool = compare it: `action.topic != ""`',
    ],
    [
      "action.topic.length > 3",
      "error type_mismatch [length] `action.topic` is a string, it has no field `length` = write `size(action.topic)`",
    ],
    [
      "action.topic.startsWith('a', 'b')",
      "error wrong_arguments [action.topic.startsWith('a', 'b')] `startsWith` takes 1 argument, not 2",
    ],
    [
      "action.topic.startsWith(5)",
      "error type_mismatch [5] `startsWith` wants a string here, `5` is an int",
    ],
    [
      `${params}.amount.exists(x, x > 1)`,
      "error type_mismatch [action.params.amount] `exists` goes through a list or a map, `action.params.amount` is a double",
    ],
    [
      "action.risk_tags['a'] == 'b'",
      "error type_mismatch ['a'] `action.risk_tags` is a list, a string finds nothing in it = items are counted from 0",
    ],
  ])("%s", (source, fault) => {
    expect(faultsOf(source)).toEqual([fault]);
  });

  it("is reported together with all others of the expression", () => {
    const codes = check(
      "action.topc == 1 && lenn(action.topic) > 5 && action.params.amount % 2 == 0",
    );
    expect(codes.faults.map((fault) => fault.code)).toEqual([
      "unknown_field",
      "unknown_function",
      "type_mismatch",
    ]);
  });
});

describe("what fails whatever the action is", () => {
  it.each([
    [
      "now > timestamp('2026-01-01')",
      "error always_fails [timestamp('2026-01-01')] `timestamp(\"2026-01-01\")` is always an error: the text or number does not say such a value = write a time of day and a zone too: `2026-01-01T00:00:00Z`",
    ],
    [
      "now - now > duration('1 day')",
      "error always_fails [duration('1 day')] `duration(\"1 day\")` is always an error: the text or number does not say such a value = write numbers with `h`, `m`, `s` or `ms`: `36h`, `1h30m`",
    ],
    [
      "size(action.topic) > 1 / 0",
      "error always_fails [1 / 0] `1 / 0` is always an error: division by zero",
    ],
    [
      "[1, 2][5] == 1",
      "error always_fails [[1, 2][5]] `[1, 2][5]` is always an error: the list has no item with this index",
    ],
  ])("%s", (source, fault) => {
    expect(faultsOf(source)).toEqual([fault]);
  });
});

describe("an optional field", () => {
  it.each([
    "action.cost.amount > 5",
    "action.reversible",
    "facts.count.day > 3",
    'action.labels.team == "a"',
    `${params}.lines.exists(line, line.price > 5)`,
    `has(action.cost) || action.cost.amount > 5`,
    `!has(action.cost) && action.cost.amount > 5`,
    `has(action.cost) ? true : action.cost.amount > 5`,
    `has(action.effect.rows) && true`,
    `has(action.cost) == true && action.cost.amount > 5`,
  ])("%s is read unguarded", (source) => {
    const codes = check(source).faults.map((fault) => `${fault.severity} ${fault.code}`);
    expect(new Set(codes)).toEqual(new Set(["warning unguarded_optional"]));
  });

  it("is reported with what to write, once for each path", () => {
    expect(faultsOf("action.cost.amount > 5 || action.cost.amount < 1")).toEqual([
      "warning unguarded_optional [action.cost] `action.cost` may be absent: reading it is then an error = write `has(action.cost) && …`",
    ]);
    expect(faultsOf('facts.usual["params.amount"].high > 3')).toEqual([
      "warning unguarded_optional [facts.usual] `facts.usual` may be absent: reading it is then an error = write `has(facts.usual) && …`",
      'warning unguarded_optional [facts.usual["params.amount"]] `facts.usual["params.amount"]` may be absent: reading it is then an error = write `"params.amount" in facts.usual && …`',
    ]);
  });

  it.each([
    "has(action.cost) && action.cost.amount > 5",
    "action.cost.amount > 5 && has(action.cost)",
    "!has(action.cost) || action.cost.amount > 5",
    "has(action.cost) ? action.cost.amount > 5 : false",
    "!(has(action.cost) && action.cost.amount > 5) || action.cost.amount < 9",
    "has(action.effect) && has(action.effect.rows) && action.effect.rows > 5",
    'has(facts.usual) && "a" in facts.usual && facts.usual["a"].high > 3',
    'has(facts.usual) && "a" in facts.usual && facts.usual.a.high > 3',
    `has(${params}.lines) && ${params}.lines.exists(l, has(l.price) && l.price > 5)`,
    '!has(action.cost) ? false : action.cost.currency == "EUR"',
    "(has(action.cost) || false) && action.cost.amount > 1",
  ])("%s is guarded", (source) => {
    expect(faultsOf(source)).toEqual([]);
  });
});

describe("a pattern over free text", () => {
  it("is noted, and not over a value that has one form", () => {
    expect(faultsOf("has(action.params.sql) && action.params.sql.matches('drop')")).toEqual([
      "note regex_on_free_text [action.params.sql.matches('drop')] `action.params.sql` is free text: `matches` over it is no security boundary = compare a whole value, or use `host()`, `emailDomain()`, `inCidr()` or `nfkc()` first",
    ]);
    expect(faultsOf("action.topic.contains('db')")).toEqual([]);
    expect(faultsOf("host(action.params.recipients[0]).contains('db')")).toEqual([]);
  });
});

describe("the static cost", () => {
  it("is known where the schema bounds what is gone through", () => {
    const { cost } = check("action.params.recipients.exists(r, r.endsWith('@example.com'))");
    expect(cost.unbounded).toBe(null);
    expect(cost.max).toBeGreaterThan(50);
    expect(cost.max).toBeLessThan(10_000);
  });

  it("is known where the limits of an action keep it within the budget", () => {
    const dynamic = new Map<string, StaticType>([["a", mapOf(freeDynType)]]);
    for (const source of ["a.x > 1000 || size(a.list) > 20", "a.s == a.t", "a.s.startsWith('x')"]) {
      const parsed = parseCel(source);
      if (!parsed.ok) throw new Error("It parses.");
      expect(checkCel(parsed.ast, dynamic).cost.unbounded).toBe(null);
    }
  });

  it("names the field that nothing bounds", () => {
    const { cost } = check("action.params.tags.exists(t, t.endsWith('x') && t != 'y')");
    expect(cost).toEqual({ max: null, unbounded: "action.params.tags" });
    const nested = check("action.params.recipients.all(r, action.params.tags.exists(t, t == r))");
    expect(nested.cost).toEqual({ max: null, unbounded: "action.params.tags" });
  });
});

it("warns of a name that an open object does not declare but nearly", () => {
  const open = new Map<string, StaticType>([["a", objectOf({ amount: doubleType }, stringType)]]);
  const parsed = parseCel("'amuont' in a");
  if (!parsed.ok) throw new Error("It parses.");
  expect(checkCel(parsed.ast, open).faults).toMatchObject([
    { severity: "warning", code: "unknown_field", help: "did you mean `amount`?" },
  ]);
});
