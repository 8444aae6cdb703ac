// Reading a body: to its end, to the end of its signal, and until the reader has enough.

import { describe, expect, test } from "vitest";
import { chunksOf } from "./body.ts";

/** A body that has these chunks and then stands still, and hears of no signal. */
function standing(chunks: readonly string[]): { body: ReadableStream; cancelled: unknown[] } {
  const cancelled: unknown[] = [];
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(Buffer.from(chunk));
    },
    cancel(reason) {
      cancelled.push(reason);
    },
  });
  return { body, cancelled };
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += Buffer.from(chunk).toString();
  return text;
}

describe("the chunks of a body", () => {
  const { signal } = new AbortController();

  test("come in order, to the end", async () => {
    const body = new Blob(["one ", "two"]).stream();
    expect(await read(chunksOf(body, signal))).toBe("one two");
  });

  test("end with the reason of the signal, and the connection with them", async () => {
    const leaving = new AbortController();
    const { body, cancelled } = standing(["a"]);
    const reading = read(chunksOf(body, leaving.signal));
    const reason = new Error("gone away");
    leaving.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(cancelled).toEqual([reason]);
  });

  test("are not read at all once the signal aborted", async () => {
    const { body, cancelled } = standing(["a"]);
    await expect(read(chunksOf(body, AbortSignal.abort(new Error("before"))))).rejects.toThrow(
      "before",
    );
    expect(cancelled).toHaveLength(1);
  });

  test("are cancelled by whoever has enough", async () => {
    const { body, cancelled } = standing(["a", "b"]);
    for await (const chunk of chunksOf(body, signal)) {
      expect(chunk).toEqual(Buffer.from("a"));
      break;
    }
    expect(cancelled).toHaveLength(1);
  });

  test("fail as the body does", async () => {
    const broken = new ReadableStream({ start: (one) => one.error(new Error("cut")) });
    await expect(read(chunksOf(broken, signal))).rejects.toThrow("cut");
  });
});
