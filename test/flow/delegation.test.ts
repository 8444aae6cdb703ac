// Standing in for somebody who is away: for a time, over others, in circles, and never past an exclusion.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { delegationsOfPersonMax } from "@holdpoint/core/base/limits";
import { at, textAt } from "../http.ts";
import { codeOf, type PeopleWorld, startPeople } from "./people-world.ts";

const hourMs = 3_600_000;
let world: PeopleWorld;
const keys = new Map<string, string>();

beforeAll(async () => {
  world = await startPeople();
  for (const id of ["ann", "ben", "cat", "out"]) {
    const roles = id === "ann" ? ["lead"] : [];
    await world.put(id, { email: `${id}@example.com`, roles });
    keys.set(id, await world.key(id));
  }
}, 60_000);

afterAll(() => world?.stop());

const keyOf = (id: string): string => keys.get(id) ?? "";
const inHours = (hours: number): string =>
  new Date(world.line.clock.now() + hours * hourMs).toISOString();

async function delegate(key: string, body: object): Promise<string> {
  const answer = await world.send("POST", "/delegations", key, { ends: inHours(4), ...body });
  return String(at(answer.body, "id") ?? at(answer.body, "code"));
}

async function end(id: string, key: string): Promise<string> {
  return codeOf(await world.send("DELETE", `/delegations/${id}`, key));
}

async function withDelegations(
  pairs: readonly (readonly [string, string, object?])[],
  run: () => Promise<void>,
): Promise<void> {
  const made: string[] = [];
  for (const [from, to, more = {}] of pairs)
    made.push(await delegate(keyOf(from), { to, ...more }));
  try {
    await run();
  } finally {
    for (const id of made) await end(id, world.admin);
  }
}

describe("a delegation", () => {
  test("lets the delegate decide, and the record says for whom", async () => {
    const job = await world.hold("job.deploy.web");
    expect(await world.vote(job, keyOf("ben"))).toBe("approval_not_authorized");
    await withDelegations([["ann", "ben", { reason: "vacation" }]], async () => {
      const me = await world.send("GET", "/people/me", keyOf("ben"));
      expect(at(me.body, "stands_in_for", 0)).toMatchObject({ from: "ann", live: true });
      const before = await world.send("GET", `/approvals/${job}`, keyOf("ben"));
      expect(at(before.body, "you", "votes_for")).toMatchObject({ id: "ann" });
      expect(await world.vote(job, keyOf("ben"))).toBe("APPROVED");
    });
    const card = await world.send("GET", `/approvals/${job}`, world.admin);
    expect(at(card.body, "reviews", 0)).toMatchObject({
      person: { id: "ben" },
      voted_for: { id: "ann" },
    });
    expect(await world.vote(await world.hold("job.deploy.b"), keyOf("ben"))).toBe(
      "approval_not_authorized",
    );
  });

  test("takes the place of who delegated: both together are one", async () => {
    await withDelegations([["ann", "ben"]], async () => {
      const job = await world.hold("job.pair.one");
      expect(await world.vote(job, keyOf("ben"))).toBe("APPROVAL");
      expect(await world.vote(job, keyOf("ann"))).toBe("APPROVAL");
      expect(await world.vote(job, await world.key("bo", { roles: ["lead"] }))).toBe("APPROVED");
    });
  });

  test("goes over others, and round in a circle without end", async () => {
    const circle = [
      ["ann", "ben"],
      ["ben", "cat"],
      ["cat", "ann"],
    ] as const;
    await withDelegations(circle, async () => {
      expect(await world.vote(await world.hold("job.deploy.c"), keyOf("cat"))).toBe("APPROVED");
      const job = await world.hold("job.pair.circle");
      for (const id of ["ann", "ben", "cat"]) {
        expect(await world.vote(job, keyOf(id))).toBe("APPROVAL");
      }
    });
  });

  test("begins and ends when it says", async () => {
    const later = { starts: inHours(1), ends: inHours(2) };
    await withDelegations([["ann", "ben", later]], async () => {
      const answers: string[] = [];
      for (const _look of [0, 1, 2]) {
        answers.push(await world.vote(await world.hold("job.deploy.t"), keyOf("ben")));
        world.line.pass(hourMs);
      }
      expect(answers).toEqual(["approval_not_authorized", "APPROVED", "approval_not_authorized"]);
    });
  });

  test("that is ended leaves what was decided by it, and nothing more can be", async () => {
    const id = await delegate(keyOf("ann"), { to: "ben" });
    const job = await world.hold("job.pair.kept");
    world.line.pass(1_000);
    expect(await world.vote(job, keyOf("ben"))).toBe("APPROVAL");
    world.line.pass(1_000);
    expect(await end(id, keyOf("ann"))).toBe("200");
    expect(await world.vote(await world.hold("job.deploy.n"), keyOf("ben"))).toBe(
      "approval_not_authorized",
    );
    expect(await world.vote(job, await world.key("bo", { roles: ["lead"] }))).toBe("APPROVED");
  });

  test("is never one to somebody who is excluded, nor through them", async () => {
    const agent = await world.line.makeKey("agent", "bens", { owner: "ben" });
    const hold = async () => {
      const held = await world.send("POST", "/actions", agent, { topic: "job.deploy.own" });
      return textAt(held.body, "job", "id");
    };
    const chain = [
      ["ann", "ben"],
      ["ben", "cat"],
    ] as const;
    await withDelegations(chain, async () => {
      expect(await world.vote(await hold(), keyOf("ben"))).toBe("approval_self_review");
      expect(await world.vote(await hold(), keyOf("cat"))).toBe("approval_not_authorized");
    });
    const anns = await world.line.makeKey("agent", "anns", { owner: "ann" });
    const held = await world.send("POST", "/actions", anns, { topic: "job.deploy.own" });
    await withDelegations([["ann", "cat"]], async () => {
      const job = textAt(held.body, "job", "id");
      expect(await world.vote(job, keyOf("cat"))).toBe("approval_not_authorized");
    });
  });
});

describe("who writes a delegation down", () => {
  test("is the person themselves, or who administers", async () => {
    expect(await delegate(keyOf("out"), { from: "ann", to: "out" })).toBe("delegation_refused");
    expect(await delegate(world.agent, { to: "out" })).toBe("scope_missing");
    const id = await delegate(world.admin, { from: "ann@example.com", to: "ben" });
    const listed = await world.send("GET", "/delegations", keyOf("out"));
    const items = at(listed.body, "items") as readonly { id: string }[];
    expect(items.find((one) => one.id === id)).toMatchObject({
      from: "ann",
      to: "ben",
      live: true,
    });
    expect(await end(id, keyOf("out"))).toBe("delegation_refused");
    expect(await end(id, keyOf("ben"))).toBe("delegation_refused");
    expect(await end(id, keyOf("ann"))).toBe("200");
    expect(await end("dlg_nothing", keyOf("ann"))).toBe("delegation_not_found");
  });

  test.each([
    ["to themselves", { to: "ann" }, "delegation_refused"],
    ["to nobody", { to: "nobody" }, "person_not_found"],
    ["for the past", { to: "ben", ends: "2020-01-01T00:00:00Z" }, "delegation_refused"],
    ["for years", { to: "ben", ends: "2033-01-01T00:00:00Z" }, "delegation_refused"],
    ["with hidden words", { to: "ben", reason: "a\u202Eb" }, "people_invalid"],
  ])("is refused one %s", async (_what, body, code) => {
    expect(await delegate(keyOf("ann"), body)).toBe(code);
  });

  test("cannot begin it before now, and cannot do it for somebody who is not known", async () => {
    const made = await world.send("POST", "/delegations", keyOf("ann"), {
      to: "ben",
      starts: "2020-01-01T00:00:00Z",
      ends: inHours(1),
    });
    expect(Date.parse(textAt(made.body, "starts"))).toBe(world.line.clock.now());
    await end(textAt(made.body, "id"), keyOf("ann"));
    const stranger = await world.key("stranger", { roles: ["lead"] });
    expect(await delegate(stranger, { to: "ben" })).toBe("person_not_found");
  });

  test("takes no more room than one person may have, however often they end theirs", async () => {
    const made: string[] = [];
    while (made.length < delegationsOfPersonMax) {
      made.push(await delegate(keyOf("cat"), { to: "ben" }));
    }
    expect(made.every((id) => id.startsWith("dlg_"))).toBe(true);
    world.line.clock.move(1);
    expect(await end(made[0] ?? "", keyOf("cat"))).toBe("200");
    expect(await delegate(keyOf("cat"), { to: "ben" })).toBe("delegation_refused");
    await withDelegations([["ann", "ben"]], async () => {
      expect(await world.vote(await world.hold("job.deploy.room"), keyOf("ben"))).toBe("APPROVED");
    });
  });

  test("loses what they delegated when they leave", async () => {
    await world.put("gone", { email: "gone@example.com", roles: ["lead"] });
    const id = await delegate(await world.key("gone"), { to: "ben" });
    expect(id).toMatch(/^dlg_/);
    await world.send("DELETE", "/people/gone", world.admin);
    expect(await world.vote(await world.hold("job.deploy.g"), keyOf("ben"))).toBe(
      "approval_not_authorized",
    );
    await world.put("gone", { email: "gone@example.com", roles: ["lead"], active: true });
    expect(await world.vote(await world.hold("job.deploy.g"), keyOf("ben"))).toBe(
      "approval_not_authorized",
    );
  });
});
