// Tests what the static check says of calendars and exceptions at a point in time.

import { describe, expect, it } from "vitest";
import { checked, messagesOf, placesOf, sampleNow } from "./check.sample.ts";

describe("a calendar", () => {
  const file = (calendar: string): string => `version: v1\ncalendars:\n  c: ${calendar}\nrules: []`;
  const of = (calendar: string): string[] =>
    placesOf(checked(file(calendar)), "calendar_never", "calendar_always");

  it.each([
    '{ zone: UTC, days: mon-sun, from: "00:00", to: "24:00" }',
    '{ zone: Europe/Berlin, days: [mon-fri, sat, sun], from: "00:00", to: "24:00" }',
  ])("that is always is doubtful: %s", (calendar) => {
    expect(of(calendar)).toEqual(["3:6 warning calendar_always"]);
  });

  it.each([
    "{ zone: UTC, between: [{ from: 2025-12-20T00:00, to: 2026-01-03T00:00 }] }",
    "{ zone: UTC, between: [{ from: 2026-12-24T00:00, to: 2026-12-25T00:00 }], except: [2026-12-24] }",
  ])("that is never is doubtful: %s", (calendar) => {
    expect(of(calendar)).toEqual(["3:6 warning calendar_never"]);
  });

  it.each([
    '{ zone: UTC, days: sun, from: "03:00", to: "03:01" }',
    '{ zone: UTC, days: mon-sun, from: "00:00", to: "24:00", except: [2026-12-25] }',
    "{ zone: UTC, between: [{ from: 2029-12-20T00:00, to: 2030-01-03T00:00 }] }",
    "{ zone: UTC, between: [{ from: 2026-01-01T00:00, to: 2026-12-01T00:00 }] }",
    "{ zone: UTC, between: [{ from: 2026-01-01T00:00, to: 2029-01-01T00:00 }] }",
  ])("that comes and goes is not: %s", (calendar) => {
    expect(of(calendar)).toEqual([]);
  });
});

describe("an exception", () => {
  const file = (exception: string, rule = ""): string =>
    `version: v1\nexceptions:\n  - { id: e, rules: [r], owner: ana, reason: so, ${exception} }\n` +
    `rules:\n  - { id: r, decision: deny, reason: so, match: { topics: [a.*], risk_tags: [x] }${rule} }`;
  const later = "expires: 2027-06-01T00:00:00Z";
  const of = (exception: string, rule = ""): string[] =>
    placesOf(
      checked(file(exception, rule)),
      "exception_expired",
      "exception_expires_soon",
      "exception_lifts_nothing",
    );

  it("is told of when it is over, and a month before", () => {
    expect(of(later)).toEqual([]);
    expect(of("expires: 2026-12-20T00:00:00Z")).toEqual(["3:59 note exception_expires_soon"]);
    expect(of("expires: 2026-11-21T12:00:00Z")).toEqual(["3:59 warning exception_expired"]);
    const source = file("expires: 2026-11-21T12:00:00Z");
    const before = checked(source, { now: sampleNow - 1 });
    expect(placesOf(before, "exception_expired")).toEqual([]);
  });

  it.each([
    ["match: { topics: [b.*] }", "topics"],
    ["match: { topics: [a] }", "topics"],
    ["match: { risk_tags: [] }", "risk_tags"],
  ])("has nothing in common with its rule: %s", (match, key) => {
    expect(messagesOf(checked(file(`${match}, ${later}`)), "exception_lifts_nothing")).toEqual([
      `exception \`e\` and rule \`r\` have no action in common: their \`${key}\` exclude each other`,
    ]);
  });

  it.each([
    ["environments: [test]", "environments: [prod]"],
    ["tenants: [a]", "tenants: [b]"],
    ["agents: ['bot.*']", "agents: [ops]"],
    ["reversible: true", "reversible: false"],
    ["unusual: true", "unusual: false"],
    ["labels: { a: b }", "labels: { a: c }"],
    ["cost: { over: 5, currency: USD }", "cost: { at_most: 5, currency: USD }"],
    ["cost: { over: 5, currency: USD }", "cost: { over: 5, currency: EUR }"],
  ])("excludes its rule: %s and %s", (mine, its) => {
    const source = file(`match: { ${mine} }, ${later}`).replace("topics: [a.*]", its);
    expect(placesOf(checked(source), "exception_lifts_nothing")).toHaveLength(1);
  });

  it.each([
    ["topics: [a.b]", "environments: [prod]"],
    ["agents: ['b*t']", "agents: ['*ot']"],
    ["labels: { a: b }", "labels: { c: d }"],
    ["cost: { at_least: 5, currency: USD }", "cost: { at_most: 5, currency: USD }"],
  ])("may have something in common: %s and %s", (mine, its) => {
    const source = file(`match: { ${mine} }, ${later}`).replace("topics: [a.*]", its);
    expect(placesOf(checked(source), "exception_lifts_nothing")).toEqual([]);
  });

  it("lifts nothing of a rule that does not count", () => {
    expect(of(later, ", mode: shadow")).toEqual(["3:22 warning exception_lifts_nothing"]);
  });
});
