// Starts a Holdpoint server as its users do: the built command, with a folder or a database.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { openHttp } from "./http-client.mjs";
import { freePort, until } from "./network.mjs";

const policyFile = fileURLToPath(new URL("../policy.yaml", import.meta.url));
const startTimeoutMs = 60_000;

/** @typedef {import("./http-client.mjs").Answer} Answer */

/**
 * Development mode spares the keys: a call without credentials proposes as one agent and reviews
 * as one person, and everything else is as in production.
 *
 * @param {import("./round-trip.mjs").Context} context
 * @param {"postgresql" | "embedded"} storage
 * @param {Record<string, string>} [settings] Further variables of its environment.
 */
export async function startHoldpoint(context, storage, settings = {}) {
  const port = await freePort();
  const entry = join(context.root, "packages", "cli", "dist", "main.js");
  if (!existsSync(entry)) throw new Error("Holdpoint's command has not been built.");
  const logFile = join(context.dir, "server.log");
  const log = openSync(logFile, "w");
  const args = ["start", "--port", `${port}`, "--dev", "--policy", policyFile];
  const { DATABASE_URL: _, ...environment } = process.env;
  const child = spawn(process.execPath, [entry, ...args, "--data", join(context.dir, "data")], {
    cwd: context.dir,
    stdio: ["ignore", log, log],
    env: {
      ...environment,
      CI: "1",
      NODE_ENV: "production",
      ...(storage === "postgresql" ? { DATABASE_URL: context.url } : {}),
      ...settings,
    },
  });
  closeSync(log);
  const ended = once(child, "exit");
  const http = openHttp({ port });
  const words = () => readFileSync(logFile, "utf8").slice(-2_000);
  const isReady = async () => {
    if (child.exitCode !== null) throw new Error("ended");
    return (await http.get("/readyz")).status === 200;
  };
  await until(isReady, { what: "Holdpoint", timeoutMs: startTimeoutMs }).catch((error) => {
    throw new Error(`${error.message}: ${words()}`);
  });
  return {
    http,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    words,
    stop: async () => {
      http.close();
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/**
 * @param {Answer} answer
 * @param {number[]} [accepted]
 * @returns {any} The body; a wrong status ends the benchmark, for a fast refusal is no result.
 */
export function bodyOf(answer, accepted = [200, 201, 202]) {
  if (accepted.includes(answer.status)) return JSON.parse(answer.body);
  throw new Error(`Holdpoint answered ${answer.status}: ${answer.body.slice(0, 1_000)}`);
}
