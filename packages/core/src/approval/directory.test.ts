// Who people are, what they hold and may decide, who stands in for whom: by policy and people document.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { delegation, entry } from "../people/people.sample.ts";
import { nobodyKnown, type People } from "../people/people.ts";
import type { Group, Policy } from "../policy/policy.ts";
import { makeDirectory } from "./directory.ts";
import type { Person } from "./review.ts";

function group(...members: readonly string[]): Group {
  const plain = { schedule: null, hours: null, roster: null, tell: null, digestMs: null };
  return { members, isAlways: false, ...plain };
}

/** What a directory reads of a policy. */
const policy: Pick<Policy, "roles" | "roleLimits" | "groups"> = {
  roles: new Map([
    ["lead", 2],
    ["director", 3],
    ["dba", 1],
  ]),
  roleLimits: new Map(),
  groups: new Map([
    ["on-call", group("pat@example.com", "role:dba")],
    ["empty", group("nobody@example.com")],
  ]),
};

/** Somebody with a credential. */
function caller(id: string, more: Partial<Person> = {}): Person {
  return { id, email: null, name: null, roles: [], assurance: "key", ...more };
}

function directoryOf(people: Partial<People>, more: Partial<Policy> = {}) {
  return makeDirectory({ ...policy, ...more }, { ...nobodyKnown, ...people });
}

const topic = "job.deploy.web";
const usd = (amount: number, currency = "USD") => ({ topic, cost: { amount, currency } });
const free = { topic, cost: null };

describe("the accounts of one person", () => {
  const people = [
    entry("ana", { accounts: ["ana@corp.example", "u-81"], roles: ["lead"], name: "Ana" }),
    entry("li", { isActive: false, accounts: ["li-old"] }),
  ];
  const directory = directoryOf({ people });

  test("are one id, with the roles of the credential and of the people file", () => {
    const found = directory.canonical(
      caller("per_1", { email: "ANA@Corp.Example", roles: ["dba"] }),
    );
    expect(found).toMatchObject({ id: "ana", email: "ana@example.com", name: "Ana" });
    expect(found?.roles.toSorted()).toEqual(["dba", "lead"]);
    for (const one of [
      caller("ana"),
      caller("u-81"),
      caller("user:ana"),
      caller("ana@corp.example"),
    ]) {
      expect(directory.canonical(one)?.id).toBe("ana");
      expect(directory.holdsRole("lead", one)).toBe(true);
    }
  });

  test("are not guessed: ids in another case, and letters that look alike, are somebody else", () => {
    for (const id of ["Ana", "U-81", "ana@corp.example.org", "аna@corp.example"]) {
      expect(directory.canonical(caller(id))?.id).toBe(id);
    }
    const kelvin = directoryOf({ people: [entry("k", { email: "k@example.com" })] });
    expect(kelvin.canonical(caller("x", { email: "\u212A@example.com" }))?.id).toBe("x");
  });

  test("are nobody once the person left, by whichever of them they come, and with whatever roles", () => {
    for (const one of [
      caller("li"),
      caller("per_2", { email: "li@example.com" }),
      caller("li-old"),
    ]) {
      const held = { ...one, roles: ["director", "dba"] };
      expect(directory.canonical(held)).toBeNull();
      expect(directory.holdsRole("director", held)).toBe(false);
      expect(directory.isMember("on-call", held)).toBe(false);
    }
  });

  test("that belong to two people at once are nobody", () => {
    const both = directoryOf({ people: [entry("ana"), entry("bo")] });
    const unclear = caller("ana", { email: "bo@example.com", roles: ["lead"] });
    expect(both.canonical(unclear)).toBeNull();
    expect(both.isWithinLimits(unclear, "lead", free)).toBe(false);
    expect(both.principalsOf(unclear, 150)).toEqual([]);
  });

  test("are all named, also of whoever left", () => {
    const ana = ["ana", "ana@example.com", "ana@corp.example", "u-81"];
    expect(directory.namesOf(caller("u-81")).toSorted()).toEqual(ana.toSorted());
    expect(directory.namesOf(caller("li-old"))).toContain("li@example.com");
    expect(directory.namesOf(caller("x", { email: "x@y.z" }))).toEqual(["x", "x@y.z"]);
  });
});

describe("groups and roles", () => {
  const people = [entry("pat", { accounts: ["patrick"] }), entry("ana", { roles: ["director"] })];
  const groups = [
    { name: "on-call", members: ["ana"] },
    { name: "unknown", members: ["ana"] },
    { name: "empty", members: ["role:lead"] },
  ];
  const directory = directoryOf({ people, groups });

  test("have the members of the policy and of the people file", () => {
    expect(directory.isMember("on-call", caller("patrick"))).toBe(true);
    expect(directory.isMember("on-call", caller("ana"))).toBe(true);
    expect(directory.isMember("on-call", caller("zoe"))).toBe(false);
    expect(directory.isMember("on-call", caller("zoe", { roles: ["dba"] }))).toBe(true);
  });

  test("that only the people file names are nobody's", () => {
    expect(directory.isMember("unknown", caller("ana"))).toBe(false);
    expect(directory.isMember("unknown", caller("local", { roles: ["*"] }))).toBe(false);
  });

  test("take in who holds the role, or one above it", () => {
    expect(directory.isMember("empty", caller("ana"))).toBe(true);
    expect(directory.holdsRole("lead", caller("ana"))).toBe(true);
    expect(directory.holdsRole("director", caller("zoe", { roles: ["lead"] }))).toBe(false);
    expect(directory.holdsRole("unheard", caller("ana"))).toBe(false);
  });
});

describe("limits", () => {
  const limit = (atMost: number, topics: readonly string[] | null = null) => ({
    topics,
    cost: { atMost, currency: "USD" },
  });

  test("of a person count by whatever role they approve", () => {
    const limits = [limit(1_000, ["job.deploy.**"]), limit(10)];
    const directory = directoryOf({ people: [entry("ana", { limits })] });
    const ana = caller("ana", { roles: ["lead"] });
    for (const role of ["lead", null]) {
      expect(directory.isWithinLimits(ana, role, usd(1_000))).toBe(true);
      expect(directory.isWithinLimits(ana, role, usd(1_000.01))).toBe(false);
      expect(directory.isWithinLimits(ana, role, { ...usd(10), topic: "job.pay" })).toBe(true);
      expect(directory.isWithinLimits(ana, role, { ...usd(11), topic: "job.pay" })).toBe(false);
    }
  });

  test("that speak of a cost refuse an action that states none, or one in another currency", () => {
    const directory = directoryOf({ people: [entry("ana", { limits: [limit(1_000)] })] });
    for (const scope of [free, usd(1, "EUR"), usd(1, "usd"), usd(Number.NaN)]) {
      expect(directory.isWithinLimits(caller("ana"), null, scope)).toBe(false);
    }
  });

  test("of a role bind who approves by it, and not who stands above it", () => {
    const roleLimits = new Map([["lead", [limit(1_000)]]]);
    const directory = directoryOf({}, { roleLimits });
    expect(directory.isWithinLimits(caller("a", { roles: ["lead"] }), "lead", usd(2_000))).toBe(
      false,
    );
    expect(directory.isWithinLimits(caller("a", { roles: ["lead"] }), "lead", usd(900))).toBe(true);
    const both = caller("b", { roles: ["lead", "director"] });
    expect(directory.isWithinLimits(both, "lead", usd(2_000))).toBe(true);
    expect(directory.isWithinLimits(caller("c"), "lead", usd(1))).toBe(false);
    expect(directory.isWithinLimits(caller("local", { roles: ["*"] }), "lead", usd(9_999))).toBe(
      true,
    );
  });
});

describe("delegation", () => {
  const people = ["ana", "bo", "cy", "di"].map((id) => entry(id, { roles: [`role-${id}`] }));
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

  test("counts from its first moment to before its last", () => {
    const directory = directoryOf({ people, delegations: [delegation("ana", "bo")] });
    const at = (when: number) => ids(directory.principalsOf(caller("bo"), when));
    expect([at(99), at(100), at(199), at(200)]).toEqual([[], ["ana"], ["ana"], []]);
    expect(directory.principalsOf(caller("ana"), 150)).toEqual([]);
    const [ana] = directory.principalsOf(caller("x", { email: "bo@example.com" }), 150);
    expect(ana).toMatchObject({ id: "ana", roles: ["role-ana"], assurance: "key" });
  });

  test("goes over others while every link counts", () => {
    const delegations = [
      delegation("ana", "bo"),
      delegation("bo", "cy", { startsAt: 150 }),
      delegation("cy", "di", { endsAt: 180 }),
    ];
    const directory = directoryOf({ people, delegations });
    const di = (when: number) => ids(directory.principalsOf(caller("di"), when));
    expect([di(120), di(160), di(190)]).toEqual([["cy"], ["ana", "bo", "cy"], []]);
    const notBo = directory.principalsOf(caller("di"), 160, ({ id }) => id !== "bo");
    expect(ids(notBo)).toEqual(["cy"]);
  });

  test("ends with whoever left, in the middle of a chain too", () => {
    const delegations = [delegation("ana", "bo"), delegation("bo", "cy")];
    const left = people.map((one) => (one.id === "bo" ? { ...one, isActive: false } : one));
    expect(directoryOf({ people: left, delegations }).principalsOf(caller("cy"), 150)).toEqual([]);
    expect(directoryOf({ people: left, delegations }).principalsOf(caller("bo"), 150)).toEqual([]);
  });

  test("in circles of any form ends, and never gives anybody to themselves", () => {
    const names = Array.from({ length: 8 }, (_, at) => `p${at}`);
    const name = fc.constantFrom(...names);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { maxLength: 40 }), name, (pairs, who) => {
        const delegations = pairs.map(([from, to], at) => delegation(from, to, { id: `d${at}` }));
        const all = names.map((id) => entry(id));
        const found = ids(directoryOf({ people: all, delegations }).principalsOf(caller(who), 150));
        expect(new Set(found).size).toBe(found.length);
        expect(found).not.toContain(who);
        expect(found).toEqual(reachable(pairs, who));
      }),
    );
  });
});

/** By brute force: everybody from whom a way leads. */
function reachable(pairs: readonly (readonly [string, string])[], who: string): string[] {
  const found = new Set([who]);
  for (let round = 0; round < pairs.length; round += 1) {
    for (const [from, to] of pairs) if (found.has(to)) found.add(from);
  }
  found.delete(who);
  return [...found].sort();
}
