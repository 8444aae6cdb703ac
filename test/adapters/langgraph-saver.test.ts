// The checkpoint saver against LangGraph's own suite, and what the suite does not ask.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startServer } from "@holdpoint/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Checkpoint,
  deltaChannelHistoryTests,
  emptyCheckpoint,
  Holdpoint,
  HoldpointSaver,
  uuid6,
  validate,
} from "../../examples/langgraph/test/saver-suite.ts";

let folder: string;
let server: Awaited<ReturnType<typeof startServer>>;
let hp: Holdpoint;

async function open(): Promise<void> {
  folder = await mkdtemp(path.join(tmpdir(), "holdpoint-saver-"));
  server = await startServer({
    port: 0,
    dataDir: path.join(folder, "data"),
    dev: true,
    logLevel: "silent",
  });
  hp = new Holdpoint({ url: server.url });
}

async function close(): Promise<void> {
  hp.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
}

/** The suite wants a saver that knows nothing yet. */
async function emptySaver(): Promise<HoldpointSaver> {
  for await (const { thread } of hp.checkpoints.threads())
    await hp.checkpoints.deleteThread(thread);
  return new HoldpointSaver(hp);
}

const initializer = {
  checkpointerName: "HoldpointSaver",
  beforeAll: open,
  beforeAllTimeout: 60_000,
  afterAll: close,
  createCheckpointer: emptySaver,
};

validate(initializer);

describe("beside the suite", () => {
  beforeAll(open);
  afterAll(close);

  deltaChannelHistoryTests({ ...initializer, checkpointerName: "HoldpointSaver, deltas" });

  const metadata = { source: "loop" as const, step: 0, parents: {} };

  /** A checkpoint with one channel, one version on from its parent's. */
  function checkpointOf(values: Record<string, unknown>, version: number): Checkpoint {
    const channel_versions = Object.fromEntries(Object.keys(values).map((name) => [name, version]));
    return { ...emptyCheckpoint(), id: uuid6(version), channel_values: values, channel_versions };
  }

  /** A client whose calls of the API are counted. */
  function counted(): { client: Holdpoint; calls: string[] } {
    const calls: string[] = [];
    const client = new Holdpoint({
      url: server.url,
      fetch(input, init) {
        calls.push(`${init?.method ?? "GET"} ${new URL(String(input)).pathname}`);
        return fetch(input, init);
      },
    });
    return { client, calls };
  }

  test("a save is one call of the server, and so is a read", async () => {
    const { client, calls } = counted();
    const saver = new HoldpointSaver(client);
    const thread = { configurable: { thread_id: "one-call" } };
    const first = await saver.put(thread, checkpointOf({ a: 1 }, 1), metadata, { a: 1 });
    const child = { ...checkpointOf({ a: 1, b: 2 }, 2), channel_versions: { a: 1, b: 2 } };

    await saver.put(first, child, metadata, { b: 2 });
    expect(calls).toHaveLength(2);
    const found = await saver.getTuple(thread);

    expect(calls).toHaveLength(3);
    expect(found?.checkpoint.channel_values).toEqual({ a: 1, b: 2 });
  });

  test("a checkpoint is whole when its ancestors are gone", async () => {
    const saver = new HoldpointSaver(hp);
    const thread = { configurable: { thread_id: "whole" } };
    const first = await saver.put(thread, checkpointOf({ a: "kept" }, 1), metadata, { a: 1 });
    // LangGraph hands over what changed and trusts the store for the rest.
    const child = { ...checkpointOf({ b: 2 }, 2), channel_versions: { a: 1, b: 2 } };
    const second = await new HoldpointSaver(hp).put(first, child, metadata, { b: 2 });
    await hp.checkpoints.delete("whole", String(first.configurable?.["checkpoint_id"]));

    const found = await saver.getTuple(second);

    expect(found?.checkpoint.channel_values).toEqual({ a: "kept", b: 2 });
  });

  test("the first write of a position stays, and the last of an error", async () => {
    const saver = new HoldpointSaver(hp);
    const thread = { configurable: { thread_id: "writes" } };
    const at = await saver.put(thread, checkpointOf({ a: 1 }, 1), metadata, { a: 1 });

    await saver.putWrites(at, [["a", "first"]], "task");
    await saver.putWrites(at, [["a", "second"]], "task");
    await saver.putWrites(at, [["__error__", "first"]], "task");
    await saver.putWrites(at, [["__error__", "second"]], "task");

    expect((await saver.getTuple(at))?.pendingWrites).toEqual([
      ["task", "__error__", "second"],
      ["task", "a", "first"],
    ]);
  });

  test("writes that come before their checkpoint are there with it", async () => {
    const saver = new HoldpointSaver(hp);
    const checkpoint = checkpointOf({ a: 1 }, 1);
    const thread = { thread_id: "early", checkpoint_ns: "" };
    const at = { configurable: { ...thread, checkpoint_id: checkpoint.id } };

    await saver.putWrites(at, [["a", 2]], "task");
    await saver.put({ configurable: thread }, checkpoint, metadata, { a: 1 });

    expect((await saver.getTuple(at))?.pendingWrites).toEqual([["task", "a", 2]]);
  });

  test("bytes, dates, and names that mean something to JavaScript come back as they were", async () => {
    const saver = new HoldpointSaver(hp);
    const values = {
      bytes: new Uint8Array([0, 255, 7]),
      nested: JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as unknown,
      long: "ü".repeat(100_000),
    };
    const checkpoint = checkpointOf(values, 1);
    const { channel_versions: versions } = checkpoint;

    const at = await saver.put(
      { configurable: { thread_id: "a/b ?#%__proto__", checkpoint_ns: "x:1|y:2" } },
      checkpoint,
      metadata,
      versions,
    );

    const found = await new HoldpointSaver(hp).getTuple(at);
    expect(found?.checkpoint.channel_values["bytes"]).toEqual(values.bytes);
    expect(found?.checkpoint.channel_values["long"]).toBe(values.long);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("what is no thread of LangGraph is refused", async () => {
    const state = new TextEncoder().encode('"notes of another program"');
    await hp.checkpoints.save("foreign", { codec: "text", state });

    const read = new HoldpointSaver(hp).getTuple({ configurable: { thread_id: "foreign" } });

    await expect(read).rejects.toThrow(/codec is text/);
  });
});
