// The event stream, however its bytes are cut.

import { expect, test } from "vitest";
import { parseEvents, type StreamEvent } from "./parse-events.ts";

async function parse(text: string, size: number): Promise<StreamEvent[]> {
  const bytes = new TextEncoder().encode(text);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  }
  const events: StreamEvent[] = [];
  for await (const event of parseEvents(chunks())) events.push(event);
  return events;
}

const stream =
  ': heartbeat\n\nid: 7\nevent: job.proposed\ndata: {"who":"Ünë"}\n\nid:8\r\ndata: a\r\ndata: b\r\n\r\nretry: 5\n\n';

test.for([1, 2, 3, 7, 1_000])("events are whole when %i bytes come at a time", async (size) => {
  await expect(parse(stream, size)).resolves.toEqual([
    { id: "7", type: "job.proposed", data: '{"who":"Ünë"}' },
    { id: "8", type: "message", data: "a\nb" },
  ]);
});

test("an event that the connection cut off is not given out", async () => {
  await expect(parse("id: 1\ndata: half", 5)).resolves.toEqual([]);
});
