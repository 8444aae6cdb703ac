// Holds the process in which one arm of the benchmark runs, with a time limit on each order.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const childFile = fileURLToPath(new URL("child.mjs", import.meta.url));
const openTimeoutMs = 300_000;
const roundTimeoutMs = 240_000;
const closeTimeoutMs = 15_000;
const stderrCharsMax = 4_000;

/**
 * @typedef {object} ArmProcess
 * @property {(arm: string, context: object, options: object) =>
 *   Promise<{ versions: Record<string, string> }>} open
 * @property {(load: object) => Promise<import("../measure/round-trip.mjs").Measured>} round
 * @property {() => Promise<void>} close
 */

/** @returns {ArmProcess} */
export function startArmProcess() {
  const child = fork(childFile, { detached: true, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let words = "";
  child.stderr?.on("data", (chunk) => {
    words = (words + chunk).slice(-stderrCharsMax);
  });
  const ask = (/** @type {object} */ order, /** @type {number} */ timeoutMs) =>
    new Promise((resolve, reject) => {
      const settle = (/** @type {() => void} */ then) => {
        clearTimeout(timer);
        child.off("message", onMessage);
        child.off("exit", onExit);
        then();
      };
      const onMessage = (/** @type {any} */ answer) =>
        settle(() => (answer.ok ? resolve(answer.result) : reject(new Error(answer.reason))));
      const onExit = (/** @type {number | null} */ code) =>
        settle(() => reject(new Error(`its process ended with ${code}: ${words.trim()}`)));
      const timer = setTimeout(
        () => settle(() => reject(new Error(`no answer within ${timeoutMs / 1_000} s`))),
        timeoutMs,
      );
      child.once("message", onMessage);
      child.once("exit", onExit);
      child.send(order, (error) => {
        if (error !== null) settle(() => reject(error));
      });
    });
  return {
    open: (arm, context, options) => ask({ kind: "open", arm, context, options }, openTimeoutMs),
    round: (load) => ask({ kind: "round", load }, roundTimeoutMs),
    close: async () => {
      if (child.connected) await ask({ kind: "close" }, closeTimeoutMs).catch(() => {});
      killGroup(child.pid);
    },
  };
}

/** @param {number | undefined} leader */
function killGroup(leader) {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // The group has already ended.
  }
}
