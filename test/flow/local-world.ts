// A server and clients that decide locally, with what they tell and what the server keeps of it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  Holdpoint,
  type HoldpointOptions,
  type LocalOptions,
  type LocalProblem,
} from "@holdpoint/sdk";
import { startServer } from "@holdpoint/server";
import { writeFile } from "node:fs/promises";

const localPolicy = `
version: v1
rules:
  - id: reads
    match: { topics: ["job.*.read"] }
    decision: allow
    reason: Reading is free
  - id: notes
    match: { topics: ["job.note.*"] }
    decision: log
  - id: small-refunds
    match: { topics: ["job.pay.refund"], cost: { at_most: 50, currency: USD } }
    decision: allow
  - id: large-refunds
    match: { topics: ["job.pay.refund"], cost: { over: 50, currency: USD } }
    decision: require_approval
    reason: Somebody looks at large refunds
  - id: bounded
    match: { topics: ["job.mail.*"] }
    decision: allow_with_constraints
    constraints: { max_runtime_sec: 60 }
`;

export interface LocalWorld extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly server: Awaited<ReturnType<typeof startServer>>;
  client(options?: Partial<HoldpointOptions>, local?: LocalOptions): LocalClient;
  publish(source: string): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface LocalClient {
  readonly hp: Holdpoint;
  readonly problems: LocalProblem[];
  /** Calls of the API so far, by method and path. */
  readonly calls: string[];
}

export async function openLocalWorld(policy = localPolicy): Promise<LocalWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdpoint-local-"));
  await writeFile(path.join(folder, "policy.yaml"), policy);
  const open = (port: number): ReturnType<typeof startServer> =>
    startServer({
      port,
      dataDir: path.join(folder, "data"),
      policyFile: path.join(folder, "policy.yaml"),
      dev: true,
      logLevel: "silent",
    });
  let server = await open(0);
  const { port, url } = server;
  const clients: Holdpoint[] = [];
  let isUp = true;
  const stop = async (): Promise<void> => {
    if (isUp) await server.close();
    isUp = false;
  };
  return {
    url,
    folder,
    get server() {
      return server;
    },
    client: (options = {}, local = {}) => {
      const problems: LocalProblem[] = [];
      const calls: string[] = [];
      const watched: typeof globalThis.fetch = (input, init) => {
        calls.push(`${init?.method ?? "GET"} ${new URL(String(input)).pathname}`);
        return globalThis.fetch(input, init);
      };
      const hp = new Holdpoint({
        url,
        fetch: watched,
        timeoutMs: 3_000,
        local: {
          spoolDir: path.join(folder, "spool"),
          onProblem: (problem) => problems.push(problem),
          ...local,
        },
        ...options,
      });
      clients.push(hp);
      return { hp, problems, calls };
    },
    publish: async (source) => {
      await writeFile(path.join(folder, "policy.yaml"), source);
    },
    stop,
    start: async () => {
      server = await open(port);
      isUp = true;
    },
    [Symbol.asyncDispose]: async () => {
      for (const hp of clients) hp.close();
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
