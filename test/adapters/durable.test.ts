// Durable engines: a workflow waits for people in its engine's own storage, dies, and is woken once by a signed webhook.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Holdpoint } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { nodeRelease } from "../../tools/node-release.mjs";
import { call } from "../http.ts";
import { useWorld } from "./suite.ts";
import { runExample, type Running, type World } from "./world.ts";

const worldOf = useWorld();
let world: World;
let hp: Holdpoint;

beforeAll(() => {
  world = worldOf();
  hp = new Holdpoint({ url: world.url });
});
afterAll(() => hp.close());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** Registers the webhook of the agent of the tests, with a secret of its own. */
async function webhookSecret(port: number): Promise<string> {
  const secret = `whsec_${btoa(`a secret of the port ${port}`)}`;
  const body = { webhook: { url: `http://127.0.0.1:${port}/holdpoint`, secret } };
  const answer = await call(world.url, "PUT", "/agents/dev", { body });
  if (answer.status !== 200) throw new Error(answer.text);
  return secret;
}

function jobIn(line: string): string {
  return line.slice(line.lastIndexOf("/") + 1);
}

/** Waits for a line of a program's output. */
function saying(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    const add = (chunk: Buffer): void => {
      text += chunk.toString("utf8");
      if (pattern.test(text)) resolve();
    };
    child.stdout?.on("data", add);
    child.stderr?.on("data", add);
    child.once("close", () => reject(new Error(`it ended: ${text.slice(-2_000)}`)));
  });
}

describe("a workflow of DBOS", () => {
  let database: TestDatabase;
  let secret: string;
  let port: number;
  let folder: string;

  beforeAll(async () => {
    database = await makeTestDatabase();
    port = await freePort();
    secret = await webhookSecret(port);
    folder = await mkdtemp(path.join(world.folder, "dbos-"));
  });
  afterAll(async () => database.remove());

  function run(args: readonly string[]): Promise<Running> {
    const env = {
      DBOS_DATABASE_URL: database.url,
      HOLDPOINT_WEBHOOK_SECRET: secret,
      PORT: String(port),
    };
    return runExample("durable", args, { url: world.url, folder, env, file: "dbos" });
  }

  async function effects(): Promise<string> {
    return readFile(path.join(folder, "refunds.txt"), "utf8").catch(() => "");
  }

  test("is killed while people think, and pays once when they have approved", async () => {
    const first = await run(["o_1", "20"]);
    const job = jobIn(await first.line(/waits for people/));
    await first.stop();
    expect(await effects()).toBe("");

    const second = await run(["o_1", "20"]);
    await second.line(/listens/);
    await world.decide(job, "approve");
    await second.line(/paid back 20 USD for o_1/);
    await second.stop();

    expect(await effects()).toBe("o_1 20\n");
    const { items } = await hp.resumptions.list({ thread: "refund-o_1" });
    expect(items.map(({ state, queue }) => [state, queue])).toEqual([["completed", "durable"]]);
    // The same workflow again has its result, and nothing runs.
    const third = await run(["o_1", "20"]);
    await third.line(/paid back 20 USD for o_1/);
    await third.stop();
    expect(await effects()).toBe("o_1 20\n");
  });

  test("ends with the reason when people reject it", async () => {
    const running = await run(["o_2", "900"]);
    const job = jobIn(await running.line(/waits for people/));
    await world.decide(job, "reject", { reason: "that parcel arrived" });

    await running.line(/that parcel arrived/);
    await running.stop();

    expect(await effects()).not.toContain("o_2");
  });

  test("is not woken by a message that Holdpoint did not sign", async () => {
    const running = await run(["o_3", "30"]);
    const job = jobIn(await running.line(/waits for people/));
    const { items } = await hp.resumptions.list({ thread: "refund-o_3" });
    const resumption = items[0]?.id ?? "";
    const body = JSON.stringify({
      type: "run.ready",
      timestamp: new Date().toISOString(),
      data: { resumption, thread: "refund-o_3", run: null, queue: "durable", jobs: [] },
    });
    const forged = await fetch(`http://127.0.0.1:${port}/holdpoint`, {
      method: "POST",
      body,
      headers: {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(Math.floor(Date.now() / 1_000)),
        "webhook-signature": `v1,${btoa("forged forged forged forged forg")}`,
      },
    });

    expect(forged.status).toBe(400);
    expect((await hp.job(job)).job.state).toBe("APPROVAL");
    expect((await hp.resumptions.read(resumption)).state).toBe("waiting");
    await running.stop();
    expect(await effects()).not.toContain("o_3");
  });
});

describe("a handler of Restate", () => {
  const ports = { admin: 0, ingress: 0, node: 0, service: 0, webhook: 0 };
  let server: ChildProcess;
  let node: string;
  let secret: string;
  let folder: string;

  beforeAll(async () => {
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
    node = await nodeRelease();
    secret = await webhookSecret(ports.webhook);
    folder = await mkdtemp(path.join(world.folder, "restate-"));
    server = spawn(restateServer(), ["--no-logo", "--base-dir", folder, "--node-name", "one"], {
      env: {
        ...process.env,
        RESTATE_LISTEN_MODE: "tcp",
        RESTATE_BIND_ADDRESS: `127.0.0.1:${ports.node}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${ports.admin}`,
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ports.ingress}`,
        RESTATE_DISABLE_TELEMETRY: "true",
        RESTATE_DEFAULT_NUM_PARTITIONS: "1",
        RESTATE_LOG_FORMAT: "json",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    await saying(server, /Admin API starting/);
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => server.once("close", resolve));
    server.kill("SIGKILL");
    await ended;
  });

  function serve(): Promise<Running> {
    const env = {
      HOLDPOINT_WEBHOOK_SECRET: secret,
      PORT: String(ports.webhook),
      SERVICE_PORT: String(ports.service),
      RESTATE_INGRESS: `http://127.0.0.1:${ports.ingress}`,
    };
    // Its SDK wants Node 22 or newer, whatever its package says.
    return runExample("durable", [], { url: world.url, folder, env, node, file: "restate" });
  }

  async function post(url: string, body: object): Promise<unknown> {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return text === "" ? null : (JSON.parse(text) as unknown);
  }

  test("is killed while people think, and pays once when they have approved", async () => {
    const first = await serve();
    await first.line(/serves/);
    await post(`http://127.0.0.1:${ports.admin}/deployments`, {
      uri: `http://127.0.0.1:${ports.service}`,
    });
    const handler = `http://127.0.0.1:${ports.ingress}/payments/o_9/refund`;
    await post(`${handler}/send`, { orderId: "o_9", amount: 20 });
    const job = jobIn(await first.line(/waits for people/));
    await first.stop();

    const second = await serve();
    await second.line(/serves/);
    await second.line(/listens/);
    await world.decide(job, "approve");
    // Calls with one key are made one after the other: this one ends after the first has.
    const again = await post(handler, { orderId: "o_9", amount: 20 });
    await second.stop();

    expect(again).toBe("paid back 20 USD for o_9");
    expect(await readFile(path.join(folder, "refunds.txt"), "utf8")).toBe("o_9 20\n");
  });
});

/** The server's program, which its package brings along for this platform. */
function restateServer(): string {
  const packages = path.resolve(
    path.dirname(fileURLToPath(import.meta.url)),
    "../../examples/durable/node_modules/@restatedev",
  );
  const name = `restate-server-${process.platform}-${process.arch}`;
  return path.join(packages, name, "bin", "restate-server");
}
