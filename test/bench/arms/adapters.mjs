// One call of an agent in each framework: with the framework's own approval in memory, and the same with Holdpoint.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { bodyOf, startHoldpoint } from "../measure/holdpoint.mjs";
import { adapters } from "../measure/adapters.mjs";

/** Policy allows the one and holds the other. */
const topics = { allowed: "job.db.read", held: "job.db.delete" };
/**
 * Calls in one turn, without those that begin it: an agent uses one framework, and a call that follows six other
 * ones would be measured cold.
 */
const burst = 10;
const colds = 2;
/** Calls of each framework before the first that counts: agents and servers run for days, with compiled code. */
const warmUps = { calls: { allowed: 500, held: 200 }, concurrency: 16 };

/**
 * @typedef {object} Gate What a gated call may use.
 * @property {any} hp
 * @property {(jobId: string) => Promise<void>} approve By the second client.
 * @property {(jobId: string) => Promise<void>} answered The same, and the agent has heard of it.
 */
/**
 * @typedef {object} Calls One run of an agent whose model makes one call and ends.
 * @property {(kind: "allowed" | "held", id: string) => Promise<unknown>} own
 * @property {(kind: "allowed" | "held", id: string, gate: Gate) => Promise<unknown>} gated
 */
/** @typedef {Awaited<ReturnType<typeof openLane>>} Lane */

/**
 * @param {import("../measure/round-trip.mjs").Context} context
 * @param {{ storage: "postgresql" | "embedded" }} options
 */
export async function open(context, { storage }) {
  const server = await startHoldpoint(context, storage);
  const lanes = /** @type {Lane[]} */ ([]);
  for (const adapter of adapters) lanes.push(await openLane({ context, server, adapter }));
  for (const lane of lanes) await lane.warmUp();
  return {
    /** @param {{ actions: number }} load */
    round: async ({ actions }) => {
      const spans = /** @type {Record<string, number[]>} */ ({});
      const note = (/** @type {string} */ name, /** @type {number} */ ms) => {
        (spans[name] ??= []).push(ms);
      };
      // In turns: whatever else the machine does then meets each of them alike.
      for (let i = 0; i < actions; i += burst) {
        for (const lane of lanes) {
          await lane.turn(note);
          const startedAt = performance.now();
          await server.http.get("/healthz");
          note("an empty request", performance.now() - startedAt);
        }
      }
      return { spans };
    },
    close: async () => {
      for (const { hp } of lanes) hp.close();
      await server.stop();
    },
  };
}

/**
 * @param {{
 *   context: import("../measure/round-trip.mjs").Context,
 *   server: Awaited<ReturnType<typeof startHoldpoint>>,
 *   adapter: import("../measure/adapters.mjs").Adapter,
 * }} parts
 */
async function openLane({ context, server, adapter }) {
  const { name, example, options } = adapter;
  const file = join(context.root, "examples", example, "test", "bench.mjs");
  const { Holdpoint, callsOf } = await import(pathToFileURL(file).href);
  const hp = new Holdpoint({ url: server.url });
  /** @type {string[]} */
  const done = [];
  const act = async (/** @type {{ id: string }} */ { id }) => {
    done.push(id);
    return `done for ${id}`;
  };
  const calls = /** @type {Calls} */ (callsOf({ topics, act, options }));
  const review = reviewer(server, hp);
  let runs = 0;
  /** @param {(id: string) => Promise<unknown>} run */
  const timed = async (run) => {
    const id = `${name} ${(runs += 1)}`;
    done.length = 0;
    const startedAt = performance.now();
    await run(id);
    const ms = performance.now() - startedAt;
    if (done.join() !== id) throw new Error(`${id} was done ${done.length} times.`);
    return ms;
  };
  const warmUp = async () => {
    for (const kind of /** @type {const} */ (["allowed", "held"])) {
      let left = warmUps.calls[kind];
      const caller = async () => {
        while ((left -= 1) >= 0) {
          const id = `${name} ${(runs += 1)}`;
          await calls.own(kind, id);
          await calls.gated(kind, id, review.gate);
        }
      };
      await Promise.all(Array.from({ length: warmUps.concurrency }, caller));
    }
    await hp.flush();
    review.spent();
  };
  const pair = async (/** @type {"allowed" | "held"} */ kind) => {
    const alone = await timed((id) => calls.own(kind, id));
    const both = await timed((id) => calls.gated(kind, id, review.gate));
    // What is reported behind is over before the next call begins.
    await hp.flush();
    const reviewMs = review.spent();
    if (reviewMs > 0 !== (kind === "held")) throw new Error(`${name}: not ${kind}.`);
    return { alone, added: both - alone, reviewMs };
  };
  return { hp, turn: turnOf(name, pair), warmUp };
}

/**
 * The second client, which approves at once what it is told of.
 *
 * @param {Awaited<ReturnType<typeof startHoldpoint>>} server
 * @param {any} hp
 */
function reviewer(server, hp) {
  let ms = 0;
  const approve = async (/** @type {string} */ jobId) => {
    const startedAt = performance.now();
    bodyOf(await server.http.post(`/api/v1/approvals/${jobId}/approve`, { reason: "checked" }));
    ms += performance.now() - startedAt;
  };
  const answered = async (/** @type {string} */ jobId) => {
    await Promise.all([approve(jobId), hp.wait(jobId)]);
  };
  return {
    gate: { hp, approve, answered },
    /** How long its requests took since this was asked last. */
    spent: () => {
      const spent = ms;
      ms = 0;
      return spent;
    },
  };
}

/**
 * @typedef {(kind: "allowed" | "held") =>
 *   Promise<{ alone: number, added: number, reviewMs: number }>} Pair
 */
/** @typedef {(note: (name: string, ms: number) => void) => Promise<void>} Turn */

/**
 * @param {string} name
 * @param {Pair} pair
 * @returns {Turn}
 */
function turnOf(name, pair) {
  const many = async (/** @type {"allowed" | "held"} */ kind) => {
    for (let i = 0; i < colds; i += 1) await pair(kind);
    const all = [];
    while (all.length < burst) all.push(await pair(kind));
    return all;
  };
  return async (note) => {
    for (const { alone, added } of await many("allowed")) {
      note(`${name}: allowed, alone`, alone);
      note(`${name}: allowed, added`, added);
    }
    for (const { alone, added, reviewMs } of await many("held")) {
      note(`${name}: held, alone`, alone);
      note(`${name}: held, added`, added);
      note(`${name}: held, added without the reviewer`, added - reviewMs);
      note("the reviewer's request", reviewMs);
    }
  };
}
