// Shows that the throw-away PostgreSQL starts in parallel, is durable, and leaves nothing behind.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";

import { startPostgres } from "../../tools/postgres.mjs";

type Server = Awaited<ReturnType<typeof startPostgres>>;

const toolUrl = new URL("../../tools/postgres.mjs", import.meta.url).href;
let servers: Server[] = [];

beforeAll(async () => {
  servers = await Promise.all([startPostgres(), startPostgres({ settings: { work_mem: "5MB" } })]);
}, 120_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

test("two servers run side by side and do not see each other's tables", async () => {
  const [first, second] = servers;
  if (first === undefined || second === undefined) throw new Error("no servers");
  await ask(first.url, "CREATE TABLE only_here (id int)");
  const found = await ask(second.url, "SELECT to_regclass('only_here') AS found");
  expect(found).toEqual([{ found: null }]);
  expect(first.port).not.toBe(second.port);
});

test("a commit reaches the disk, the user is a superuser and settings are taken", async () => {
  const rows = await ask(
    servers[1]?.url ?? "",
    `SELECT current_setting('fsync') AS fsync, current_setting('work_mem') AS work_mem,
       current_setting('is_superuser') AS superuser, current_database() AS name,
       current_setting('max_connections') AS connections`,
  );
  expect(rows).toEqual([
    {
      fsync: "on",
      work_mem: "5MB",
      superuser: "on",
      name: "holdpoint_test",
      connections: "100",
    },
  ]);
});

test("a connection without the password is refused", async () => {
  const url = new URL(servers[0]?.url ?? "");
  url.password = "wrong";
  await expect(ask(url.href, "SELECT 1")).rejects.toThrow(/password authentication failed/);
});

test("a stopped server is gone with its folder, and stopping twice is harmless", async () => {
  const dir = mkdtempSync(join("/var/tmp", "holdpoint-tool-"));
  const server = await startPostgres({ dir });
  expect(existsSync(join(dir, "data"))).toBe(true);
  await Promise.all([server.stop(), server.stop()]);
  expect(existsSync(dir)).toBe(false);
  expect(await isListening(server.port)).toBe(false);
}, 60_000);

test("a folder that holds something is refused and left as it is", async () => {
  await expect(startPostgres({ dir: tmpdir() })).rejects.toThrow(/is not empty/);
  expect(existsSync(tmpdir())).toBe(true);
});

test("a bad setting is reported with the server's own words", async () => {
  const started = startPostgres({ settings: { shared_buffers: "lots" } });
  await expect(started).rejects.toThrow(/invalid value for parameter "shared_buffers"/);
}, 60_000);

test("a server dies with the process that started it, even by kill -9", async () => {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(toolUrl)});
    const server = await startPostgres();
    console.log(JSON.stringify({ pid: server.pid, dir: server.dir, port: server.port }));
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  const server: { pid: number; dir: string; port: number } = JSON.parse(String(line));
  expect(await isListening(server.port)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "close");
  await expect.poll(() => existsSync(server.dir), { timeout: 20_000 }).toBe(false);
  expect(await isListening(server.port)).toBe(false);
}, 60_000);
