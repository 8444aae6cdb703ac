// An agent with a webhook is told by signed messages when its run can go on; it takes up that one.

import { EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { stopLine } from "./line-world.ts";
import { type Runs, startRuns, viewOf } from "./runs-world.ts";

interface Told {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** Takes messages whose signature holds, and answers as it is told. */
class Receiver {
  readonly #bell = new EventEmitter();
  readonly told: Told[] = [];
  readonly statuses: number[] = [];
  readonly server: Server;
  secret = "";
  forged = 0;

  constructor() {
    this.server = createServer((request, response) => {
      void text(request).then((body) => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        try {
          new Webhook(this.secret).verify(body, headers);
        } catch {
          this.forged += 1;
        }
        const message = JSON.parse(body) as Omit<Told, "id">;
        response.writeHead(this.statuses.shift() ?? 200).end();
        this.told.push({ ...message, id: String(request.headers["webhook-id"]) });
        this.#bell.emit("told");
      });
    });
  }

  /** The n-th message of a type about a run or a job, once it is there. */
  async message(type: string, about: string, nth = 1): Promise<Told> {
    for (;;) {
      const found = this.about(type, about)[nth - 1];
      if (found !== undefined) return found;
      await once(this.#bell, "told");
    }
  }

  about(type: string, id: string): readonly Told[] {
    return this.told.filter(
      ({ type: one, data }) => one === type && (data["resumption"] === id || data["job_id"] === id),
    );
  }
}

let runs: Runs;
let receiver: Receiver;

beforeAll(async () => {
  // Signatures are of the time at which the receiver looks.
  runs = await startRuns({ startAt: Date.now() });
  receiver = new Receiver();
  await new Promise<void>((resolve) => receiver.server.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/runs`;
  const put = await fetch(`${runs.holds.url}/api/v1/agents/bot`, {
    method: "PUT",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${runs.holds.keys.admin}`,
    },
    body: JSON.stringify({ webhook: { url } }),
  });
  const made: unknown = await put.json();
  if (put.status !== 200) throw new Error(JSON.stringify(made));
  receiver.secret = textAt(made, "webhook_secret");
});

afterAll(async () => {
  await stopLine(runs.holds.line);
  receiver.server.closeAllConnections();
  await new Promise((resolve) => receiver.server.close(resolve));
});

test("is told of each answer, and that the run can go on; then it takes up this run", async () => {
  const [first = "", second = ""] = await runs.hold(2);
  const run = await runs.suspended([first, second], { run: "r-7" });
  await runs.answer(first, "reject");
  const settled = await receiver.message("job.settled", first);
  expect(settled.data).toMatchObject({
    job_id: first,
    state: "REJECTED",
    resolution: { kind: "rejected", reason: "looked at it" },
  });
  await runs.answer(second);
  const ready = await receiver.message("run.ready", run.id);
  expect(ready.data).toMatchObject({
    resumption: run.id,
    thread: run.thread,
    run: "r-7",
    queue: "default",
    jobs: [
      { id: first, state: "REJECTED" },
      { id: second, state: "APPROVED", resolution: { kind: "approved" } },
    ],
  });
  const claimed = await runs.holds.post("agent", `/resumptions/${run.id}/claim`, {
    worker: "hook",
  });
  expect(textAt(claimed.body, "jobs", 1, "grant", "token")).toMatch(/^ey/);
  const fence = at(claimed.body, "fence");
  const done = viewOf(await runs.holds.post("agent", `/resumptions/${run.id}/complete`, { fence }));
  expect(done.state).toBe("completed");
  expect(receiver.forged).toBe(0);
});

test("no message carries a grant or the state of the run", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job]);
  await runs.answer(job);
  const { data } = await receiver.message("run.ready", run.id);
  const words = JSON.stringify(data);
  const view = await runs.holds.get("agent", `/jobs/${job}`);
  expect(words).not.toContain(textAt(view.body, "grant", "token"));
  expect(words).not.toContain(Buffer.from("what the agent knew").toString("base64"));
  expect(words).not.toContain("token");
});

test("a message that was refused comes again with its id", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job]);
  receiver.statuses.push(503);
  await runs.answer(job);
  const first = await receiver.message("run.ready", run.id);
  await runs.holds.line.settlements.times(first.id, 1);
  runs.holds.line.pass(10_000);
  const second = await receiver.message("run.ready", run.id, 2);
  expect(second.id).toBe(first.id);
});

test("a receiver that is gone for good leaves a dead letter that people see", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job]);
  receiver.statuses.push(410);
  await runs.answer(job);
  const { id } = await receiver.message("run.ready", run.id);
  await runs.holds.line.settlements.times(id, 1);
  const dead = await runs.holds.get("admin", "/deliveries?channel=agent&state=dead");
  expect(at(dead.body, "items", 0)).toMatchObject({ id, error: "the receiver answered 410" });
  const again = await runs.holds.post("admin", `/deliveries/${id}/resend`);
  expect(again.status).toBe(200);
  await receiver.message("run.ready", run.id, 2);
});

test("who took the run up and was not heard of again is told once more when the lease is over", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job]);
  await runs.answer(job);
  await receiver.message("run.ready", run.id);
  const body = { worker: "hook", lease: "30s" };
  await runs.holds.post("agent", `/resumptions/${run.id}/claim`, body);
  runs.holds.line.pass(30_000);
  await receiver.message("run.ready", run.id, 2);
  const claimed = await runs.holds.post("agent", `/resumptions/${run.id}/claim`, body);
  expect(at(claimed.body, "fence")).toBe(2);
});

test("a run that failed is told of when its pause is over, and one that was taken back never", async () => {
  const [first = "", second = ""] = await runs.hold(2);
  const failing = await runs.suspended([first]);
  const gone = await runs.suspended([second]);
  await runs.holds.post("agent", `/resumptions/${gone.id}/cancel`);
  await runs.answer(first);
  await runs.answer(second);
  await receiver.message("run.ready", failing.id);
  await runs.say(await runs.claimOf(failing), "fail");
  runs.holds.line.pass(1_000);
  await receiver.message("run.ready", failing.id, 2);
  await receiver.message("job.settled", second);
  expect(receiver.about("run.ready", gone.id)).toEqual([]);
});

test("an agent without a webhook is told nothing, and nothing waits for it", async () => {
  const [job = ""] = await runs.hold(1, "other");
  viewOf(await runs.suspend([job], { thread: "no-hook" }, "other"));
  await runs.answer(job);
  const [claimed] = await runs.claim({ thread: "no-hook" }, "other");
  expect(claimed?.jobs[0]?.job.id).toBe(job);
  expect(receiver.about("job.settled", job)).toEqual([]);
});
