// Who people are to the server: written down by those who administer, one for all their accounts, nobody once they left.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { codeOf, type PeopleWorld, startPeople } from "./people-world.ts";

let world: PeopleWorld;

beforeAll(async () => {
  world = await startPeople();
}, 60_000);

afterAll(() => world?.stop());

describe("a person who is written down", () => {
  test("is one for all their accounts, with roles and groups that the document gives", async () => {
    await world.put("ana", {
      email: "ana@example.com",
      name: "Ana",
      accounts: ["ana@corp.example"],
      roles: ["lead"],
      groups: ["on-call"],
    });
    for (const name of ["ana", "ana@example.com", "ANA@corp.example"]) {
      const me = await world.send("GET", "/people/me", await world.key(name));
      expect(me.body).toMatchObject({
        id: "ana",
        name: "Ana",
        email: "ana@example.com",
        roles: ["lead"],
        groups: ["on-call"],
        known: true,
        development: false,
      });
      const shown = await world.send("GET", `/people/${name}`, world.admin);
      expect(textAt(shown.body, "id")).toBe("ana");
    }
  });

  test("votes once, whichever of their accounts votes again", async () => {
    const early = await world.key("cy@corp.example", { roles: ["lead"] });
    const late = await world.key("cy@example.com", { roles: ["lead"] });
    const before = await world.hold("job.pair.early");
    expect(await world.vote(before, early)).toBe("APPROVAL");
    await world.put("cy", { email: "cy@example.com", accounts: ["cy@corp.example"] });
    // The first vote was cast by an account that nobody knew; now both are one person.
    expect(await world.vote(before, late)).toBe("APPROVAL");
    const job = await world.hold("job.pair.web");
    expect(await world.vote(job, early)).toBe("APPROVAL");
    expect(await world.vote(job, late)).toBe("APPROVAL");
    expect(await world.vote(job, await world.key("bo", { roles: ["lead"] }))).toBe("APPROVED");
    const events = await world.send("GET", `/audit/events?job=${job}`, world.admin);
    const actors = (at(events.body, "items") as readonly { type: string; actor: { id: string } }[])
      .filter(({ type }) => type === "review.submitted")
      .map(({ actor }) => actor.id);
    expect(new Set(actors)).toEqual(new Set(["cy", "bo"]));
  });

  test("does not review what an agent of another account of theirs wants", async () => {
    await world.put("dan", {
      email: "dan@example.com",
      accounts: ["dan@corp.example"],
      roles: ["lead"],
    });
    const agent = await world.line.makeKey("agent", "dans", { owner: "dan@corp.example" });
    const held = await world.send("POST", "/actions", agent, { topic: "job.deploy.own" });
    const job = textAt(held.body, "job", "id");
    expect(await world.vote(job, await world.key("dan@example.com"))).toBe("approval_self_review");
    const behalf = { agent: { on_behalf_of: "dan@corp.example" } };
    const other = await world.hold("job.deploy.behalf", behalf);
    expect(await world.vote(other, await world.key("dan"))).toBe("approval_self_review");
  });

  test("approves within their limits, and what states no cost is beyond them", async () => {
    const limits = [{ topics: ["job.deploy.**"], cost: { at_most: 1000, currency: "USD" } }];
    await world.put("lim", { email: "lim@example.com", roles: ["lead"], limits });
    const lim = await world.key("lim");
    for (const [cost, wanted] of [
      [{ amount: 1000, currency: "USD" }, "APPROVED"],
      [{ amount: 1001, currency: "USD" }, "approval_not_authorized"],
      [{ amount: 1, currency: "EUR" }, "approval_not_authorized"],
      [null, "approval_not_authorized"],
    ] as const) {
      expect(await world.vote(await world.hold("job.deploy.cost", { cost }), lim)).toBe(wanted);
    }
  });
});

describe("a person who left", () => {
  test("is refused at the door, and a vote of theirs that stands counts for nothing", async () => {
    const scopes = ["read", "review", "admin"];
    await world.put("eve", { email: "eve@example.com", roles: ["lead"] });
    const eve = await world.key("eve", { scopes, roles: ["director"] });
    const other = await world.key("bo", { roles: ["lead"] });
    const job = await world.hold("job.pair.left");
    expect(await world.vote(job, eve)).toBe("APPROVAL");
    const removed = await world.send("DELETE", "/people/eve@example.com", world.admin);
    expect(removed.status).toBe(200);
    for (const [method, place, body] of [
      ["GET", "/people/me", undefined],
      ["GET", "/approvals", undefined],
      ["PUT", "/people/eve", { email: "eve@example.com", roles: ["director"] }],
      ["POST", "/keys", { kind: "person", subject: "mallory", scopes: ["admin"] }],
      ["POST", "/policies", { source: "version: v1\nrules: []\n" }],
      ["POST", `/approvals/${job}/approve`, {}],
    ] as const) {
      const answer = await world.send(method, place, eve, body);
      expect([place, codeOf(answer)]).toEqual([place, "unauthenticated"]);
    }
    expect(await world.vote(job, other)).toBe("APPROVAL");
    const fresh = await world.line.post("/keys", {
      kind: "person",
      subject: "eve@example.com",
      scopes: ["review"],
    });
    expect(fresh.body.code).toBe("key_invalid");
    const listed = await world.send("GET", "/people/eve", world.admin);
    expect(listed.body).toMatchObject({ active: false, roles: [], groups: [] });
  });

  test("is not forgotten while a key of theirs is valid, and back when an admin says so", async () => {
    await world.put("gus", { email: "gus@example.com" });
    const gus = await world.key("gus");
    const forget = () => world.send("DELETE", "/people/gus?forget=true", world.admin);
    expect(codeOf(await forget())).toBe("people_invalid");
    await world.send("DELETE", "/people/gus", world.admin);
    expect(codeOf(await forget())).toBe("people_invalid");
    await world.put("gus", { email: "gus@example.com", active: true });
    expect((await world.send("GET", "/people/me", gus)).status).toBe(200);
    const keys = await world.send("GET", "/keys", world.admin);
    const items = at(keys.body, "items") as readonly { id: string; subject: string }[];
    for (const { id, subject } of items) {
      if (subject.startsWith("gus"))
        await world.send("POST", `/keys/${id}/revoke`, world.admin, {});
    }
    await world.send("DELETE", "/people/gus", world.admin);
    expect((await forget()).status).toBe(200);
    expect(codeOf(await world.send("GET", "/people/gus", world.admin))).toBe("person_not_found");
  });
});

describe("a role that is taken away", () => {
  test("takes the votes with it that were cast by it", async () => {
    await world.put("ida", { email: "ida@example.com", roles: ["lead"] });
    const job = await world.hold("job.pair.role");
    expect(await world.vote(job, await world.key("ida"))).toBe("APPROVAL");
    await world.put("ida", { email: "ida@example.com", roles: [] });
    expect(await world.vote(job, await world.key("bo", { roles: ["lead"] }))).toBe("APPROVAL");
    expect(await world.vote(job, await world.key("zed", { roles: ["lead"] }))).toBe("APPROVED");
  });
});

describe("the document", () => {
  test("is changed by people who administer, and by nobody else", async () => {
    const rev = await world.key("rev");
    const source = "version: v1\n";
    const writes = [
      ["PUT", "/people/rev", { roles: ["director"] }],
      ["DELETE", "/people/ana", undefined],
      ["POST", "/people/import", { source }],
      ["PUT", "/groups/on-call/members/rev", {}],
      ["DELETE", "/groups/on-call/members/ana", undefined],
    ] as const;
    for (const [method, place, body] of writes) {
      for (const key of [rev, world.agent]) {
        const answer = await world.send(method, place, key, body);
        expect([place, codeOf(answer)]).toEqual([place, "scope_missing"]);
      }
    }
    const reads = [
      "/people",
      "/people/ana",
      "/groups",
      "/groups/desk",
      "/oncall",
      "/rosters",
      "/delegations",
    ];
    for (const place of [...reads, "/people/me", "/groups/desk/week"]) {
      expect([place, (await world.send("GET", place, rev)).status]).toEqual([place, 200]);
      expect(codeOf(await world.send("GET", place, world.agent))).toBe("scope_missing");
    }
  });

  test("refuses what is wrong with an entry, says where, and stays as it was", async () => {
    const before = await world.send("GET", "/people", world.admin);
    for (const [body, path] of [
      [{ roles: ["*"] }, "/roles/0"],
      [{ limits: [{ cost: { at_most: 5 } }] }, "/limits/0/cost"],
      [{ quiet: { zone: "Mars", from: "22:00", to: "07:00" } }, "/quiet/zone"],
      [{ name: "a\u202Eb" }, "/name"],
    ] as const) {
      const refused = await world.send("PUT", "/people/new", world.admin, body);
      expect([refused.status, codeOf(refused)]).toEqual([400, "people_invalid"]);
      expect(at(refused.body, "findings", 0, "path")).toBe(path);
    }
    // A name of somebody else would make two people one.
    const taken = await world.send("PUT", "/people/new", world.admin, {
      accounts: ["ana@corp.example"],
    });
    expect(codeOf(taken)).toBe("people_invalid");
    const wrong = await world.send("PUT", "/people/new", world.admin, { admin: true });
    expect(codeOf(wrong)).toBe("request_invalid");
    expect((await world.send("GET", "/people", world.admin)).body).toEqual(before.body);
  });

  test("takes changes that come at the same moment, each once, with its event", async () => {
    const ids = ["s1", "s2", "s3", "s4", "s5"];
    await Promise.all(ids.map((id) => world.put(id, { groups: ["on-call"] })));
    const group = await world.send("GET", "/groups/on-call", world.admin);
    const members = (at(group.body, "members") as readonly { id: string }[]).map(({ id }) => id);
    expect(members).toEqual(expect.arrayContaining([...ids, "ana"]));
    const events = await world.send(
      "GET",
      "/audit/events?type=people.changed&order=newest",
      world.admin,
    );
    expect(at(events.body, "items", 0)).toMatchObject({
      actor: { kind: "person" },
      payload: { file: null, groups: { changed: ["on-call"] } },
    });
  });
});

describe("a member that is added to a group", () => {
  test("may decide from then on, until they are taken out", async () => {
    const hal = await world.key("hal@example.com");
    expect(await world.vote(await world.hold("job.call.a"), hal)).toBe("approval_not_authorized");
    const place = "/groups/on-call/members/hal@example.com";
    const added = await world.send("PUT", place, world.admin, {});
    expect(at(added.body, "named")).toContainEqual({ member: "hal@example.com", source: "people" });
    expect(await world.vote(await world.hold("job.call.b"), hal)).toBe("APPROVED");
    expect((await world.send("DELETE", place, world.admin)).status).toBe(200);
    expect(await world.vote(await world.hold("job.call.c"), hal)).toBe("approval_not_authorized");
    expect(codeOf(await world.send("DELETE", place, world.admin))).toBe("person_not_found");
  });

  test("is not one of a group that the policy does not name, nor one of the policy file's own", async () => {
    const unknown = await world.send("PUT", "/groups/nope/members/ana", world.admin, {});
    expect(codeOf(unknown)).toBe("group_not_found");
    const own = await world.send("DELETE", "/groups/on-call/members/pat@example.com", world.admin);
    expect(codeOf(own)).toBe("person_not_found");
    for (const member of ["group:desk", "person:ana", "a b"]) {
      const place = `/groups/desk/members/${encodeURIComponent(member)}`;
      expect(codeOf(await world.send("PUT", place, world.admin, {}))).toBe("people_invalid");
    }
  });
});

describe("who is on duty", () => {
  test("is asked by rules, and each says where it goes on from there", async () => {
    const group = async (name: string): Promise<unknown> =>
      at((await world.send("GET", `/groups/${name}`, world.admin)).body, "asked_by");
    const board = { after_ms: 1_800_000, to: "group:board" };
    const onCall = { after_ms: 2_700_000, to: "group:on-call" };
    const rule = { rule: "desk-first", timeout_ms: 7_200_000, on_timeout: "block" };
    expect(await group("desk")).toEqual([{ ...rule, first: true, steps: [board, onCall] }]);
    expect(await group("board")).toEqual([{ ...rule, first: false, steps: [onCall] }]);
    expect(await group("on-call")).toEqual([
      { rule: "call", first: true, steps: [], timeout_ms: 3_600_000, on_timeout: "block" },
      { ...rule, first: false, steps: [] },
    ]);
  });

  test("is told now, at another moment, and over a week", async () => {
    await world.put("desk-only", { name: "Desk" });
    // Who connects without a key is everybody.
    const development = { id: "local" };
    // The clock of the test stands at a Tuesday, 23:13 in Berlin.
    const now = await world.send("GET", "/oncall", world.admin);
    const desk = (at(now.body, "items") as readonly { group: string }[]).find(
      ({ group }) => group === "desk",
    );
    expect(desk).toMatchObject({
      on_duty: [],
      next: { at: "2023-11-15T08:00:00.000Z", on_duty: [{ id: "desk-only" }, development] },
    });
    const noon = await world.send("GET", "/oncall?at=2023-11-15T12:00:00Z", world.admin);
    expect(at(noon.body, "items", 1)).toMatchObject({
      group: "desk",
      on_duty: [{ id: "desk-only", name: "Desk", on_duty: true }, development],
      next: { at: "2023-11-15T16:00:00.000Z", on_duty: [] },
    });
    const week = await world.send(
      "GET",
      "/groups/desk/week?from=2023-11-13T00:00:00Z",
      world.admin,
    );
    const slots = at(week.body, "slots") as readonly { from: string; people: readonly unknown[] }[];
    expect(
      slots.filter(({ people }) => people.length > 0).map(({ from }) => from.slice(0, 13)),
    ).toEqual(["13", "14", "15", "16", "17"].map((day) => `2023-11-${day}T08`));
    expect(at(week.body, "zone")).toBe("Europe/Berlin");
  });
});
