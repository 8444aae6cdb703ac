// Drives an engine through propose, wait, approve and resume, one by one or many at a time.
import { measureCost, perAction } from "./cost.mjs";

/** Round trips of each engine before the first that counts: servers run for days, with compiled code. */
const warmUps = { actions: 600, concurrency: 16 };

/**
 * @typedef {object} Engine One way to hold an action for a person.
 * @property {(id: string) => Promise<void>} propose Ends when an approver can see the wait.
 * @property {(id: string) => Promise<void>} approve Ends when the code after the wait runs.
 * @property {(id: string) => Promise<void>} finish Ends when the execution is on record.
 * @property {Record<string, number>} [pids] Further processes that work for it.
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Measured What one round of any arm gives.
 * @property {Record<string, number[]>} spans In milliseconds, by name.
 * @property {number} [perSecond]
 * @property {number} [cpuMsPerAction]
 * @property {Record<string, number>} [cpuMsPerActionOf]
 * @property {number} [flushesPerAction]
 */

/**
 * @typedef {object} Context
 * @property {string} url A database of its own.
 * @property {number} postgresPid
 * @property {string} root The project's root folder.
 * @property {string} dir A scratch folder of its own.
 * @property {boolean} quick
 */

/**
 * @param {Context} context
 * @param {Engine} engine
 */
export function roundTripArm(context, engine) {
  const pids = { postgres: context.postgresPid, ...engine.pids };
  let proposed = 0;
  const nextId = () => `bench-${process.pid}-${(proposed += 1)}`;
  let isWarm = false;
  return {
    /**
     * @param {{ actions: number, concurrency: number }} load
     * @returns {Promise<Measured>}
     */
    round: async ({ actions, concurrency }) => {
      if (!isWarm) await runLanes({ ...warmUps, engine, nextId });
      isWarm = true;
      const [trips, cost] = await measureCost(pids, () =>
        runLanes({ actions, concurrency, engine, nextId }),
      );
      return { ...trips, ...perAction(cost, actions) };
    },
    close: () => engine.close(),
  };
}

/**
 * @param {{ actions: number, concurrency: number, engine: Engine, nextId: () => string }} load
 */
async function runLanes({ actions, concurrency, engine, nextId }) {
  /** @type {Record<"propose to pending" | "approve to resumed" | "round trip", number[]>} */
  const spans = { "propose to pending": [], "approve to resumed": [], "round trip": [] };
  let left = actions;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const id = nextId();
      const proposedAt = performance.now();
      await engine.propose(id);
      const pendingAt = performance.now();
      await engine.approve(id);
      const resumedAt = performance.now();
      await engine.finish(id);
      spans["propose to pending"].push(pendingAt - proposedAt);
      spans["approve to resumed"].push(resumedAt - pendingAt);
      spans["round trip"].push(performance.now() - proposedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, lane));
  return { spans, perSecond: (actions * 1_000) / (performance.now() - startedAt) };
}

/**
 * Lets code in one place wait for something that happens in another, by the action's id.
 *
 * @template T
 */
export function signals() {
  /** @type {Map<string, { promise: Promise<T>, resolve: (value: T) => void }>} */
  const open = new Map();
  const of = (/** @type {string} */ id) => {
    const known = open.get(id);
    if (known !== undefined) return known;
    /** @type {(value: T) => void} */
    let resolve = () => {};
    /** @type {Promise<T>} */
    const promise = new Promise((settle) => {
      resolve = settle;
    });
    const made = { promise, resolve };
    open.set(id, made);
    return made;
  };
  return {
    /** @param {string} id @param {T} value */
    raise: (id, value) => of(id).resolve(value),
    /** @param {string} id @returns {Promise<T>} */
    wait: async (id) => {
      const value = await of(id).promise;
      open.delete(id);
      return value;
    },
  };
}
