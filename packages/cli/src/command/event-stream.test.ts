// Following the server's events, over a fetch of the test's own.

import { afterEach, expect, test, vi } from "vitest";
import { followEvents } from "./event-stream.ts";

afterEach(() => vi.unstubAllGlobals());

test("ends with its signal, also where fetch does not listen to that any more", async () => {
  const stop = new AbortController();
  const event = { id: "1", type: "job.proposed", job: "j" };
  const body = new ReadableStream({
    start: (one) => one.enqueue(Buffer.from(`id: 1\ndata: ${JSON.stringify(event)}\n\n`)),
  });
  vi.stubGlobal("fetch", async () => new Response(body));
  const lost: string[] = [];
  const events = followEvents({
    url: "http://localhost",
    apiKey: undefined,
    signal: stop.signal,
    onOpen: () => undefined,
    onLost: (why) => lost.push(why),
  });
  expect((await events.next()).value).toEqual(event);
  const next = events.next();
  stop.abort();
  expect(await next).toEqual({ value: undefined, done: true });
  expect(lost).toEqual([]);
});
