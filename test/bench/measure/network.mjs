// Finds ports, and waits until what was started on them answers.
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** @returns {Promise<number>} */
export async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/**
 * @param {() => Promise<boolean>} isThere
 * @param {{ what: string, timeoutMs: number }} limit
 */
export async function until(isThere, { what, timeoutMs }) {
  const deadline = performance.now() + timeoutMs;
  while (!(await isThere().catch(() => false))) {
    if (performance.now() > deadline) {
      throw new Error(`${what} did not start within ${timeoutMs / 1_000} s`);
    }
    await delay(100);
  }
}
