// Waits for several jobs at once, without polling.

import { setImmediate as nextTurn } from "node:timers/promises";
import { Holdpoint } from "@holdpoint/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Asking, mail, startAsking } from "./interrupt-world.ts";

let world: Asking;
let hp: Holdpoint;

beforeAll(async () => {
  world = await startAsking();
  ({ hp } = world);
}, 120_000);

afterAll(() => world.stop());

async function held(count: number): Promise<string[]> {
  const { jobs } = await world.interrupted(
    Array.from({ length: count }, (_, index) => mail(`w${index}`)),
    world.place(),
  );
  return jobs.map(({ job }) => job.id);
}

/** A client that counts its calls. */
function counting(): { client: Holdpoint; count: () => number } {
  let count = 0;
  const client = new Holdpoint({
    url: world.holds.url,
    apiKey: world.holds.keys.agent,
    fetch: (input, init) => {
      count += 1;
      return fetch(input, init);
    },
  });
  return { client, count: () => count };
}

test("for all: in the order asked, told by one stream", async () => {
  const [a = "", b = ""] = await held(2);
  const { client, count } = counting();
  const waiting = client.wait([a, b]);
  await world.holds.line.waiting(1);
  await world.decide(b);
  await world.decide(a, "reject");

  expect((await waiting).map(({ job }) => [job.id, job.state])).toEqual([
    [a, "REJECTED"],
    [b, "APPROVED"],
  ]);
  // The first polls; the stream, and for the second a read before it and one after the news.
  expect(count()).toBeLessThanOrEqual(4);
  expect(await client.wait([])).toEqual([]);
  client.close();
});

test("for the first: the others are waited for no longer", async () => {
  const [a = "", b = ""] = await held(2);
  const waiting = hp.wait([a, b], { mode: "first" });
  await world.holds.line.waiting(1);
  await world.decide(b);

  expect((await waiting).job).toMatchObject({ id: b, state: "APPROVED" });
  while (world.holds.line.server.engine.hub.waiterCount > 0) await nextTurn();
  await expect(hp.wait([], { mode: "first" })).rejects.toThrow("no job to wait for");
});

test("for each: one by one as they are answered, and leaving the loop ends the rest", async () => {
  const [a = "", b = "", c = ""] = await held(3);
  const seen: string[] = [];
  await world.decide(b);
  for await (const { job } of hp.wait([a, b, c], { mode: "each" })) {
    seen.push(job.id);
    if (seen.length === 1) await world.decide(c);
    if (seen.length === 2) break;
  }

  expect(seen).toEqual([b, c]);
  while (world.holds.line.server.engine.hub.waiterCount > 0) await nextTurn();
});

test("end together when one of them fails, and with the signal", async () => {
  const [a = ""] = await held(1);
  const stopping = new AbortController();
  const aborted = hp.wait([a], { signal: stopping.signal });
  const failed = hp.wait([a, "no-such-job"]);
  await expect(failed).rejects.toMatchObject({ code: "job_not_found" });
  stopping.abort(new Error("enough"));

  await expect(aborted).rejects.toThrow("enough");
  while (world.holds.line.server.engine.hub.waiterCount > 0) await nextTurn();
});

/** A client whose stream the test handles itself; `opened` counts its tries. */
function streaming(stream: (send: () => Promise<Response>) => Promise<Response>): {
  client: Holdpoint;
  opened: () => number;
} {
  let opened = 0;
  const client = new Holdpoint({
    url: world.holds.url,
    apiKey: world.holds.keys.agent,
    fetch: (input, init) => {
      const send = (): Promise<Response> => fetch(input, init);
      if (!String(input).endsWith("/agent/stream")) return send();
      opened += 1;
      return stream(send);
    },
  });
  return { client, opened: () => opened };
}

test("go on when the stream breaks: it is opened anew, and what was missed is read", async () => {
  const [a = "", b = "", c = ""] = await held(3);
  const { client, opened } = streaming(async (send) => {
    const response = await send();
    // The first connection ends as soon as it was made.
    if (opened() === 1) await response.body?.cancel();
    return opened() === 1 ? new Response("", { headers: response.headers }) : response;
  });
  const waiting = client.wait([a, b, c]);
  while (opened() < 2) await nextTurn();
  for (const job of [c, b, a]) await world.decide(job);

  expect((await waiting).map(({ job }) => job.state)).toEqual(["APPROVED", "APPROVED", "APPROVED"]);
  client.close();
});

test("leave the stream when nobody waits, also where fetch does not listen to its signal any more", async () => {
  const [a = "", b = ""] = await held(2);
  const deaf = new Deaf();
  const client = new Holdpoint({
    url: world.holds.url,
    apiKey: world.holds.keys.agent,
    fetch: (input, init) =>
      String(input).endsWith("/agent/stream") ? deaf.open(input, init) : fetch(input, init),
  });
  const waiting = client.wait([a, b]);
  await world.holds.line.waiting(1);
  await world.decide(b);
  await world.decide(a);

  expect((await waiting).map(({ job }) => job.id)).toEqual([a, b]);
  await deaf.left;
  client.close();
});

/** A stream that hears of its cancellation only. */
class Deaf {
  #leave = (): void => undefined;
  readonly left = new Promise<void>((resolve) => {
    this.#leave = resolve;
  });

  async open(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const { headers, body } = await fetch(input, { ...init, signal: null });
    const reader = body?.getReader();
    const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
      const { value } = (await reader?.read()) ?? {};
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    };
    const cancel = async (): Promise<void> => {
      await reader?.cancel();
      this.#leave();
    };
    return new Response(new ReadableStream({ pull, cancel }), { headers });
  }
}

test("are long polls where there is no stream", async () => {
  const [a = "", b = ""] = await held(2);
  const { client, opened } = streaming(() => Promise.resolve(new Response("", { status: 404 })));
  const waiting = client.wait([a, b]);
  await world.holds.line.waiting(2);
  await world.decide(b);
  await world.decide(a);

  expect((await waiting).map(({ job }) => job.id)).toEqual([a, b]);
  expect(opened()).toBe(1);
  client.close();
});
