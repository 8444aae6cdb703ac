// A publish names what it changes, and anything that an invariant rests on counts as the invariant itself.

import { expect, test } from "vitest";
import { loadPolicy } from "./load.ts";
import type { Policy } from "../policy/policy.ts";
import { approversFor, changeText, policyChange } from "./policy-change.ts";

const base = `version: v1
roles: { lead: 1 }
invariants:
  - { id: no-drop, match: { topics: ["job.db.drop"] }, decision: deny, reason: Never }
rules:
  - { id: read, match: { topics: ["job.*.read"] }, decision: allow }
  - { id: write, match: { topics: ["job.*.write"] }, decision: require_approval, reason: People }
`;

function policyOf(source: string): Policy {
  const loaded = loadPolicy(source);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return loaded.policy;
}

const change = (to: string, from = base) => policyChange(policyOf(from), policyOf(to));

test("Rules are added, removed and changed by their id, in any order and any layout.", () => {
  const to = `version: v1
roles: { lead: 1 }
rules:
  - { id: write, match: { topics: ["job.*.write"] }, decision: deny, reason: People }
  - { id: list, match: { topics: ["job.*.list"] }, decision: allow }
invariants: [{ reason: Never, id: no-drop, decision: deny, match: { topics: [job.db.drop] } }]
`;
  const found = change(to);
  expect(found.rules).toEqual({ added: ["list"], removed: ["read"], changed: ["write"] });
  expect(found.changesInvariants).toBe(false);
  expect(approversFor(found)).toBe(1);
  expect(changeText(found)).toBe("rules added: list; rules removed: read; rules changed: write");
});

test("A policy that decides the same changes nothing.", () => {
  const found = change(`# another layout\n${base}`);
  expect(changeText(found)).toBe("nothing that decides");
  expect(found.sections).toEqual([]);
});

test("An invariant that is added, removed or changed asks two people.", () => {
  const added = base.replace(
    "rules:",
    '  - { id: no-mail, match: { topics: ["job.mail.*"] }, decision: deny, reason: No }\nrules:',
  );
  expect(change(added)).toMatchObject({ changesInvariants: true, loosensInvariants: false });
  expect(change(base, added)).toMatchObject({ changesInvariants: true, loosensInvariants: true });
  const other = base.replace("job.db.drop", "job.db.drop2");
  expect(change(other)).toMatchObject({ changesInvariants: true, loosensInvariants: true });
  expect(approversFor(change(other))).toBe(2);
});

test("What an invariant's approvals rest on counts as the invariant.", () => {
  const held = (rank: number) => `version: v1
roles: { lead: ${rank}, clerk: 1 }
invariants:
  - { id: pay, match: { topics: ["job.pay"] }, decision: require_approval, approvals: [{ role: lead }], reason: Money }
rules: []
`;
  const found = change(held(2), held(1));
  expect(found).toMatchObject({
    sections: ["roles"],
    changesInvariants: true,
    loosensInvariants: true,
  });
  expect(changeText(found)).toContain("invariants rest on what changed");
  // The first policy's invariant asks no role, so that roles may change without it.
  expect(change(base.replace("lead: 1", "lead: 2")).changesInvariants).toBe(false);
});

const conditional = `version: v1
parameters: { limit: 100.0 }
variables: { large: "has(action.cost) && action.cost.amount > parameters.limit" }
calendars: { office: { zone: UTC, days: mon-fri, from: "09:00", to: "18:00" } }
derive: [{ when: "variables.large", add_risk_tags: [large] }]
invariants: [INVARIANT]
rules: []
`;
const withInvariant = (invariant: string) => conditional.replace("INVARIANT", invariant);

test("What decides whether an invariant matches counts as the invariant, directly and over derived tags.", () => {
  const decides = "decision: deny, reason: Never";
  const byCondition = withInvariant(`{ id: i, match: {}, when: "variables.large", ${decides} }`);
  const byTag = withInvariant(`{ id: i, match: { risk_tags: [large] }, ${decides} }`);
  const byTime = withInvariant(`{ id: i, match: { outside: [office] }, ${decides} }`);
  const byTopic = withInvariant(`{ id: i, match: { topics: ["job.db.drop"] }, ${decides} }`);
  const edits: Readonly<Record<string, (source: string) => string>> = {
    parameters: (source) => source.replace("100.0", "1000.0"),
    variables: (source) => source.replace("has(action.cost) &&", "false &&"),
    derive: (source) => source.replace("add_risk_tags: [large]", "add_risk_tags: [huge]"),
    calendars: (source) => source.replace("18:00", "23:00"),
  };
  const asksTwo = (source: string) =>
    Object.entries(edits).flatMap(([name, edit]) =>
      change(edit(source), source).loosensInvariants ? [name] : [],
    );
  expect(asksTwo(byCondition)).toEqual(["parameters", "variables", "derive"]);
  expect(asksTwo(byTag)).toEqual(["parameters", "variables", "derive"]);
  expect(asksTwo(byTime)).toEqual(["calendars"]);
  expect(asksTwo(byTopic)).toEqual([]);
});
