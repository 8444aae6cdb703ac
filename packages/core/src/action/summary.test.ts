// The computed line of a card, its effect in words, and its risk: from facts only, never from claims.

import { describe, expect, it } from "vitest";
import { sampleAction } from "./action.sample.ts";
import type { Action } from "./action.ts";
import { effectText, riskOf, titleOf } from "./summary.ts";

describe("a title", () => {
  it.each<readonly [string, Partial<Action>, string]>([
    ["rows", {}, "Delete 1 row: customers (crm, prod)"],
    [
      "many rows",
      { effect: { rows: 3, recipients: null, diff: null } },
      "Delete 3 rows: customers (crm, prod)",
    ],
    [
      "money",
      { cost: { amount: 12.5, currency: "EUR" } },
      "Delete 12.5 EUR: customers (crm, prod)",
    ],
    [
      "recipients",
      { topic: "job.mail.send", effect: { rows: null, recipients: 2, diff: null } },
      "Send to 2 recipients: customers (crm, delete customer, prod)",
    ],
    ["nothing computed", { effect: null }, "Delete customer: customers (crm, prod)"],
    ["no tool", { effect: null, tool: null }, "Delete db: customers (prod)"],
    [
      "no place",
      { effect: null, tool: null, target: { environment: null, resource: null } },
      "Delete db",
    ],
    [
      "a short topic",
      { topic: "ping", effect: null, tool: null, target: { environment: null, resource: null } },
      "Ping",
    ],
  ])("says %s", (_name, more, title) => {
    expect(titleOf(sampleAction(more))).toBe(title);
  });

  it("shows hidden characters and never the agent's own title", () => {
    const action = sampleAction({
      target: { environment: "prod\u202E", resource: "a\u200Bb" },
      claims: { ...sampleAction().claims, title: "Harmless" },
    });
    expect(titleOf(action)).toBe("Delete 1 row: a‹U+200B›b (crm, prod‹U+202E›)");
  });
});

describe("an effect in words", () => {
  it.each<readonly [Partial<Action>, string]>([
    [{}, "1 row; cannot be undone"],
    [{ effect: null }, "effect not computed; cannot be undone"],
    [{ effect: null, reversible: true }, "effect not computed; can be undone"],
    [{ effect: null, reversible: null }, "effect not computed; not said whether it can be undone"],
    [{ effect: { rows: null, recipients: null, diff: "-a" } }, "cannot be undone"],
    [
      { cost: { amount: 5, currency: "EUR" }, effect: { rows: 2, recipients: 1, diff: null } },
      "costs 5 EUR, 2 rows, 1 recipient; cannot be undone",
    ],
  ])("%#", (more, text) => {
    expect(effectText(sampleAction(more))).toBe(text);
  });
});

describe("a risk", () => {
  const dev = { target: { environment: "dev", resource: null } };
  it.each<readonly [string, Partial<Action>, string]>([
    ["irreversible in production", {}, "high"],
    ["irreversible payment", { ...dev, riskTags: ["payment"] }, "high"],
    ["irreversible elsewhere", { ...dev, riskTags: ["write"] }, "medium"],
    ["tagged but reversible", { ...dev, riskTags: ["write"], reversible: true }, "medium"],
    ["untagged and reversible", { ...dev, riskTags: [], reversible: true }, "low"],
    ["untagged and irreversible in production", { riskTags: [] }, "high"],
  ])("of something %s is known", (_name, more, level) => {
    expect(riskOf(sampleAction(more)).level).toBe(level);
  });

  it("names its facts", () => {
    const risky = sampleAction({
      reversible: null,
      riskTags: ["payment"],
      cost: { amount: 9, currency: "USD" },
      effect: { rows: 2, recipients: 3, diff: null },
    });
    expect(riskOf(risky).reasons).toEqual([
      "reversibility unknown",
      "production",
      "moves money",
      "costs 9 USD",
      "2 rows",
      "3 recipients",
    ]);
  });
});
