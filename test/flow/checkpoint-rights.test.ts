// Whose the state of an agent is: its own; people see what stands around it, and open it by their right and on the record.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { base64, type CheckpointWorld, startCheckpointWorld } from "./checkpoint-world.ts";

let world: CheckpointWorld;

beforeAll(async () => {
  world = await startCheckpointWorld();
});
afterAll(() => world?.close());

const made = { codec: "json", state: base64('{"step":1}') };

describe("the state of an agent", () => {
  const place = "/threads/secret/checkpoints";

  beforeAll(async () => {
    await world.send("billing", `POST ${place}`, { ...made, id: "c-1" });
    await world.send("billing", "POST /threads/other/checkpoints", made);
  });

  test("is not there for another agent", async () => {
    const refusals = [
      ["GET", `${place}/c-1`, undefined],
      ["GET", `${place}/latest?include=state`, undefined],
      ["POST", `${place}/c-1/fork`, { thread: "mine" }],
      ["DELETE", `${place}/c-1`, undefined],
    ] as const;
    for (const [method, path, body] of refusals) {
      const answer = await world.send("mail", `${method} ${path}`, body);
      expect([path, at(answer.body, "code")]).toEqual([path, "checkpoint_not_found"]);
    }
    expect((await world.send("mail", `GET ${place}`)).body).toMatchObject({ items: [] });
    expect((await world.send("mail", "GET /threads")).body).toMatchObject({ items: [] });
    const removed = await world.send("mail", "DELETE /threads/secret");
    expect(removed.body).toEqual({ thread: "secret", checkpoints: 0 });
    // The same names are another agent's own.
    const own = { ...made, id: "c-1", state: base64("mine") };
    expect((await world.send("mail", `POST ${place}`, own)).status).toBe(200);
    const still = await world.send("billing", `GET ${place}/c-1?include=state`);
    expect(at(still.body, "state")).toBe(made.state);
  });

  test("is asked for in nobody's name but by people", async () => {
    const asked = ["GET /threads?agent=billing", `GET ${place}?agent=billing`];
    const more = [`GET ${place}/c-1?agent=billing`, `GET ${place}/c-1?agent=billing&include=state`];
    const change = [`DELETE ${place}/c-1?agent=billing`, "DELETE /threads/secret?agent=billing"];
    for (const verb of [...asked, ...more, ...change]) {
      for (const name of ["mail", "point"] as const) {
        const { status, body } = await world.send(name, verb);
        expect([verb, name, status, at(body, "code")]).toEqual([verb, name, 403, "scope_missing"]);
      }
    }
    const fork = `POST ${place}/c-1/fork?agent=billing`;
    expect((await world.send("mail", fork, { thread: "x" })).status).toBe(403);
  });

  test("is shut to a key of the agent that may only look and redeem, and to enforcement points", async () => {
    for (const name of ["blind", "point"] as const) {
      for (const verb of [`GET ${place}/c-1`, `GET ${place}/c-1?include=state`, "GET /threads"]) {
        expect([name, verb, (await world.send(name, verb)).status]).toEqual([name, verb, 403]);
      }
      expect((await world.send(name, `POST ${place}`, made)).status).toBe(403);
      expect((await world.send(name, `DELETE ${place}/c-1`)).status).toBe(403);
    }
  });

  test("is saved by nobody else: people cannot write what a run goes on from", async () => {
    for (const name of ["ana", "boss"] as const) {
      expect((await world.send(name, `POST ${place}`, made)).status).toBe(403);
      const writes = { task: "t", writes: [] };
      expect((await world.send(name, `POST ${place}/c-1/writes`, writes)).status).toBe(403);
    }
  });

  test("is kept from people who look: they see what stands around it", async () => {
    for (const name of ["ana", "boss"] as const) {
      const one = await world.send(name, `GET ${place}/c-1?agent=billing`);
      expect(one.body).toMatchObject({ id: "c-1", agent: "billing", bytes: 10 });
      expect(one.text).not.toContain(made.state);
      const listed = await world.send(name, `GET ${place}?agent=billing`);
      expect(at(listed.body, "items", 0, "id")).toBe("c-1");
      expect((await world.send(name, `GET ${place}/c-1`)).body).toMatchObject({
        code: "query_invalid",
        path: "/agent",
      });
    }
    for (const part of ["state", "writes"]) {
      const refused = await world.send("ana", `GET ${place}/c-1?agent=billing&include=${part}`);
      expect([refused.status, at(refused.body, "code")]).toEqual([403, "scope_missing"]);
      expect(refused.text).not.toContain(made.state);
    }
    const threads = await world.send("ana", "GET /threads?agent=billing&limit=1");
    expect(at(threads.body, "items", 0, "agent")).toBe("billing");
    const cursor = encodeURIComponent(textAt(threads.body, "next_cursor"));
    const next = await world.send("ana", `GET /threads?agent=billing&cursor=${cursor}`);
    expect(at(next.body, "items")).not.toContainEqual(at(threads.body, "items", 0));
    expect(await world.events()).toEqual([]);
  });

  test("is opened for people who administer, and the record says who read it", async () => {
    const read = await world.send("boss", `GET ${place}/c-1?agent=billing&include=state`);
    expect(at(read.body, "state")).toBe(made.state);
    const payload = { agent: "billing", thread: "secret", namespace: "", checkpoint: "c-1" };
    expect(await world.events()).toEqual([
      { type: "checkpoint.read", actor: "person boss", payload },
    ]);
    await world.send("boss", `GET ${place}/c-1?agent=billing&include=writes`);
    await world.send("boss", `GET ${place}/c-9?agent=billing&include=state`);
    expect(await world.events()).toMatchObject([{ type: "checkpoint.read" }]);
  });

  test("is copied and removed by people who administer only, on the record", async () => {
    const fork = `POST ${place}/c-1/fork?agent=billing`;
    expect((await world.send("ana", fork, { thread: "probe" })).status).toBe(403);
    expect((await world.send("boss", fork, { thread: "probe" })).body).toMatchObject({
      agent: "billing",
      thread: "probe",
    });
    for (const verb of [
      `DELETE ${place}/c-1?agent=billing`,
      "DELETE /threads/probe?agent=billing",
    ]) {
      expect((await world.send("ana", verb)).status).toBe(403);
      expect((await world.send("boss", verb)).status).toBe(200);
    }
    const events = await world.events();
    expect(events).toMatchObject([
      { type: "checkpoint.forked", actor: "person boss" },
      { type: "checkpoint.removed", payload: { thread: "secret", checkpoint: "c-1" } },
      { type: "checkpoint.removed", payload: { thread: "probe", checkpoint: null } },
    ]);
    expect((await world.send("billing", `GET ${place}/c-1`)).status).toBe(404);
  });
});
