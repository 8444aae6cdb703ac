// Sends one kind of request again and again, from as many clients as asked, and times each.
import { measureCost, perAction } from "./cost.mjs";

/** Requests before the first that counts: servers run for days, with compiled code. */
const warmUps = { actions: 3_000, concurrency: 16 };

/** @param {(count: number) => Promise<void>} send */
export async function warmUp(send) {
  await measureRequests({ pids: {}, send }, warmUps);
}

/**
 * @param {{ pids: Record<string, number>, send: (count: number) => Promise<void> }} arm
 * @param {{ actions: number, concurrency: number }} load
 * @returns {Promise<import("./round-trip.mjs").Measured>}
 */
export async function measureRequests({ pids, send }, { actions, concurrency }) {
  /** @type {number[]} */
  const spans = [];
  let sent = 0;
  const client = async () => {
    while (sent < actions) {
      sent += 1;
      const sentAt = performance.now();
      await send(sent);
      spans.push(performance.now() - sentAt);
    }
  };
  const startedAt = performance.now();
  const [, cost] = await measureCost(pids, () =>
    Promise.all(Array.from({ length: concurrency }, client)),
  );
  const perSecond = (actions * 1_000) / (performance.now() - startedAt);
  return { spans: { request: spans }, perSecond, ...perAction(cost, actions) };
}
