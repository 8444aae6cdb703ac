// Tests which of two holds is the looser one, by how they go on.

import { describe, expect, it } from "vitest";
import { compareDecisions } from "./diff-decisions.ts";
import type { Decision } from "../policy/decision.ts";
import { decided } from "../policy-decide/policy.sample.ts";

function hold(keys: string, decision = "require_approval"): Decision {
  return decided(
    `roles: { lead: 1 }\ngroups: { call: { members: [bo, cy] } }\nrules: [{ id: r, decision: ${decision}${keys === "" ? "" : `, ${keys}`} }]`,
    { reversible: true },
  );
}

const call = "emergency: { by: 'group:call', within: [incident, 'topic:job.**'] }";
const patient = "match: { reversible: true }, low_risk: true";

describe("a hold", () => {
  it.each([
    ["escalate", "", "escalate: [{ after: 5m, to: 'role:lead' }]"],
    [
      "escalate",
      "escalate: [{ after: 5m, to: 'role:lead' }]",
      "escalate: [{ after: 4m, to: 'role:lead' }]",
    ],
    ["emergency", "", call],
    ["emergency", call.replace("incident, ", ""), call],
    ["emergency", call, call.replace("group:call", "role:lead")],
    ["low_risk", "", "low_risk: true"],
    ["on_timeout", patient, `${patient}, on_timeout: allow`],
    [
      "approvals",
      "approvals: [{ group: call, blind: true }]",
      "approvals: [{ group: call, blind: false }]",
    ],
  ])("is looser in `%s`", (about, before, after) => {
    const [old, fresh] = [hold(before), hold(after)];
    expect(compareDecisions(old, fresh)).toMatchObject({ direction: "loosened" });
    expect(compareDecisions(old, fresh).about).toContain(about);
    expect(compareDecisions(fresh, fresh)).toEqual({ direction: "same", about: [] });
  });

  it.each([
    ["the same with other reminders", "remind: 1m, claim_silence: 1m", "remind: 3m", "same"],
    ["tighter without an override", call, "", "tightened"],
    ["tighter with fewer circumstances", call, call.replace("incident, ", ""), "tightened"],
  ])("is %s", (_, before, after, direction) => {
    expect(compareDecisions(hold(before), hold(after)).direction).toBe(direction);
  });

  it("that a veto ends is looser with a shorter window", () => {
    const veto = (keys: string): Decision => hold(keys, "allow_unless_rejected");
    const { about } = compareDecisions(veto("window: 10m"), veto("window: 5m"));
    expect(about).toEqual(["window"]);
    expect(compareDecisions(veto("timeout: 10m"), veto("timeout: 5m")).about).toEqual(["timeout"]);
    expect(compareDecisions(veto("timeout: 5m"), veto("timeout: 5m, window: 1m"))).toEqual({
      direction: "loosened",
      about: ["window"],
    });
  });
});
