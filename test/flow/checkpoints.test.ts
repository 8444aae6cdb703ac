// Agents' saved state over HTTP and the SDK: whole, once, theirs alone, and shown to people by their right.

import { randomBytes } from "node:crypto";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultKeeping } from "@holdpoint/server/config/keeping";
import { at, textAt } from "../http.ts";
import {
  base64,
  type CheckpointWorld,
  digestOf,
  startCheckpointWorld,
} from "./checkpoint-world.ts";

let world: CheckpointWorld;

beforeAll(async () => {
  world = await startCheckpointWorld();
});
afterAll(() => world?.close());

const made = { codec: "json", state: base64('{"step":1}') };

describe("an agent", () => {
  test("saves its state and reads it on another server", async () => {
    const body = { ...made, id: "c-1", parent: "c-0", step: 3, run: "run-1" };
    const saved = await world.send("billing", "POST /threads/t-1/checkpoints", body);
    expect(saved.status).toBe(200);
    const head = {
      id: "c-1",
      agent: "billing",
      thread: "t-1",
      namespace: "",
      run: "run-1",
      parent: "c-0",
      step: 3,
      codec: "json",
      bytes: 10,
      digest: digestOf('{"step":1}'),
      forked_from: null,
      resumptions: [],
    };
    expect(saved.body).toMatchObject(head);
    await using other = await world.startAnother({});
    const place = "/threads/t-1/checkpoints";
    const plain = await other.send("billing", `GET ${place}/c-1`);
    expect(plain.body).toEqual(saved.body);
    const whole = await other.send("billing", `GET ${place}/latest?include=state,writes`);
    expect(whole.body).toEqual({ ...saved.body, state: made.state, writes: [] });
    const listed = await other.send("billing", `GET ${place}`);
    expect(listed.body).toEqual({ items: [saved.body], next_cursor: null });
    expect(await world.events()).toEqual([]);
  });

  test("gets 10 MiB back byte for byte; at rest they are small and not to be read", async () => {
    const line = '{"role":"user","content":"the card is 4242 4242"}\n';
    const state = Buffer.concat([
      Buffer.from(line.repeat(Math.floor(10_480_000 / line.length))),
      randomBytes(5_760),
    ]);
    const hp = world.client("billing");
    const view = await hp.checkpoints.save("large", { id: "big", codec: "text", state });
    expect(view).toMatchObject({ bytes: state.length, digest: digestOf(state) });
    const saved = await hp.checkpoints.latest("large");
    expect(Buffer.from(saved?.state ?? []).equals(state)).toBe(true);
    const [row] = await world.database.ask<{ sealed: Buffer }>(
      "select sealed from holdpoint.checkpoints where thread = 'large'",
    );
    expect(row?.sealed.length).toBeLessThan(1_000_000);
    expect(row?.sealed.includes("4242")).toBe(false);
  });

  test("is told size and limit when the state is too large, and nothing is kept", async () => {
    const keeping = { ...defaultKeeping, checkpointBytesMax: 1_048_576 };
    await using small = await world.startAnother({ keeping });
    const { checkpoints } = small.client("billing");
    const state = Buffer.alloc(1_048_576);
    await checkpoints.save("limit", { codec: "bin", state });
    const over = checkpoints.save("limit", { codec: "bin", state: Buffer.alloc(1_048_577) });
    await expect(over).rejects.toMatchObject({
      code: "checkpoint_too_large",
      status: 413,
      problem: { facts: { bytes: 1_048_577, bytes_max: 1_048_576 } },
    });
    const farOver = checkpoints.save("limit", { codec: "bin", state: Buffer.alloc(9_000_000) });
    await expect(farOver).rejects.toMatchObject({
      code: "checkpoint_too_large",
      problem: { facts: { bytes_max: 1_048_576 } },
    });
    const write = { task: "t", writes: [{ index: 0, channel: "c", codec: "bin" }] };
    const data = Buffer.alloc(1_048_577);
    const writes = write.writes.map((one) => ({ ...one, data }));
    await expect(checkpoints.write("limit", "c", { ...write, writes })).rejects.toMatchObject({
      code: "checkpoint_too_large",
    });
    const kept = await all(checkpoints.list("limit"));
    expect(kept.map(({ bytes }) => bytes)).toEqual([1_048_576]);
  });

  test("saves an id once; another state needs another id, or takes the place", async () => {
    const place = "POST /threads/once/checkpoints";
    const first = await world.send("billing", place, { ...made, id: "c-1" });
    const again = await world.send("billing", place, { ...made, id: "c-1", step: 9 });
    expect([again.status, again.body]).toEqual([200, first.body]);
    const other = { ...made, id: "c-1", state: base64("other") };
    const refused = await world.send("billing", place, other);
    expect(refused.body).toMatchObject({
      code: "checkpoint_exists",
      facts: { digest: digestOf('{"step":1}') },
    });
    const replaced = await world.send("billing", place, { ...other, replace: true });
    expect(replaced.body).toMatchObject({ digest: digestOf("other") });
    const unnamed = await world.send("billing", place, made);
    expect(textAt(unnamed.body, "id")).toMatch(/^ckp_/);
  });

  test("is refused what is not base64, a wrong digest, and names that are none", async () => {
    const wrong = [
      [{ state: "a" }, "checkpoint_state_invalid"],
      [{ state: "YWJj*A==" }, "checkpoint_state_invalid"],
      [{ state: "YW Jj" }, "checkpoint_state_invalid"],
      [{ state: "YWJj=" }, "checkpoint_state_invalid"],
      [{ digest: digestOf("x") }, "checkpoint_digest_mismatch"],
      [{ id: "latest" }, "request_invalid"],
      [{ id: ".." }, "request_invalid"],
      [{ codec: "" }, "request_invalid"],
      [{ codec: "a b" }, "request_invalid"],
      [{ agent: "mail" }, "request_invalid"],
      [{ id: "a\u0000b" }, "json_null_character"],
    ] as const;
    for (const [more, code] of wrong) {
      const place = "POST /threads/wrong/checkpoints";
      const { body } = await world.send("billing", place, { ...made, ...more });
      expect([more, at(body, "code")]).toEqual([more, code]);
    }
    const long = await world.send("billing", `POST /threads/${"x".repeat(300)}/checkpoints`, made);
    expect(at(long.body, "code")).toBe("query_invalid");
    const listed = await world.send("billing", "GET /threads/wrong/checkpoints");
    expect(at(listed.body, "items")).toEqual([]);
  });

  test("names threads and checkpoints as it likes", async () => {
    const { checkpoints } = world.client("billing");
    for (const name of ["a/b?c#d", "%2F", "...", "ü \u2028 \"'", "latest "]) {
      const state = Buffer.from(name);
      await checkpoints.save(name, { id: name, codec: "text", state }, { namespace: name });
      const saved = await checkpoints.read(name, name, { namespace: name });
      expect(Buffer.from(saved?.state ?? []).toString()).toBe(name);
      expect(await checkpoints.read(name, name)).toBeNull();
      expect(await checkpoints.delete(name, name, { namespace: name })).toBe(true);
      expect(await checkpoints.delete(name, name, { namespace: name })).toBe(false);
    }
    // Addresses cannot hold these.
    for (const name of [".", ".."]) {
      const saving = checkpoints.save(name, { codec: "text", state: Buffer.from("s") });
      await expect(saving).rejects.toThrow(TypeError);
    }
  });

  test("reads page by page, from before a checkpoint, in a namespace or in all", async () => {
    const { checkpoints } = world.client("billing");
    for (const id of ["1", "2", "3", "4"]) {
      const namespace = id === "3" ? "part" : "";
      const state = Buffer.from(id);
      await checkpoints.save("paged", { id, codec: "text", state }, { namespace });
    }
    const ids = async (options?: object): Promise<string[]> =>
      (await all(checkpoints.list("paged", options))).map(({ id }) => id);
    expect(await ids()).toEqual(["4", "3", "2", "1"]);
    expect(await ids({ namespace: "" })).toEqual(["4", "2", "1"]);
    expect(await ids({ before: "4" })).toEqual(["3", "2", "1"]);
    expect(await ids({ namespace: "", before: "4" })).toEqual(["2", "1"]);
    const place = "GET /threads/paged/checkpoints";
    const first = await world.send("billing", `${place}?limit=3`);
    const cursor = textAt(first.body, "next_cursor");
    const rest = await world.send("billing", `${place}?limit=3&cursor=${cursor}`);
    expect(at(rest.body, "items", 0, "id")).toBe("1");
    expect(at(rest.body, "next_cursor")).toBeNull();
    const wrong = await world.send("billing", `${place}?cursor=x`);
    expect(at(wrong.body, "code")).toBe("cursor_invalid");
    const unknown = await world.send("billing", `${place}?before=nothing`);
    expect(at(unknown.body, "code")).toBe("checkpoint_not_found");
  });

  test("keeps what tasks wrote beside a checkpoint, also before it comes", async () => {
    const { checkpoints } = world.client("billing");
    const write = (index: number, text: string, task = "t-1"): Promise<unknown> => {
      const one = { index, channel: "out", codec: "text", data: Buffer.from(text) };
      return checkpoints.write("written", "c-1", { task, taskPath: "~", writes: [one] });
    };
    await write(0, "first");
    await write(0, "second");
    await write(-1, "first");
    await write(-1, "second");
    await write(0, "beside", "t-2");
    await checkpoints.save("written", { id: "c-1", codec: "text", state: Buffer.from("s") });
    const saved = await checkpoints.read("written", "c-1", { writes: true });
    const told = saved?.writes.map(({ task, taskPath, index, channel, data }) =>
      [task, taskPath, index, channel, Buffer.from(data).toString()].join(" "),
    );
    expect(told).toEqual(["t-1 ~ -1 out second", "t-1 ~ 0 out first", "t-2 ~ 0 out beside"]);
    const twice = [0, 0, -1, -1].map((index, place) => ({
      index,
      channel: "out",
      codec: "text",
      data: base64(String(place)),
    }));
    const place = "/threads/written/checkpoints/c-2";
    await world.send("billing", `POST ${place}/writes`, { task: "t", writes: twice });
    await world.send("billing", "POST /threads/written/checkpoints", { ...made, id: "c-2" });
    const { body } = await world.send("billing", `GET ${place}?include=writes`);
    expect(at(body, "writes", 0, "data")).toBe(base64("3"));
    expect(at(body, "writes", 1, "data")).toBe(base64("0"));
    expect(at(body, "state")).toBeUndefined();
  });

  test("removes a thread in all its namespaces", async () => {
    const { checkpoints } = world.client("billing");
    const state = Buffer.from("s");
    await checkpoints.save("gone", { codec: "text", state });
    await checkpoints.save("gone", { codec: "text", state }, { namespace: "part" });
    expect(await checkpoints.deleteThread("gone")).toBe(2);
    expect(await checkpoints.deleteThread("gone")).toBe(0);
    expect(await checkpoints.latest("gone")).toBeNull();
    expect(await world.events()).toEqual([]);
  });
});

describe("a copy", () => {
  test("opens in its new place, with its writes, and says where it comes from", async () => {
    const { checkpoints } = world.client("billing");
    const state = Buffer.from("what it knew");
    const data = Buffer.from("what it did");
    const writes = [{ index: 0, channel: "out", codec: "text", data }];
    await checkpoints.save("what", { id: "c-1", parent: "c-0", codec: "text", state });
    await checkpoints.write("what", "c-1", { task: "t", writes });
    const copy = await checkpoints.fork("what", "latest", { thread: "what-if" });
    expect(copy).toMatchObject({
      id: "c-1",
      thread: "what-if",
      parent: null,
      forked_from: { thread: "what", namespace: "", id: "c-1" },
    });
    const opened = await checkpoints.latest("what-if", { writes: true });
    expect(Buffer.from(opened?.state ?? []).equals(state)).toBe(true);
    expect(Buffer.from(opened?.writes[0]?.data ?? []).equals(data)).toBe(true);
    const beside = await checkpoints.fork("what", "c-1", { thread: "what" });
    expect(beside).toMatchObject({ thread: "what", parent: "c-0" });
    expect(beside.id).not.toBe("c-1");
    expect(await world.events()).toMatchObject([
      {
        type: "checkpoint.forked",
        actor: "agent billing",
        payload: {
          agent: "billing",
          thread: "what-if",
          checkpoint: "c-1",
          from: { thread: "what", namespace: "", checkpoint: "c-1" },
        },
      },
      { type: "checkpoint.forked", payload: { thread: "what", checkpoint: beside.id } },
    ]);
  });

  test("takes nobody's place, and there is none of what is not there", async () => {
    const { checkpoints } = world.client("billing");
    for (const thread of ["from", "to"]) {
      await checkpoints.save(thread, { id: "c-1", codec: "text", state: Buffer.from(thread) });
    }
    const taken = checkpoints.fork("from", "c-1", { thread: "to" });
    await expect(taken).rejects.toMatchObject({ code: "checkpoint_exists" });
    const missing = checkpoints.fork("from", "c-9", { thread: "to" });
    await expect(missing).rejects.toMatchObject({ code: "checkpoint_not_found" });
    expect(await world.events()).toEqual([]);
  });
});

describe("a server", () => {
  test("bounds what stands beside one checkpoint, however small it is packed and in how many calls", async () => {
    const { checkpoints } = world.client("billing");
    const data = Buffer.alloc(16_000_000);
    const write = (task: string) =>
      checkpoints.write("many", "c-1", {
        task,
        writes: [{ index: 0, channel: "out", codec: "bin", data }],
      });
    for (const task of ["a", "b", "c", "d"]) await write(task);
    // The same again after a lost answer takes no more room.
    await write("d");

    await expect(write("e")).rejects.toMatchObject({ code: "checkpoint_too_large", status: 413 });

    await checkpoints.save("many", { id: "c-1", codec: "text", state: Buffer.from("s") });
    const kept = await checkpoints.read("many", "c-1", { writes: true });
    expect(kept?.writes.map(({ task }) => task)).toEqual(["a", "b", "c", "d"]);
  });

  test("takes so much state at once, and says to try again", async () => {
    const uploads = [0, 1, 2, 3, 4].map(startUpload);
    const refused = await Promise.race(uploads.map(({ answer }) => answer));
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([503, "1"]);
    expect(JSON.parse(await text(refused))).toMatchObject({ code: "states_full" });
    // What is small always has room.
    const small = await world.send("billing", "POST /threads/room/checkpoints", made);
    expect(small.status).toBe(200);
    // Whoever holds room by sending slowly holds it from nobody else.
    const large = { codec: "bin", state: Buffer.alloc(16_000_000).toString("base64") };
    expect((await world.send("mail", "POST /threads/room/checkpoints", large)).status).toBe(200);
    for (const { sending } of uploads) sending.destroy();
    const state = Buffer.alloc(16_000_000);
    await world.client("billing").checkpoints.save("room", { codec: "bin", state });
  });

  test("removes what is over, and nothing sooner", async () => {
    const { checkpoints } = world.client("billing");
    await checkpoints.save("old", { id: "c-1", codec: "text", state: Buffer.from("old") });
    world.clock.move(defaultKeeping.checkpointMs - 1);
    world.server.engine.hub.work();
    expect(await checkpoints.latest("old")).not.toBeNull();
    world.clock.move(600_001);
    world.server.engine.hub.work();
    while ((await checkpoints.latest("old")) !== null) await nextTurn();
    const [left] = await world.database.ask<{ count: string }>(
      "select count(*) as count from holdpoint.checkpoints where thread = 'old'",
    );
    expect(Number(left?.count)).toBe(0);
  });
});

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

interface Upload {
  readonly sending: ClientRequest;
  readonly answer: Promise<IncomingMessage>;
}

/** A body that says how long it is and then does not come. */
function startUpload(): Upload {
  const sending = request(`${world.url}/api/v1/threads/room/checkpoints`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": 22_000_000 },
  });
  sending.on("error", () => undefined);
  const answer = new Promise<IncomingMessage>((resolve) => sending.once("response", resolve));
  sending.write("{");
  return { sending, answer };
}
