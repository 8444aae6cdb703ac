// The single checks of the doctor: each looks at one thing and answers in a sentence.

import { rm, stat, writeFile } from "node:fs/promises";
import { createServer, connect } from "node:net";
import path from "node:path";
import { readText } from "./input.ts";

export interface Finding {
  readonly what: string;
  readonly status: "ok" | "note" | "failed";
  readonly detail: string;
}

const TIMEOUT_MS = 3_000;
const NODE_MIN = [20, 19] as const;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [majorMin, minorMin] = NODE_MIN;
  const enough = major > majorMin || (major === majorMin && minor >= minorMin);
  if (!enough) {
    const detail = `${version} is too old; install ${majorMin}.${minorMin} or later`;
    return { what: "node", status: "failed", detail };
  }
  const old = major < 24 ? "; for production take 24, which still gets security fixes" : "";
  return { what: "node", status: "ok", detail: `${version}${old}` };
}

/** Writes and removes a file there, or where the folder would be made. */
export async function checkData(folder: string): Promise<Finding> {
  const what = "data";
  const absolute = path.resolve(folder);
  try {
    const existing = await nearestFolder(absolute);
    const probe = path.join(existing, `.holdpoint-doctor-${process.pid}`);
    await writeFile(probe, "");
    await rm(probe);
    const made = existing === absolute ? "" : ", it will be made at the first start";
    return { what, status: "ok", detail: `${absolute} is writable${made}` };
  } catch (error) {
    return { what, status: "failed", detail: `${absolute} is not usable: ${messageOf(error)}` };
  }
}

async function nearestFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  if (found === null) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error("no such folder");
    return nearestFolder(parent);
  }
  if (found.isDirectory()) return folder;
  throw new Error(`${folder} is a file`);
}

/** Asks the address for the PostgreSQL protocol, without signing in. */
export async function checkDatabase(databaseUrl: string): Promise<Finding> {
  const what = "database";
  let address: URL;
  try {
    address = new URL(databaseUrl);
  } catch {
    return { what, status: "failed", detail: "DATABASE_URL is not an address" };
  }
  // The address without its password goes to the screen.
  const shown = `${address.hostname}:${address.port || "5432"}${address.pathname}`;
  if (!/^postgres(ql)?:$/.test(address.protocol)) {
    return { what, status: "failed", detail: `${shown} is not a postgres:// address` };
  }
  try {
    await greetPostgres(address.hostname.replace(/^\[|\]$/g, ""), Number(address.port || 5432));
    return { what, status: "ok", detail: `PostgreSQL answers at ${shown}` };
  } catch (error) {
    return { what, status: "failed", detail: `${shown}: ${messageOf(error)}` };
  }
}

// SPEC: an SSLRequest of the PostgreSQL protocol; a server answers it with one byte, S or N.
async function greetPostgres(host: string, port: number): Promise<void> {
  const request = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.once("connect", () => socket.write(request));
    socket.once("data", (bytes) => {
      const known = bytes[0] === 0x53 || bytes[0] === 0x4e;
      end(known ? undefined : new Error("what answers is not PostgreSQL"));
    });
    socket.once("timeout", () => end(new Error("no answer")));
    socket.once("close", () => end(new Error("the connection was closed")));
    socket.once("error", end);
  });
}

export async function checkPort(host: string, port: number): Promise<Finding> {
  const what = "port";
  const code = await listenOnce(host, port);
  if (code === null) return { what, status: "ok", detail: `${host}:${port} is free` };
  if (code !== "EADDRINUSE") return { what, status: "failed", detail: `${host}:${port}: ${code}` };
  const who = await whoAnswers(`http://${host.includes(":") ? `[${host}]` : host}:${port}`);
  if (who !== null) return { what, status: "note", detail: `${host}:${port}: ${who} runs there` };
  return {
    what,
    status: "failed",
    detail: `${host}:${port} is taken by something else; choose --port`,
  };
}

async function listenOnce(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** Whether the server that commands would talk to is well. */
export async function checkServer(url: string, apiKey: string | undefined): Promise<Finding> {
  const what = "server";
  const who = await whoAnswers(url);
  if (who === null) return { what, status: "note", detail: `none runs at ${url}` };
  const ready = await ask(`${url}/readyz`);
  if (ready?.ok !== true) {
    const detail = `${url} runs, but is not ready: HTTP ${ready?.status ?? "no answer"}`;
    return { what, status: "failed", detail };
  }
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const me = await ask(`${url}/api/v1/me`, headers);
  if (me?.ok === true) return { what, status: "ok", detail: `${who} at ${url} is ready` };
  if (me?.status === 401 && apiKey === undefined) {
    return { what, status: "note", detail: `${url} is ready and wants a key (HOLDPOINT_API_KEY)` };
  }
  return {
    what,
    status: "failed",
    detail: `${url} refuses this key: HTTP ${me?.status ?? "no answer"}`,
  };
}

export async function checkPolicyFile(file: string): Promise<Finding> {
  const what = "policy";
  try {
    const { checkText } = await import("./policy-check.ts");
    const { policy, findings } = checkText(await readText(file));
    const first = findings.find((finding) => finding.severity === "error");
    if (policy !== null && first === undefined) {
      return { what, status: "ok", detail: `${file} loads, ${policy.rules.length} rules` };
    }
    const place = first === undefined ? "" : `:${first.line}:${first.column}: ${first.message}`;
    return { what, status: "failed", detail: `${file}${place}` };
  } catch (error) {
    return { what, status: "failed", detail: messageOf(error) };
  }
}

/** "Holdpoint 0.1.0", or null when nothing of ours answers. */
async function whoAnswers(url: string): Promise<string | null> {
  const health = await ask(`${url}/healthz`);
  if (health?.ok !== true) return null;
  const me = await ask(`${url}/api/v1/me`);
  const body = (await me?.json().catch(() => null)) as { version?: unknown; code?: unknown } | null;
  if (typeof body?.version === "string") return `Holdpoint ${body.version}`;
  return typeof body?.code === "string" ? "Holdpoint" : null;
}

async function ask(url: string, headers: Record<string, string> = {}): Promise<Response | null> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return await fetch(url, { headers, redirect: "error", signal });
  } catch {
    return null;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
