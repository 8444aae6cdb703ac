// Which incident and which circumstances an override has.

import { describe, expect, it } from "vitest";
import { type Cause, causeOf, circumstancesMet, type OpenIncident } from "./circumstance.ts";

const incident = (id: string, more: Partial<OpenIncident> = {}): OpenIncident => ({
  id,
  labels: {},
  isOwn: false,
  ...more,
});
const within = (...circumstances: string[]) => ({ by: "group:on-call", within: circumstances });
const topic = "job.deploy.api";

describe("a circumstance", () => {
  const cases: readonly [string, string, OpenIncident | null, boolean][] = [
    ["an open incident", "incident", incident("a"), true],
    ["no incident", "incident", null, false],
    [
      "a label",
      "label:severity=critical",
      incident("a", { labels: { severity: "critical" } }),
      true,
    ],
    [
      "another value",
      "label:severity=critical",
      incident("a", { labels: { severity: "high" } }),
      false,
    ],
    ["no such label", "label:severity=critical", incident("a"), false],
    ["a label with a sign in it", "label:q=a=b", incident("a", { labels: { q: "a=b" } }), true],
    ["a name of every object", "label:constructor=x", incident("a"), false],
    [
      "a label of one's own writing",
      "label:severity=critical",
      incident("a", { labels: { severity: "critical" }, isOwn: true }),
      false,
    ],
    ["an incident of one's own", "incident", incident("a", { isOwn: true }), true],
    ["the topic", "topic:job.deploy.**", null, true],
    ["another topic", "topic:job.db.*", incident("a"), false],
    ["words that nobody knows", "a bad day", incident("a"), false],
  ];
  for (const [what, circumstance, given, isThere] of cases) {
    it(`${what} is ${isThere ? "" : "not "}there by \`${circumstance}\``, () => {
      const met = circumstancesMet([within(circumstance)], { topic, incident: given });
      expect(met).toEqual(isThere ? [circumstance] : null);
    });
  }

  it("is needed for each emergency, and one of each is enough", () => {
    const situation = { topic, incident: incident("a") };
    const both = [within("incident", "label:x=y"), within("topic:job.deploy.api")];
    expect(circumstancesMet(both, situation)).toEqual(["incident", "topic:job.deploy.api"]);
    expect(circumstancesMet([...both, within("label:x=y")], situation)).toBeNull();
    expect(circumstancesMet([within()], situation)).toBeNull();
  });
});

describe("the cause of an override", () => {
  const cause = (
    emergency: ReturnType<typeof within>,
    named: string | null,
    open: readonly OpenIncident[],
  ): Cause | string => {
    const result = causeOf([emergency], { topic, named, open });
    return result.ok ? result.cause : result.code;
  };

  it("is the incident that is named", () => {
    expect(cause(within("incident"), "b", [incident("b", { isOwn: true })])).toEqual({
      incident: "b",
      circumstances: ["incident"],
    });
    expect(cause(within("incident"), "c", [])).toBe("override_refused");
  });

  it("may be an incident of elsewhere where the topic is enough", () => {
    expect(cause(within("topic:job.**"), "JIRA-1", [])).toMatchObject({ incident: "JIRA-1" });
  });

  it("is found when one open incident fits, and asked for when none or several do", () => {
    const critical = incident("b", { labels: { severity: "critical" } });
    const rule = within("label:severity=critical");
    expect(cause(rule, null, [incident("a"), critical])).toMatchObject({ incident: "b" });
    expect(cause(rule, null, [critical, { ...critical, id: "c" }])).toBe("request_invalid");
    expect(cause(rule, null, [incident("a")])).toBe("override_refused");
    expect(cause(within("topic:job.**"), null, [])).toBe("request_invalid");
  });
});

describe("the refusal where no circumstance is there", () => {
  const refusal = (...emergencies: ReturnType<typeof within>[]): unknown =>
    causeOf(emergencies, { topic, named: null, open: [] });

  it("says once what is needed, though the hold and the active policy ask for the same", () => {
    const rule = within("incident", "label:severity=critical");
    const detail = "an override of this hold needs an open incident or `label:severity=critical`";
    expect(refusal(rule, rule)).toMatchObject({ ok: false, detail: { message: detail } });
    expect(refusal(rule, within("topic:job.db.**"))).toMatchObject({
      detail: { message: `${detail}, and \`topic:job.db.**\`` },
    });
  });
});
