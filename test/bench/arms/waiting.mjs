// Very many agents that wait on one server: what they cost it, and how soon they are told.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import { Holdpoint } from "@holdpoint/sdk";
import pg from "pg";

import { copyHold } from "../measure/copy-hold.mjs";
import { bodyOf, startHoldpoint } from "../measure/holdpoint.mjs";
import { sampleAction } from "../measure/sample.mjs";

/** What has to fit; this machine lets a process open 20,000 files, so that fewer are opened here. */
const wanted = 50_000;
const openingAtOnce = 200;
const jobsOfClient = 1_000;
const idleMs = 5_000;
const settleMs = 3_000;

/**
 * @param {import("../measure/round-trip.mjs").Context} context
 * @param {{ streams: number, jobs: number }} counts One of them is 0.
 */
export async function open(context, { streams, jobs }) {
  const server = await startHoldpoint(context, "postgresql");
  bodyOf(await server.http.post("/api/v1/actions", { ...sampleAction, job_id: "sample" }));
  const parts = { server, before: await settled(server.pid) };
  const arm = jobs === 0 ? await manyStreams(parts, streams) : await manyJobs(parts, context, jobs);
  return {
    round: arm.round,
    close: async () => {
      await arm.close();
      await server.stop();
    },
  };
}

/** @typedef {{ server: Awaited<ReturnType<typeof startHoldpoint>>, before: number }} Parts */

/**
 * Each agent has a connection of its own.
 *
 * @param {Parts} parts @param {number} count
 */
async function manyStreams({ server, before }, count) {
  const listeners = /** @type {Listener[]} */ ([]);
  while (listeners.length < count) {
    const some = Array.from({ length: openingAtOnce }, (_, i) => listen(server.url, i));
    listeners.push(...(await Promise.all(some)));
  }
  const after = await settled(server.pid);
  const told = async (/** @type {string} */ word, /** @type {() => Promise<unknown>} */ act) => {
    const all = Promise.all(listeners.map((listener) => listener.heard(word)));
    const startedAt = performance.now();
    await act();
    await all;
    return performance.now() - startedAt;
  };
  const turn = (/** @type {string} */ verb) => async () =>
    bodyOf(await server.http.post(`/api/v1/agents/dev/${verb}`, { reason: "measured" }));
  let comments = 0;
  return {
    round: async () => ({
      spans: {
        "all told of a pause": [
          await told("agent.paused", turn("pause")),
          await told("agent.resumed", turn("resume")),
        ],
        "all told of a job": [
          await told("event: job", async () => {
            comments += 1;
            const body = { note: `looked at ${comments} times` };
            bodyOf(await server.http.post("/api/v1/approvals/sample/comment", body));
          }),
        ],
        "server's memory, MB": [await memoryOf(server.pid)],
        "with 50,000 by its growth, MB": [before + ((after - before) * wanted) / count],
      },
    }),
    close: async () => listeners.forEach(({ leave }) => leave()),
  };
}

/**
 * Many waits share the connection of their client.
 *
 * @param {Parts} parts @param {import("../measure/round-trip.mjs").Context} context @param {number} count
 */
async function manyJobs({ server }, context, count) {
  const database = new pg.Client({ connectionString: context.url });
  await database.connect();
  await copyHold(database, "sample", count);
  await database.end();
  let requests = 0;
  /** @type {typeof fetch} */
  const counting = (input, init) => {
    requests += 1;
    return fetch(input, init);
  };
  const clients = Array.from(
    { length: Math.ceil(count / jobsOfClient) },
    () => new Holdpoint({ url: server.url, fetch: counting }),
  );
  const waits = Array.from({ length: count }, (_, index) => {
    const client = clients[Math.floor(index / jobsOfClient)];
    return client?.wait(`sample-${index + 1}`).then(() => performance.now());
  });
  for (const wait of waits) wait?.catch(() => undefined);
  // One stream and one poll each, and one read for each of the other waits.
  const expected = count + clients.length;
  while (requests < expected) await pause(100);
  await settled(server.pid);
  const asked = requests;
  await pause(idleMs);
  // The poll of a client's first wait, from before it had a stream, may come to its end meanwhile.
  if (requests > asked + 2 * clients.length) throw new Error(`${requests - asked} idle requests`);
  let decided = 0;
  return {
    /** @param {{ actions: number }} load */
    round: async ({ actions }) => {
      const times = [];
      for (let i = 0; i < actions; i += 1) {
        // One of each client in turn, and never the first of a client, which may still poll.
        const place =
          (decided % clients.length) * jobsOfClient + 1 + Math.floor(decided / clients.length);
        decided += 1;
        bodyOf(await server.http.post(`/api/v1/approvals/sample-${place + 1}/approve`, {}));
        const startedAt = performance.now();
        times.push(Math.max(0, Number(await waits[place]) - startedAt));
      }
      return {
        spans: {
          "approved to told and read": times,
          "server's memory, MB": [await memoryOf(server.pid)],
        },
      };
    },
    close: async () => clients.forEach((client) => client.close()),
  };
}

/** @typedef {{ heard: (word: string) => Promise<void>, leave: () => void }} Listener */

/**
 * A stream over a plain socket, so that the clients cost little of what is measured.
 *
 * @param {string} url @param {number} index
 * @returns {Promise<Listener>}
 */
function listen(url, index) {
  const { hostname: host, port, host: name } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    let word = "retry:";
    /** @type {() => void} */
    let found = () => resolve(listener);
    const socket = connect({
      host,
      port: Number(port),
      localAddress: `127.0.0.${2 + (index % 8)}`,
    });
    const listener = {
      heard: (/** @type {string} */ next) =>
        new Promise((/** @type {(value: void) => void} */ done) => {
          text = "";
          word = next;
          found = done;
        }),
      leave: () => socket.destroy(),
    };
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (text.includes(word)) found();
    });
    socket.write(`GET /api/v1/agent/stream HTTP/1.1\r\nhost: ${name}\r\n\r\n`);
  });
}

/** @param {number} pid */
async function settled(pid) {
  await pause(settleMs);
  return memoryOf(pid);
}

/**
 * Resident memory in MB.
 *
 * @param {number} pid
 */
async function memoryOf(pid) {
  const [, kb = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kb) / 1_024;
}
