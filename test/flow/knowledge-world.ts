// A server in development mode for tests of what the server knows: one policy, calls as agent and person.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type RunningServer, startServer } from "@holdpoint/server";
import type { Config } from "@holdpoint/server/config/config";
import { HandClock } from "../sim/engine.ts";
import { type Answer, call } from "../http.ts";

export class Knowledge {
  readonly server: RunningServer;
  readonly clock: HandClock;
  readonly folder: string;

  constructor(server: RunningServer, clock: HandClock, folder: string) {
    this.server = server;
    this.clock = clock;
    this.folder = folder;
  }

  get(place: string): Promise<Answer> {
    return call(this.server.url, "GET", place);
  }

  post(place: string, body: unknown): Promise<Answer> {
    return call(this.server.url, "POST", place, { body });
  }

  put(place: string, body: unknown): Promise<Answer> {
    return call(this.server.url, "PUT", place, { body });
  }

  remove(place: string): Promise<Answer> {
    return call(this.server.url, "DELETE", place);
  }

  propose(topic: string, more: object = {}): Promise<Answer> {
    return this.post("/actions", { topic, ...more });
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function openKnowledge(
  source: string,
  more: (folder: string) => Partial<Config> = () => ({}),
): Promise<Knowledge> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdpoint-knows-"));
  const clock = new HandClock();
  const config = { port: 0, dev: true, dataDir: folder, logLevel: "silent" as const };
  const server = await startServer({ ...config, ...more(folder) }, { clock });
  const world = new Knowledge(server, clock, folder);
  const published = await world.post("/policies", { source });
  if (published.status !== 200) throw new Error(JSON.stringify(published.body));
  return world;
}
