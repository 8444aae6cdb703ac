// State at rest: another key, a changed row or a row in another's place opens nothing; keys are changed without a pause.

import { mkdtempSync, readFileSync, chmodSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningServer, startServer } from "@holdpoint/server";
import { at, call } from "../http.ts";
import {
  type AnotherServer,
  base64,
  type CheckpointWorld,
  sealKey,
  startCheckpointWorld,
} from "./checkpoint-world.ts";

let world: CheckpointWorld;

beforeAll(async () => {
  world = await startCheckpointWorld();
});
afterAll(() => world?.close());

type Server = Pick<AnotherServer, "send">;

async function save(server: Server, thread: string, text: string): Promise<void> {
  const body = { id: "c-1", codec: "text", state: base64(text) };
  const { status } = await server.send("billing", `POST /threads/${thread}/checkpoints`, body);
  expect(status).toBe(200);
  const write = { index: 0, channel: "out", codec: "text", data: base64(text) };
  const writes = { task: "t", writes: [write] };
  const place = `/threads/${thread}/checkpoints/c-1/writes`;
  expect((await server.send("billing", `POST ${place}`, writes)).status).toBe(200);
}

/** The state as text, or the code of the refusal. */
async function open(server: Server, thread: string, part = "state"): Promise<string> {
  const place = `/threads/${thread}/checkpoints/c-1?include=${part}`;
  const { status, body } = await server.send("billing", `GET ${place}`);
  if (status !== 200) return String(at(body, "code"));
  const coded = part === "state" ? at(body, "state") : at(body, "writes", 0, "data");
  return Buffer.from(String(coded), "base64").toString();
}

const change = (sql: string, ...values: readonly unknown[]): Promise<unknown> =>
  world.database.ask(sql, values);

describe("a key", () => {
  test("that is another one, or has another name, opens nothing, and the agent is told at once", async () => {
    await save(world, "keyed", "state");
    await using other = await world.startAnother({ sealKeys: `k2:${sealKey(2)}` });
    expect(await open(other, "keyed")).toBe("seal_key_unknown");
    expect(await open(other, "keyed", "writes")).toBe("seal_key_unknown");
    await using wrong = await world.startAnother({ sealKeys: `k1:${sealKey(2)}` });
    expect(await open(wrong, "keyed")).toBe("seal_broken");
    const reading = wrong.client("billing").checkpoints.latest("keyed");
    await expect(reading).rejects.toMatchObject({ code: "seal_broken", status: 500 });
    // What stands around the state is there all the same.
    expect((await other.send("billing", "GET /threads/keyed/checkpoints/c-1")).status).toBe(200);
    expect(await open(world, "keyed")).toBe("state");
  });

  test("is changed server by server, and the older opens what it sealed until it is taken away", async () => {
    await save(world, "before", "before");
    {
      await using both = await world.startAnother({
        sealKeys: `k2:${sealKey(2)},k1:${sealKey(1)}`,
      });
      expect(await open(both, "before")).toBe("before");
      await save(both, "after", "after");
      const copy = await both.send("billing", "POST /threads/before/checkpoints/c-1/fork", {
        thread: "copied",
      });
      expect(copy.status).toBe(200);
    }
    await using next = await world.startAnother({ sealKeys: `k2:${sealKey(2)}` });
    expect(await open(next, "after")).toBe("after");
    expect(await open(next, "copied")).toBe("before");
    expect(await open(next, "copied", "writes")).toBe("before");
    expect(await open(next, "before")).toBe("seal_key_unknown");
    expect(await open(world, "after")).toBe("seal_key_unknown");
  });
});

describe("a row", () => {
  test("that was damaged anywhere opens nothing", async () => {
    await save(world, "damaged", "a state ".repeat(50));
    const place = "thread = 'damaged' and agent = 'billing'";
    const [row] = await world.database.ask<{ length: number }>(
      `select length(sealed) as length from holdpoint.checkpoints where ${place}`,
    );
    const flip = `update holdpoint.checkpoints set sealed = set_byte(sealed, $1, get_byte(sealed, $1) # 1)
      where ${place}`;
    const length = row?.length ?? 0;
    for (const index of [0, 1, 2, 3, 8, 12, 40, length - 17, length - 1]) {
      await change(flip, index);
      expect([index, await open(world, "damaged")]).toEqual([
        index,
        expect.stringMatching(/^seal_(broken|key_unknown)$/),
      ]);
      await change(flip, index);
    }
    expect(await open(world, "damaged")).toBe("a state ".repeat(50));
    const set = (what: string): Promise<unknown> =>
      change(`update holdpoint.checkpoints set ${what} where ${place}`);
    await set("sealed = substr(sealed, 1, length(sealed) - 1)");
    expect(await open(world, "damaged")).toBe("seal_broken");
    await set("sealed = ''");
    expect(await open(world, "damaged")).toBe("seal_broken");
  });

  test("whose codec, digest or length was changed opens nothing", async () => {
    await save(world, "facts", "state");
    const changes = [
      ["codec = 'pickle'", "codec = 'text'"],
      [`digest = 'sha256:${"0".repeat(64)}'`, null],
      ["bytes = bytes + 1", "bytes = bytes - 1"],
    ] as const;
    const [kept] = await world.database.ask<{ digest: string }>(
      "select digest from holdpoint.checkpoints where thread = 'facts'",
    );
    for (const [what, back] of changes) {
      await change(`update holdpoint.checkpoints set ${what} where thread = 'facts'`);
      expect([what, await open(world, "facts")]).toEqual([what, "seal_broken"]);
      const undo = back ?? `digest = '${kept?.digest ?? ""}'`;
      await change(`update holdpoint.checkpoints set ${undo} where thread = 'facts'`);
    }
    expect(await open(world, "facts")).toBe("state");
    await change("update holdpoint.checkpoint_writes set channel = 'in' where thread = 'facts'");
    expect(await open(world, "facts", "writes")).toBe("seal_broken");
  });

  test("in the place of another one opens nothing, not even with the same text in both", async () => {
    for (const thread of ["left", "right"]) await save(world, thread, "the same");
    const swap = `update holdpoint.%s a set sealed = b.sealed from holdpoint.%s b
      where a.thread in ('left', 'right') and b.thread in ('left', 'right') and a.thread <> b.thread`;
    for (const table of ["checkpoints", "checkpoint_writes"]) {
      await change(swap.replaceAll("%s", table));
    }
    for (const thread of ["left", "right"]) {
      expect(await open(world, thread)).toBe("seal_broken");
      expect(await open(world, thread, "writes")).toBe("seal_broken");
    }
    for (const table of ["checkpoints", "checkpoint_writes"]) {
      await change(swap.replaceAll("%s", table));
    }
    expect(await open(world, "left")).toBe("the same");
  });

  test("that was given to another agent opens nothing for it", async () => {
    await save(world, "given", "state");
    await change("update holdpoint.checkpoints set agent = 'mail' where thread = 'given'");
    const place = "/threads/given/checkpoints/c-1?include=state";
    const { body } = await world.send("mail", `GET ${place}`);
    expect(at(body, "code")).toBe("seal_broken");
  });
});

describe("a server without keys in its settings", () => {
  const start = (dir: string, more: object = {}): Promise<RunningServer> =>
    startServer({ port: 0, dev: true, dataDir: dir, logLevel: "silent", ...more });

  test("on PostgreSQL does not start, and says what to set", async () => {
    const starting = world.startAnother({ sealKeys: null, dev: false });
    await expect(starting).rejects.toMatchObject({ code: "seal_key_missing" });
    await expect(starting).rejects.toThrow("HOLDPOINT_SEAL_KEYS");
  });

  test("on the embedded database makes a private file once, and needs it from then on", async () => {
    const dir = mkdtempSync(join(tmpdir(), "holdpoint-seal-"));
    const file = join(dir, "seal-keys");
    const place = "/threads/t/checkpoints";
    const state = base64("embedded");
    let server = await start(dir);
    try {
      const body = { id: "c-1", codec: "text", state };
      const saves = [1, 2, 3].map(() => call(server.url, "POST", place, { body }));
      for (const { status } of await Promise.all(saves)) expect(status).toBe(200);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const kept = readFileSync(file, "utf8");
      expect(kept).toMatch(/^file-[0-9a-f]{8}:[A-Za-z0-9+/]{43}=\n$/);
      await server.close();

      server = await start(dir);
      const read = await call(server.url, "GET", `${place}/c-1?include=state`);
      expect(at(read.body, "state")).toBe(state);
      expect(readFileSync(file, "utf8")).toBe(kept);
      await server.close();

      // A key in front of it seals from then on; the file's own opens what it sealed.
      writeFileSync(file, `k2:${sealKey(2)}\n${kept}`);
      server = await start(dir);
      await call(server.url, "POST", place, { body: { ...body, id: "c-2" } });
      for (const id of ["c-1", "c-2"]) {
        const one = await call(server.url, "GET", `${place}/${id}?include=state`);
        expect(at(one.body, "state")).toBe(state);
      }
      await server.close();

      chmodSync(file, 0o640);
      await expect(start(dir)).rejects.toThrow("chmod 600");
      chmodSync(file, 0o600);
      writeFileSync(file, "");
      await expect(start(dir)).rejects.toMatchObject({ code: "config_invalid" });
      rmSync(file);
      server = await start(dir);
      const lost = await call(server.url, "GET", `${place}/c-1?include=state`);
      expect(at(lost.body, "code")).toBe("seal_key_unknown");
    } finally {
      await server.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
