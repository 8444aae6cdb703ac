// Very many agents that wait on one server: what they cost it, and how soon they are told.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import { Holdpoint } from "@holdpoint/sdk";
import pg from "pg";

import { Frames, frameOf } from "../measure/frames.mjs";
import { freePort } from "../measure/network.mjs";
import { copyHold } from "../measure/copy-hold.mjs";
import { bodyOf, startHoldpoint } from "../measure/holdpoint.mjs";
import { sampleAction } from "../measure/sample.mjs";

const virtualServer = new URL("../measure/virtual-server.mjs", import.meta.url).href;
const root = "fleet";
const carrierCount = 4;
const openingAtOnce = 200;
const jobsOfClient = 1_000;
const idleMs = 5_000;
const settleMs = 3_000;

/**
 * @param {import("../measure/round-trip.mjs").Context} context
 * @param {{ streams: number, sockets: number, agents: number, jobs: number }} counts `streams` or `jobs` is 0.
 */
export async function open(context, counts) {
  const carrierPort = await freePort();
  const server = await startHoldpoint(context, "postgresql", {
    NODE_OPTIONS: `--import=${virtualServer}`,
    HOLDPOINT_BENCH_CARRIER_PORT: `${carrierPort}`,
  });
  bodyOf(await server.http.post("/api/v1/actions", { ...sampleAction, job_id: "sample" }));
  const parts = { server, carrierPort };
  const { jobs } = counts;
  const arm = jobs === 0 ? await manyStreams(parts, counts) : await manyJobs(parts, context, jobs);
  return {
    round: arm.round,
    close: async () => {
      await arm.close();
      await server.stop();
    },
  };
}

/** @typedef {{ server: Awaited<ReturnType<typeof startHoldpoint>>, carrierPort: number }} Parts */

/**
 * Each stream has a connection of its own: as many sockets as a process may open here, and the others by carriers. All
 * are of agents below one, whose pause is theirs.
 *
 * @param {Parts} parts @param {{ streams: number, sockets: number, agents: number }} counts
 */
async function manyStreams({ server, carrierPort }, { streams, sockets, agents }) {
  const keys = await keysOf(server, agents);
  const carriers = Array.from({ length: carrierCount }, () => openCarrier(carrierPort));
  const listeners = /** @type {Listener[]} */ ([]);
  while (listeners.length < streams) {
    const some = Array.from({ length: openingAtOnce }, (_, i) => {
      const index = listeners.length + i;
      const carrier = carriers[index % carrierCount];
      const open = index < sockets || carrier === undefined ? bySocket(server.url, index) : carrier;
      return listen(open, server.url, keys[index % keys.length] ?? "");
    });
    listeners.push(...(await Promise.all(some)));
  }
  await settled(server.pid);
  const told = async (/** @type {string} */ word, /** @type {string} */ verb) => {
    const all = Promise.all(listeners.map((listener) => listener.heard(word)));
    const startedAt = performance.now();
    bodyOf(await server.http.post(`/api/v1/agents/${root}/${verb}`, { reason: "measured" }));
    await all;
    return performance.now() - startedAt;
  };
  return {
    round: async () => ({
      spans: {
        "all told of a pause": [
          await told("agent.paused", "pause"),
          await told("agent.resumed", "resume"),
        ],
        "server's memory, MB": [await memoryOf(server.pid)],
      },
    }),
    close: async () => {
      for (const { leave } of listeners) leave();
      for (const { close } of carriers) close();
    },
  };
}

/**
 * Keys of new agents below one.
 *
 * @param {Parts["server"]} server @param {number} count
 */
async function keysOf(server, count) {
  bodyOf(await server.http.put(`/api/v1/agents/${root}`, {}));
  const keys = /** @type {string[]} */ ([]);
  for (let i = 0; i < count; i += 1) {
    bodyOf(await server.http.put(`/api/v1/agents/${root}-${i}`, { parent: root }));
    const { secret } = bodyOf(await server.http.post(`/api/v1/agents/${root}-${i}/keys`, {}));
    keys.push(secret);
  }
  return keys;
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
/** @typedef {{ write: (text: string) => void, leave: () => void }} Line */
/** @typedef {(onBytes: (bytes: Buffer) => void) => Line} OpenLine */

/**
 * A stream of an agent, with little of a client around it.
 *
 * @param {OpenLine} open @param {string} url @param {string} key
 * @returns {Promise<Listener>}
 */
function listen(open, url, key) {
  return new Promise((resolve) => {
    let text = "";
    let word = "retry:";
    /** @type {() => void} */
    let found = () => resolve(listener);
    const line = open((bytes) => {
      text += bytes.toString("latin1");
      if (text.includes(word)) found();
    });
    const listener = {
      heard: (/** @type {string} */ next) =>
        new Promise((/** @type {(value: void) => void} */ done) => {
          text = "";
          word = next;
          found = done;
        }),
      leave: line.leave,
    };
    const { host } = new URL(url);
    line.write(
      `GET /api/v1/agent/stream HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\n\r\n`,
    );
  });
}

/** @param {string} url @param {number} index @returns {OpenLine} */
function bySocket(url, index) {
  const { hostname: host, port } = new URL(url);
  return (onBytes) => {
    const localAddress = `127.0.0.${2 + (index % 8)}`;
    const socket = connect({ host, port: Number(port), localAddress });
    socket.on("error", () => undefined);
    socket.on("data", onBytes);
    return { write: (text) => socket.write(text), leave: () => socket.destroy() };
  };
}

/** @param {number} port @returns {OpenLine & { close: () => void }} */
function openCarrier(port) {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => undefined);
  /** @type {((bytes: Buffer) => void)[]} */
  const lines = [];
  const frames = new Frames((id, bytes) => lines[id]?.(bytes));
  socket.on("data", (chunk) => frames.take(chunk));
  const open = (/** @type {(bytes: Buffer) => void} */ onBytes) => {
    const id = lines.push(onBytes) - 1;
    return {
      write: (/** @type {string} */ text) => void socket.write(frameOf(id, Buffer.from(text))),
      leave: () => void socket.write(frameOf(id, Buffer.alloc(0))),
    };
  };
  return Object.assign(open, { close: () => socket.destroy() });
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
