// Webhooks as their receiver sees them: signed, tried again under one id, given up when the receiver is gone.

import { EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Line, startLine, stopLine } from "./line-world.ts";

const secret = `whsec_${Buffer.from("a secret of thirty-two bytes ok!").toString("base64")}`;

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Receives and answers as told, and keeps everything that came. */
class Receiver {
  readonly #bell = new EventEmitter();
  readonly #messages: Received[] = [];
  readonly server: Server;
  /** Statuses of the next answers about a job; 200 when none is left. */
  readonly statuses = new Map<string, number[]>();

  constructor() {
    this.server = createServer((request, response) => {
      void text(request).then((body) => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        const message = { headers, body };
        response.writeHead(this.statuses.get(jobOf(message))?.shift() ?? 200).end();
        this.#messages.push(message);
        this.#bell.emit("message");
      });
    });
  }

  /** The n-th message about a job, once it is there. */
  async message(job: string, nth: number): Promise<Received> {
    for (;;) {
      const found = this.about(job)[nth - 1];
      if (found !== undefined) return found;
      await once(this.#bell, "message");
    }
  }

  about(job: string): readonly Received[] {
    return this.#messages.filter((message) => jobOf(message) === job);
  }
}

function jobOf({ body }: Received): string {
  return (JSON.parse(body) as { data: { job: { id: string } } }).data.job.id;
}

let receiver: Receiver;
let line: Line;

beforeAll(async () => {
  receiver = new Receiver();
  receiver.server.listen(0, "127.0.0.1");
  await once(receiver.server, "listening");
  const { port } = receiver.server.address() as AddressInfo;
  const webhooks = [{ name: "default", url: `http://127.0.0.1:${port}/hook`, secret }];
  // The verifier of the specification compares with the time of the day.
  line = await startLine({ config: { webhooks }, startAt: Date.now() });
});

afterAll(async () => {
  await stopLine(line);
  receiver.server.close();
});

async function held(...statuses: readonly number[]): Promise<string> {
  const id = line.jobId();
  receiver.statuses.set(id, [...statuses]);
  await line.propose("job.db.delete", { job_id: id });
  return id;
}

/** Until the record says how the delivery of a job's message to the webhook ended. */
async function settled(id: string, type: string): Promise<Record<string, unknown>> {
  for await (const event of eventsOf(id)) {
    if (event.type === type && event.payload["channel"] === "webhook:default") return event.payload;
  }
  throw new Error("the stream ended");
}

interface Streamed {
  readonly type: string;
  readonly payload: Record<string, unknown>;
}

async function* eventsOf(id: string): AsyncGenerator<Streamed> {
  const place = line.url(`/events?job=${id}&last_event_id=0-0`);
  const stop = new AbortController();
  const response = await fetch(place, { signal: stop.signal });
  let rest = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const frames = rest.split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) {
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (data !== undefined) yield JSON.parse(data) as Streamed;
      }
    }
  } finally {
    stop.abort();
  }
}

describe("a webhook", () => {
  it("is signed as Standard Webhooks says, and tells what is asked", async () => {
    const id = await held();
    const { headers, body } = await receiver.message(id, 1);

    const verified = new Webhook(secret).verify(body, headers) as Record<string, unknown>;
    expect(verified).toMatchObject({ type: "approval.requested", data: { job: { id } } });
    expect(() => new Webhook(secret).verify(body.replace(id, "job-x"), headers)).toThrow();
    const other = `whsec_${Buffer.from("another secret of the same size!").toString("base64")}`;
    expect(() => new Webhook(other).verify(body, headers)).toThrow();
  });

  it("tells how a hold was resolved", async () => {
    const id = await held();
    await line.post(`/approvals/${id}/reject`, { reason: "no" });

    const { body, headers } = await receiver.message(id, 2);
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({
      type: "approval.resolved",
      data: { job: { id, state: "REJECTED" } },
    });
  });

  it("is tried again with the same id after a failure, and then no more", async () => {
    const id = await held(500, 503);
    const first = await receiver.message(id, 1);
    const delivery = first.headers["webhook-id"] ?? "";
    for (const attempt of [1, 2]) {
      await line.settlements.times(delivery, attempt);
      line.pass(3_000);
      await receiver.message(id, attempt + 1);
    }
    const payload = await settled(id, "notice.delivered");

    // The hold ends too, and what is told of that comes after anything that was still to be tried.
    line.pass(3_600_000);
    await receiver.message(id, 4);

    expect(payload["attempts"]).toBe(3);
    const tries = receiver.about(id).slice(0, 3);
    expect(tries).toEqual(new Array(3).fill({ ...first, headers: expect.anything() as unknown }));
    const deliveries = receiver.about(id).map(({ headers }) => headers["webhook-id"] === delivery);
    expect(deliveries).toEqual([true, true, true, false]);
  });

  it("is given up when the receiver says that it is gone", async () => {
    const id = await held(410);
    const payload = await settled(id, "notice.failed");
    line.pass(3_600_000);
    await receiver.message(id, 2);

    expect(payload["attempts"]).toBe(1);
    expect(String(payload["error"])).toContain("410");
    const types = receiver.about(id).map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(types).toEqual(["approval.requested", "approval.resolved"]);
  });
});
