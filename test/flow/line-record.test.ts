// The record as a stream that resumes, the policy file that reloads, and a server that stops while clients wait.

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EventItem, type Line, linePolicy, startLine, stopLine } from "./line-world.ts";

let line: Line;

beforeAll(async () => {
  line = await startLine();
});

afterAll(() => stopLine(line));

/** An open event stream, read frame by frame. */
class Stream {
  readonly #stop = new AbortController();
  readonly #frames: AsyncGenerator<EventItem>;

  constructor(of: Line, lastEventId: string | null, query = "") {
    const headers = lastEventId === null ? {} : { "last-event-id": lastEventId };
    this.#frames = this.#read(
      fetch(of.url(`/events${query}`), { headers, signal: this.#stop.signal }),
    );
  }

  async take(count: number): Promise<readonly EventItem[]> {
    const events: EventItem[] = [];
    while (events.length < count) {
      const { value, done } = await this.#frames.next();
      if (done === true) break;
      events.push(value);
    }
    return events;
  }

  /** Everything up to the end that the server makes. */
  async rest(): Promise<readonly EventItem[]> {
    return this.take(Number.POSITIVE_INFINITY);
  }

  close(): void {
    this.#stop.abort();
  }

  async *#read(opening: Promise<Response>): AsyncGenerator<EventItem> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of (await opening).body ?? []) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const frames = rest.split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) {
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        const id = /^id: (.*)$/m.exec(frame)?.[1];
        if (data === undefined) continue;
        const event = JSON.parse(data) as EventItem;
        expect(id).toBe(event.cursor);
        yield event;
      }
    }
  }
}

async function run(of: Line): Promise<string> {
  const id = of.jobId();
  const { body } = await of.propose("job.files.read", { job_id: id });
  await of.redeem("job.files.read", body.grant?.token ?? "");
  await of.post(`/jobs/${id}/outcome`, { status: "SUCCEEDED" });
  return id;
}

describe("the event stream", () => {
  it("goes on after the last event that a client had, without gap or repeat", async () => {
    const first = new Stream(line, "0-0");
    await run(line);
    await run(line);
    const head = await first.take(4);
    first.close();

    await run(line);
    const second = new Stream(line, head.at(-1)?.cursor ?? "");
    await run(line);
    const all = (await line.get("/audit/events?limit=200")).body.items ?? [];
    const tail = await second.take(all.length - 4);
    second.close();

    expect([...head, ...tail].map((event) => event.cursor)).toEqual(
      all.map((event) => event.cursor),
    );
  });

  it("takes the place from the address too, and shows one job when asked", async () => {
    const id = await run(line);
    await run(line);
    const stream = new Stream(line, null, `?job=${id}&last_event_id=0-0`);

    const events = await stream.take(3);
    stream.close();

    expect(events.map((event) => [event.job_id, event.type])).toEqual([
      [id, "job.proposed"],
      [id, "grant.redeemed"],
      [id, "job.succeeded"],
    ]);
  });

  it("refuses a place that it never gave out", async () => {
    const { status, body } = await line.get("/events", {
      headers: { "last-event-id": "yesterday" },
    });
    expect([status, body.code]).toEqual([400, "cursor_invalid"]);
  });
});

describe("the policy file", () => {
  it("is taken when it changes; one that does not load leaves the running policy", async () => {
    const watched = await startLine({ isWatched: true, config: { logLevel: "info" } });
    const place = path.join(watched.folder, "policy.yaml");
    const active = async (): Promise<string> =>
      (await watched.get("/policies/active")).body.digest ?? "";
    const before = await active();

    await writeFile(place, linePolicy.replace("rules:", "rulez:"));
    await watched.log.says("the running policy stays");
    expect(await active()).toBe(before);
    expect((await watched.propose("job.files.read")).body.decision).toBe("ALLOW");

    await writeFile(place, linePolicy.replace("decision: allow\n", "decision: deny\n"));
    const stream = new Stream(watched, "0-0");
    const events = await stream.take(4);
    stream.close();

    expect(events.map((event) => event.type)).toEqual([
      "policy.activated",
      "policy.refused",
      "job.proposed",
      "policy.activated",
    ]);
    expect(await active()).not.toBe(before);
    expect((await watched.propose("job.files.read")).body.decision).toBe("DENY");
    await stopLine(watched);
  });
});

describe("a server that stops", () => {
  it("answers who waits, ends the streams, and takes nobody new", async () => {
    const stopping = await startLine();
    const id = stopping.jobId();
    await stopping.propose("job.db.delete", { job_id: id });
    const waits = [1, 2, 3].map(() => stopping.get(`/jobs/${id}/wait?timeout=60`));
    const stream = new Stream(stopping, "0-0");
    const [activated, proposed] = await stream.take(2);
    await stopping.waiting(waits.length);

    await stopping.server.close();

    for (const { status, body } of await Promise.all(waits)) {
      expect([status, body.job?.state]).toEqual([200, "APPROVAL"]);
    }
    expect([activated?.type, proposed?.type]).toEqual(["policy.activated", "job.proposed"]);
    const rest = await stream.rest();
    expect(rest.every(({ type }) => type.startsWith("notice."))).toBe(true);
    await expect(stopping.get("/me")).rejects.toThrow();
    await stopLine(stopping);
  });

  it("has lost nothing when it comes back", async () => {
    const first = await startLine();
    const id = first.jobId();
    await first.propose("job.db.delete", { job_id: id });
    await first.post(`/approvals/${id}/approve`);
    await first.server.close();

    const second = await first.again();
    const { body } = await second.get(`/jobs/${id}`);
    const redeemed = await second.redeem("job.db.delete", body.grant?.token ?? "");

    expect([body.job?.state, redeemed.status]).toEqual(["APPROVED", 200]);
    expect((await second.types(id)).at(-1)).toBe("grant.redeemed");
    await stopLine(second);
  });
});
