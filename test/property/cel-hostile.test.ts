// What an agent or a careless author may try: nothing hangs, nothing crashes, nothing slips past.
import { describe, expect, test } from "vitest";
import { celBudget } from "@holdpoint/core/base/limits";
import { costExhausted, Meter } from "@holdpoint/core/cel/meter";
import { parseCel } from "@holdpoint/core/cel/parse";
import { compileCel } from "@holdpoint/core/cel/program";
import { CelError, type CelResult, type CelValue } from "@holdpoint/core/cel/value";

function faultOf(source: string): string {
  const parsed = parseCel(source);
  if (!parsed.ok) return parsed.faults[0]?.code ?? "none";
  const compiled = compileCel(parsed.ast, ["x"]);
  return compiled.ok ? "none" : (compiled.faults[0]?.code ?? "none");
}

function run(source: string, x: unknown, budget = celBudget): CelResult | typeof costExhausted {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  const compiled = compileCel(parsed.ast, ["x"]);
  if (!compiled.ok) throw new Error(compiled.faults[0]?.message);
  try {
    return compiled.program.run([x as CelValue], new Meter(budget));
  } catch (thrown) {
    // Only this one object may come; another error is a crash.
    if (thrown !== costExhausted) throw thrown;
    return costExhausted;
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("a text that is made to break the reader", () => {
  const repeated = (text: string, count: number): string => text.repeat(count);
  test.each([
    ["100,000 parentheses", repeated("(", 100_000), "too_long"],
    ["100,000 nested lists", repeated("[", 100_000), "too_long"],
    ["4,000 parentheses", repeated("(", 4_000), "too_large"],
    ["4,000 nested lists", repeated("[", 4_000), "too_large"],
    ["4,000 negations", `${repeated("!", 4_000)}true`, "too_large"],
    ["4,000 minus signs", `${repeated("-", 4_000)}x`, "too_large"],
    ["a chain of 1,000 alternatives", `x${repeated("||x", 1_000)}`, "too_large"],
    ["a chain of 1,300 sums", `x${repeated("+x", 1_300)}`, "too_large"],
    ["a chain of 2,000 fields", `x${repeated(".a", 2_000)}`, "too_large"],
    ["1,000 choices in a row", `${repeated("x?x:", 1_000)}x`, "too_large"],
    ["eight loops inside of each other", `${nest(8)}`, "too_large"],
    ["a pattern that the agent chooses", "'a'.matches(x)", "pattern_not_literal"],
    ["a pattern that is too long", `'a'.matches('${repeated("a", 257)}')`, "pattern_invalid"],
    ["a pattern that unfolds", "'a'.matches('((a{50}){50}){50}')", "pattern_invalid"],
    ["a pattern that looks back", "'a'.matches(r'(a)\\1')", "pattern_invalid"],
    ["a network that the agent chooses", "inCidr('10.0.0.1', x)", "network_invalid"],
    ["a letter that looks like another", "\u0445 == 1", "syntax"],
    ["text that runs backwards", "x == '\u202e'", "syntax"],
    ["a message", "google.protobuf.Any{}", "syntax"],
    ["nothing", "", "syntax"],
  ])("%s is refused", (_name, source, code) => {
    expect(faultOf(source)).toBe(code);
  });

  function nest(depth: number): string {
    if (depth === 0) return "true";
    return `[1, 2, 3].all(v${depth}, ${nest(depth - 1)})`;
  }

  test("three loops inside of each other are the most", () => {
    expect(faultOf(nest(3))).toBe("none");
    expect(faultOf(nest(4))).toBe("too_large");
  });

  test("a chain of alternatives within the limits is balanced, so its depth stays small", () => {
    expect(faultOf(`x${repeated("||x", 900)}`)).toBe("none");
  });
});

describe("an input that is made to take long", () => {
  const deep = (levels: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = [value];
    return value;
  };
  const almost = { text: "a".repeat(900_000), part: `b${"a".repeat(1_000)}` };
  const doubling = "[x + x + x + x].map(a, a + a + a + a).map(a, a + a + a + a)";

  test.each([
    ["1,000 cubed", "x.all(a, x.all(b, x.all(c, true)))", numbers(1_000)],
    ["a million items looked through", "-1 in x", numbers(1_000_000)],
    ["a million items asked", "x.exists(a, a < 0)", numbers(1_000_000)],
    ["lists that double", `${doubling}.map(a, a + a + a + a).size() > 0`, numbers(1_000)],
    [
      "texts that double",
      "x.map(a, x.map(b, x.map(c, a + b + c)))",
      new Array(100).fill("a".repeat(10_000)),
    ],
    ["a replacement that swells", "x.replace('', x).size() > 0", "a".repeat(60_000)],
    ["a text made of a list", "x.map(a, x.join(',')).size() > 0", numbers(2_000).map(String)],
    ["100,000 texts compared", "x == x.map(a, a)", numbers(100_000).map(String)],
    ["a search for what is almost there", "x.text.contains(x.part)", almost],
  ])("%s uses up the budget", (_name, source, x) => {
    expect(run(source, x)).toBe(costExhausted);
  });

  test("100,000 nulls end in an error or in the budget, and never in a yes or a no", () => {
    const result = run('x.exists(a, a.nope == "z")', new Array(100_000).fill(null));
    expect(result === costExhausted || result instanceof CelError).toBe(true);
  });

  test("values of 200,000 levels can be compared without an overflow of the stack", () => {
    const result = run("x == x.map(a, a)", deep(200_000));
    expect(result).toMatchObject({ code: "value_too_deep" });
  });

  test("patterns that backtrack elsewhere answer", () => {
    expect(run("x.matches('^(a+)+$')", `${"a".repeat(3_000)}b`)).toBe(false);
    expect(run("x.matches('(x+x+)+y')", "x".repeat(3_000))).toBe(false);
    expect(run("x.matches('(a|aa)+$')", "a".repeat(3_000))).toBe(true);
  });

  test("a wide pattern over a long text uses up the budget instead of the time", () => {
    expect(run("x.matches('(.{1,15}a){1,9}$')", "ab".repeat(2_000))).toBe(costExhausted);
  });

  test("a text that is too long for a pattern is an error", () => {
    expect(run("x.matches('a')", "a".repeat(5_000))).toMatchObject({ code: "text_too_long" });
  });
});

describe("the budget", () => {
  test.each([
    "x.all(a, x.all(b, x.all(c, true))) || true",
    "true && x.all(a, x.all(b, x.all(c, true)))",
    "x.all(a, x.all(b, x.all(c, true))) && false",
    "x.exists(a, x.all(b, x.all(c, true)) || true)",
    "x.all(a, x.all(b, x.all(c, true))) ? true : true",
  ])("is absorbed by nothing: %s", (source) => {
    expect(run(source, numbers(1_000))).toBe(costExhausted);
  });

  test("stays used up until it is set again", () => {
    const meter = new Meter(1);
    expect(() => meter.charge(2)).toThrow(costExhausted);
    expect(() => meter.charge(0)).toThrow(costExhausted);
    meter.reset(1);
    expect(() => meter.charge(1)).not.toThrow();
  });

  test("the same input takes the same units, whatever ran before", () => {
    const parsed = parseCel("x.exists(a, a.matches('(?i)b+c'))");
    if (!parsed.ok) throw new Error("The expression can be read.");
    const compiled = compileCel(parsed.ast, ["x"]);
    if (!compiled.ok) throw new Error("The expression compiles.");
    const spend = (value: CelValue): number => {
      const meter = new Meter(celBudget);
      compiled.program.run([value], meter);
      return meter.left;
    };
    const first = spend(["abc", "bbb"]);
    spend(numbers(100).map(String));
    expect(spend(["abc", "bbb"])).toBe(first);
  });
});

describe("keys that other engines trip over", () => {
  const hostile = JSON.parse(
    '{"amount": 2000, "constructor": "x", "__proto__": {"amount": 1}, "toString": null, "hasOwnProperty": 1}',
  ) as unknown;

  test.each([
    ["x.amount > 1000", true],
    ["x.constructor == 'x'", true],
    ["x['__proto__'].amount == 1", true],
    ["has(x.valueOf)", false],
    ["'valueOf' in x", false],
    ["size(x) == 5", true],
    ["x == x", true],
    ["x.all(k, k in x)", true],
  ])("%s", (source, expected) => {
    expect(run(source, hostile)).toBe(expected);
  });

  test("objects that are no JSON are hidden values", () => {
    expect(run("x.a", new Map())).toMatchObject({ code: "masked_value" });
    expect(
      run(
        "x.a == 1",
        new (class {
          readonly a = 1;
        })(),
      ),
    ).toMatchObject({ code: "masked_value" });
    expect(run("x.y == 1", { y: new Date(0) })).toMatchObject({ code: "masked_value" });
    expect(run("x", new Date(0))).toMatchObject({ code: "masked_value" });
    expect(run("x", undefined)).toBeInstanceOf(CelError);
  });

  test("a prototype that somebody changed is not read", () => {
    const prototype = Object.prototype as { polluted?: unknown };
    prototype.polluted = true;
    try {
      expect(run("has(x.polluted)", {})).toBe(false);
      expect(run("x.polluted", {})).toMatchObject({ code: "no_such_field" });
    } finally {
      delete prototype.polluted;
    }
  });
});
