// Tests what a file says of people and time: roles with limits, groups, ladders, emergencies, silence.

import { describe, expect, it } from "vitest";
import type { Finding } from "../policy/finding.ts";
import type { Policy } from "../policy/policy.ts";
import { loadPolicy } from "./load.ts";
import { policyDigest, policyFromJson, policyToJson } from "./snapshot.ts";

const place = ({ line, column, severity, code }: Finding): string =>
  `${line}:${column} ${severity} ${code}`;

function load(text: string): Policy {
  const result = loadPolicy(text);
  if (!result.ok) throw new Error(JSON.stringify(result.findings, null, 2));
  return result.policy;
}

const people = `version: v1
roles: { lead: 1 }
groups: { ops: { members: [ana, li] }, night: { members: [bo], always: true } }`;

/** A hold with these keys; they begin at 4:50. */
function held(keys: string, decision = "require_approval"): string {
  return `${people}\nrules: [{ id: r, decision: ${decision}, reason: Why, ${keys} }]`;
}

function codesOf(text: string): string[] {
  return loadPolicy(text).findings.map(({ severity, code }) => `${severity} ${code}`);
}

describe("what a file says of people and time", () => {
  it("is read as it is written", () => {
    const policy = load(`version: v1
defaults: { rejection_memory: 0 }
roles: { lead: 1, director: { rank: 2, limits: [{ topics: ["job.deploy.**"], cost: { at_most: 1000, currency: USD } }] } }
groups:
  ops: { members: [ana], roster: platform, tell: 3, digest: 5m, hours: { zone: UTC, days: mon, from: "09:00", to: "17:00", except: [2026-12-25], holidays: de } }
  board: { members: [], always: true }
schedules: { s: { zone: UTC, rotate: daily, start: 2026-01-05, handover: "09:30", members: [ana] } }
governance: { group: board, due: 2d, overrides_max: 5, per: 7d }
rules:
  - id: r
    decision: require_approval
    match: { reversible: true }
    approvals: [{ group: ops, blind: true }]
    remind: [10m, 30m]
    claim_silence: 15m
    low_risk: true
    on_timeout: allow
    timeout: 1h
    emergency: { by: "group:board", within: [incident, "label:severity=very bad", "topic:job.**"] }`);

    expect(policy.defaults.rejectionMemoryMs).toBe(0);
    expect([...policy.roles]).toEqual([
      ["lead", 1],
      ["director", 2],
    ]);
    expect([...policy.roleLimits]).toEqual([
      ["director", [{ topics: ["job.deploy.**"], cost: { atMost: 1000, currency: "USD" } }]],
    ]);
    expect(policy.groups.get("ops")).toMatchObject({
      roster: "platform",
      isAlways: false,
      tell: 3,
      digestMs: 300_000,
      hours: { except: ["2026-12-25"], holidays: "de" },
    });
    expect(policy.groups.get("board")).toMatchObject({ members: [], isAlways: true });
    expect(policy.schedules.get("s")?.handover).toBe("09:30");
    expect(policy.governance).toEqual({
      group: "board",
      dueMs: 172_800_000,
      overridesMax: 5,
      perMs: 604_800_000,
    });
    expect(policy.rules[0]).toMatchObject({
      approvals: [{ kind: "group", name: "ops", blind: true }],
      remindMs: [600_000, 1_800_000],
      claimSilenceMs: 900_000,
      isLowRisk: true,
      onTimeout: "allow",
      emergency: {
        by: "group:board",
        within: ["incident", "label:severity=very bad", "topic:job.**"],
      },
    });
    expect(policyFromJson(policyToJson(policy))).toEqual(policy);
  });

  it("may name one reminder without a list", () => {
    expect(load(held("remind: 2m")).rules[0]?.remindMs).toEqual([120_000]);
  });

  it.each([
    ["rejection_memory: 0s", 0],
    ["rejection_memory: 1h", 3_600_000],
  ])("remembers rejections for %s", (text, expected) => {
    const policy = load(`${people}\nrules: []\ndefaults: { ${text} }`);
    expect(policy.defaults.rejectionMemoryMs).toBe(expected);
  });
});

describe("a fault in what a file says of people and time", () => {
  it.each([
    ["reminders out of order", "remind: [30m, 10m]", "error value_invalid"],
    ["too many reminders", "remind: [1m,2m,3m,4m,5m,6m,7m,8m,9m]", "error too_many"],
    ["a claim that never falls silent", "claim_silence: 31d", "error duration_invalid"],
    ["a word for blind", "approvals: [{ group: ops, blind: 'yes' }]", "error wrong_type"],
    [
      "an occasion that there is not",
      "emergency: { by: 'group:ops', within: [incidnet] }",
      "error value_invalid",
    ],
    [
      "a label without value",
      "emergency: { by: 'group:ops', within: ['label:severity'] }",
      "error value_invalid",
    ],
    [
      "a pattern that is none",
      "emergency: { by: 'group:ops', within: ['topic:job*'] }",
      "error pattern_invalid",
    ],
    [
      "an override by an unknown role",
      "emergency: { by: 'role:boss', within: [incident] }",
      "error unknown_role",
    ],
    [
      "more steps than a hold may have",
      `escalate: [${Array.from({ length: 17 }, (_, n) => `{ after: ${n + 1}s, to: 'role:lead' }`).join(", ")}]`,
      "error too_many",
    ],
  ])("is refused: %s", (_, keys, expected) => {
    expect(codesOf(held(keys))).toContain(expected);
    expect(loadPolicy(held(keys)).ok).toBe(false);
  });

  it.each([
    ["an unknown governance group", "governance: { group: bord }", "error unknown_group"],
    ["a limit of nothing", "roles: { a: { rank: 1, limits: [{}] } }", "error missing_key"],
    [
      "a cost without currency",
      "roles: { a: { rank: 1, limits: [{ cost: { at_most: 5 } }] } }",
      "error missing_key",
    ],
    [
      "a limit to no topic",
      "roles: { a: { rank: 1, limits: [{ topics: [] }] } }",
      "error never_matches",
    ],
    ["a role without rank", "roles: { a: { limits: [] } }", "error missing_key"],
    ["a memory that is too long", "defaults: { rejection_memory: 31d }", "error duration_invalid"],
    [
      "a roster that cannot be a name",
      "groups: { g: { members: [a], roster: 'a b' } }",
      "error value_invalid",
    ],
    ["nobody told first", "groups: { g: { members: [a], tell: 0 } }", "error value_invalid"],
    [
      "a handover that is no time",
      "schedules: { s: { zone: UTC, rotate: daily, start: 2026-01-05, handover: '9', members: [a] } }",
      "error value_invalid",
    ],
  ])("is refused outside of rules: %s", (_, section, expected) => {
    expect(codesOf(`version: v1\n${section}\nrules: []`)).toContain(expected);
  });

  it.each([
    ["emergency: { by: 'group:ops', within: [incident] }", "invariants"],
    ["strong_auth: passkey, emergency: { by: 'group:ops', within: [incident] }", "rules"],
  ])("is told of when it has no effect: %s under %s", (keys, section) => {
    const source = `${people}\nrules: []`.replace("rules: []", "");
    const rule = `[{ id: r, decision: require_approval, reason: Why, ${keys} }]`;
    const lists = section === "rules" ? `rules: ${rule}` : `rules: []\ninvariants: ${rule}`;
    expect(codesOf(source + lists)).toContain("warning no_effect");
  });

  it("is told of when hours are given to a group that is always there", () => {
    const hours = 'hours: { zone: UTC, days: mon, from: "09:00", to: "17:00" }';
    const source = `version: v1\ngroups: { g: { members: [a], always: true, ${hours} } }\nrules: []`;
    expect(loadPolicy(source).findings.map(place)).toEqual(["2:51 warning no_effect"]);
  });

  it("is no fault where members stand in the people file", () => {
    const source = `version: v1\ngroups: { g: { members: [] } }\nrules: [{ id: r, decision: require_approval, reason: Why, approvals: [{ group: g, count: 2 }] }]`;
    expect(loadPolicy(source).findings.map(place)).toEqual(["2:25 note members_elsewhere"]);
    expect(loadPolicy(source).ok).toBe(true);
  });
});

describe("silence", () => {
  const all = "match: { reversible: true }, low_risk: true, on_timeout: allow";

  it.each([
    ["of one person at most", all],
    ["of one person of a group", `${all}, approvals: [{ group: ops }]`],
  ])("may release what can be undone and is low in risk, instead %s", (_, keys) => {
    expect(loadPolicy(held(keys)).findings.filter(({ severity }) => severity === "error")).toEqual(
      [],
    );
  });

  it.each([
    ["without `low_risk`", "match: { reversible: true }, on_timeout: allow", "`low_risk: true`"],
    [
      "with `low_risk: false`",
      all.replace("low_risk: true", "low_risk: false"),
      "`low_risk: true`",
    ],
    ["of what cannot be undone", all.replace("true }", "false }"), "`reversible: true`"],
    ["of what may not be undone", "low_risk: true, on_timeout: allow", "`reversible: true`"],
    ["instead of two", `${all}, approvals: [{ group: ops, count: 2 }]`, "one approval at most"],
    [
      "instead of two kinds",
      `${all}, approvals: [{ group: ops }, { role: lead }]`,
      "one approval at most",
    ],
    ["instead of a passkey", `${all}, strong_auth: passkey`, "no `strong_auth`"],
  ])("never releases %s", (_, keys, lacks) => {
    const result = loadPolicy(held(keys));
    const found = result.findings.find(({ code }) => code === "never_fail_open");
    expect(result.ok).toBe(false);
    expect(found?.severity).toBe("error");
    expect(found?.message).toContain(lacks);
    expect(found?.help).toBe("write `on_timeout: block`");
  });

  it("never releases by default, nor from a stored snapshot", () => {
    const source = `version: v1\ndefaults: { on_timeout: allow }\nrules: []`;
    expect(codesOf(source)).toEqual(["error never_fail_open"]);
    const stored = policyToJson(load(held(all)));
    const damaged = JSON.parse(
      JSON.stringify(stored).replace('"low_risk":true', '"low_risk":false'),
    );
    expect(() => policyFromJson(damaged)).toThrow("on_timeout: allow");
  });
});

describe("a snapshot of before people and time", () => {
  /** As files could be written then; the digest was taken then. */
  const before = `version: v1
defaults: { timeout: 15m, on_timeout: escalate }
roles: { lead: 1, director: 2 }
groups:
  ops: { members: [ana@example.com, "role:lead"], schedule: turns }
  desk: { members: [li@example.com], hours: { zone: UTC, days: [mon, wed-fri], from: "09:00", to: "18:00" } }
schedules:
  turns: { zone: UTC, rotate: weekly, start: 2026-01-05, members: [ana@example.com] }
invariants:
  - { id: no-drop, match: { topics: [job.db.drop] }, decision: deny, reason: "Never" }
rules:
  - id: pay
    decision: require_approval
    approvals: [{ role: lead, count: 1, deny_count: 1 }, { group: ops, after: lead }]
    exclude: [requester, last_pair]
    sla: 10m
    timeout: 1h
    on_timeout: escalate
    escalate: [{ after: 30m, to: "role:director" }]
    emergency: { by: "group:ops", within: [incident] }
    window: 5m
  - { id: veto, decision: allow_unless_rejected, emergency: { by: "person:li" } }
`;
  const digest = "sha256:dfacc95d169e9db91cb652b6762dbf469372269295b25bd3fe3631a00ff47e4d";

  it("keeps its digest", () => {
    expect(policyDigest(load(before))).toBe(digest);
  });

  it("is still read when it names an occasion that no file may name today", () => {
    const stored = policyToJson(load(before));
    const older = JSON.parse(JSON.stringify(stored).replace('"incident"', '"a bad day"'));
    expect(policyFromJson(older).rules[0]?.emergency?.within).toEqual(["a bad day"]);
    expect(codesOf(before.replace("[incident]", "[a bad day]"))).toContain("error value_invalid");
  });

  it.each([
    ["hours.except", '"18:00" }', '"18:00", except: [] }'],
    ["handover", "start: 2026-01-05", 'start: 2026-01-05, handover: "00:00"'],
    ["always", "schedule: turns }", "schedule: turns, always: false }"],
    ["limits", "director: 2", "director: { rank: 2, limits: [] }"],
    ["blind", "count: 1, deny_count", "blind: false, count: 1, deny_count"],
    ["remind", "window: 5m", "window: 5m\n    remind: []"],
    ["low_risk", "window: 5m", "window: 5m\n    low_risk: false"],
    ["rejection_memory", "timeout: 15m,", "timeout: 15m, rejection_memory: 1d,"],
    ["governance", "rules:", "governance: { due: 3d, overrides_max: 3, per: 30d }\nrules:"],
  ])("keeps its digest with what is usual written out: %s", (_, part, usual) => {
    expect(before).toContain(part);
    expect(policyDigest(load(before.replace(part, usual)))).toBe(digest);
  });

  it.each([
    ["hours.except", '"18:00" }', '"18:00", except: [2026-12-25] }'],
    ["hours.holidays", '"18:00" }', '"18:00", holidays: de }'],
    ["handover", "start: 2026-01-05", 'start: 2026-01-05, handover: "08:00"'],
    ["roster", "schedule: turns }", "schedule: turns, roster: r }"],
    ["always", "schedule: turns }", "schedule: turns, always: true }"],
    ["tell", "schedule: turns }", "schedule: turns, tell: 1 }"],
    ["digest", "schedule: turns }", "schedule: turns, digest: 1m }"],
    ["limits", "director: 2", "director: { rank: 2, limits: [{ topics: [a] }] }"],
    ["blind", "count: 1, deny_count", "blind: true, count: 1, deny_count"],
    ["remind", "window: 5m", "window: 5m\n    remind: 1m"],
    ["claim_silence", "window: 5m", "window: 5m\n    claim_silence: 15m"],
    ["low_risk", "window: 5m", "window: 5m\n    low_risk: true"],
    ["rejection_memory", "timeout: 15m,", "timeout: 15m, rejection_memory: 0,"],
    ["governance", "rules:", "governance: { due: 4d }\nrules:"],
  ])("has another digest with %s", (_, part, other) => {
    const policy = load(before.replace(part, other));
    expect(policyDigest(policy)).not.toBe(digest);
    expect(policyFromJson(policyToJson(policy))).toEqual(policy);
  });
});
