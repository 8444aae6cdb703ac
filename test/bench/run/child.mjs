// Runs one arm of the benchmark in a process of its own, on orders from `tools/bench.mjs`.
import { readFileSync } from "node:fs";

/**
 * @typedef {{ kind: "open", arm: string, context: object, options: object }
 *   | { kind: "round", load: object } | { kind: "close" }} Order
 */

/** @type {{ round: (load: any) => Promise<unknown>, close: () => Promise<void> } | undefined} */
let arm;

/**
 * @param {string[]} names
 * @returns {Record<string, string>}
 */
function versionsOf(names) {
  return Object.fromEntries(
    names.map((name) => {
      const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
      return [name, JSON.parse(readFileSync(file, "utf8")).version];
    }),
  );
}

/**
 * @param {Order} order
 * @returns {Promise<unknown>}
 */
async function obey(order) {
  if (order.kind === "open") {
    const module = await import(`../arms/${order.arm}.mjs`);
    arm = await module.open(order.context, order.options);
    return { versions: versionsOf(module.packages ?? []) };
  }
  if (order.kind === "round") return arm?.round(order.load);
  await arm?.close();
  return {};
}

process.on("message", (/** @type {Order} */ order) => {
  obey(order).then(
    (result) => process.send?.({ ok: true, result }),
    (error) => process.send?.({ ok: false, reason: String(error?.stack ?? error) }),
  );
});

// The arm leads a process group of its own, so its servers end with it.
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
