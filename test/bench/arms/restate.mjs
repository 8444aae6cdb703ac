// A Restate handler that awaits an awakeable, resolved through the server's ingress.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";

import { openHttp } from "../measure/http-client.mjs";
import { freePort, until } from "../measure/network.mjs";
import { roundTripArm, signals } from "../measure/round-trip.mjs";
import { sampleAction } from "../measure/sample.mjs";

const startTimeoutMs = 45_000;

export const packages = ["@restatedev/restate-server", "@restatedev/restate-sdk"];

/** @param {import("../measure/round-trip.mjs").Context} context */
export async function open(context) {
  providePromiseWithResolvers();
  const restate = await import("@restatedev/restate-sdk");
  /** @type {ReturnType<typeof signals<string>>} */
  const pending = signals();
  /** @type {ReturnType<typeof signals<void>>} */
  const resumed = signals();
  /** @type {ReturnType<typeof signals<void>>} */
  const executed = signals();
  const service = restate.service({
    name: "Gate",
    handlers: {
      run: async (
        /** @type {import("@restatedev/restate-sdk").Context} */ ctx,
        /** @type {{ id: string, action: typeof sampleAction }} */ { id, action },
      ) => {
        const { id: awakeable, promise } = ctx.awakeable();
        await ctx.run("propose", () => ({ proposed: action.topic, awakeable }));
        pending.raise(id, awakeable);
        await promise;
        resumed.raise(id, undefined);
        await ctx.run("execute", () => ({ executed: true }));
        executed.raise(id, undefined);
      },
    },
  });
  const server = await startServer(context.dir);
  const handlerPort = await freePort();
  await restate.serve({ services: [service], port: handlerPort });
  const ingress = openHttp({ port: server.ingressPort });
  await register(server.adminPort, handlerPort);
  /** @type {Map<string, string>} */
  const awakeables = new Map();
  return roundTripArm(context, {
    pids: { server: server.pid },
    propose: async (id) => {
      const sent = ingress.post("/Gate/run/send", { id, action: sampleAction });
      const [answer, awakeable] = await Promise.all([sent, pending.wait(id)]);
      mustAccept(answer);
      awakeables.set(id, awakeable);
    },
    approve: async (id) => {
      const woken = resumed.wait(id);
      const path = `/restate/awakeables/${awakeables.get(id)}/resolve`;
      awakeables.delete(id);
      mustAccept(await ingress.post(path, { approved: true }));
      await woken;
    },
    finish: (id) => executed.wait(id),
    close: async () => {
      ingress.close();
      await server.stop();
    },
  });
}

/** @param {{ status: number, body: string }} answer */
function mustAccept(answer) {
  if (answer.status >= 300) throw new Error(`Restate answered ${answer.status}: ${answer.body}`);
}

/** The SDK is written for Node 22, which has this function. */
function providePromiseWithResolvers() {
  if ("withResolvers" in Promise) return;
  Object.defineProperty(Promise, "withResolvers", {
    value: () => {
      /** @type {Record<string, unknown>} */
      const parts = {};
      parts["promise"] = new Promise((resolve, reject) =>
        Object.assign(parts, { resolve, reject }),
      );
      return parts;
    },
  });
}

/** @param {string} dir */
async function startServer(dir) {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`;
  const [nodePort, ingressPort, adminPort] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(createRequire(import.meta.url).resolve(name), ["--base-dir", dir], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      DO_NOT_TRACK: "1",
      RESTATE_DISABLE_TELEMETRY: "1",
      RESTATE_LOGGING: "ERROR",
      RUST_LOG: "error",
      RESTATE_BIND_ADDRESS: `127.0.0.1:${nodePort}`,
      RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${nodePort}/`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingressPort}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${adminPort}`,
    },
  });
  const ended = once(child, "exit");
  return {
    pid: child.pid ?? 0,
    ingressPort,
    adminPort,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/**
 * @param {number} adminPort
 * @param {number} handlerPort
 */
async function register(adminPort, handlerPort) {
  const send = async () => {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/deployments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ uri: `http://127.0.0.1:${handlerPort}` }),
    });
    return answer.ok;
  };
  await until(send, { what: "Restate's server", timeoutMs: startTimeoutMs });
}
