// A server with agents, their suspended runs and local decisions, and people who look after them, for browser tests.

import { randomUUID } from "node:crypto";
import type { SnapshotAnswer } from "@holdpoint/core/wire/local";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import { Holdpoint, type JobView } from "@holdpoint/sdk";
import { addKey } from "@holdpoint/server/flow/manage-keys";
import type { Page } from "playwright-core";
import { call, type Sending, textAt } from "../http.ts";
import { openTab, openWorld, type Tab, untilLive, type World } from "./browser.ts";

const policy = `version: v1
roles: { lead: 1 }
defaults: { decision: deny, timeout: 1h, rejection_memory: 0 }
rules:
  - { id: reads, match: { topics: ["job.*.read"] }, decision: allow }
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 1h
`;

export type Who = "root" | "ana" | "agent";

export class AgentWorld {
  readonly world: World;
  readonly hp: Holdpoint;
  readonly #keys: ReadonlyMap<Who, string>;
  #tabs: Tab[] = [];

  constructor(world: World, keys: ReadonlyMap<Who, string>) {
    this.world = world;
    this.#keys = keys;
    this.hp = new Holdpoint({ url: world.url, apiKey: this.key("agent") });
  }

  key(who: Who): string {
    return this.#keys.get(who) ?? "";
  }

  async signIn(who: Who, width: number, address: string): Promise<Page> {
    const tab = await openTab(this.world, width, address);
    this.#tabs.push(tab);
    await tab.page.getByLabel("API key").fill(this.key(who));
    await tab.page.getByRole("button", { name: "Sign in" }).click();
    await untilLive(tab.page);
    return tab.page;
  }

  /** A call of the API; throws when it is refused. */
  send(who: Who, path: string, body: unknown = {}, method = "POST"): Promise<unknown> {
    return this.#call(who, method, path, { body });
  }

  read(who: Who, path: string): Promise<unknown> {
    return this.#call(who, "GET", path);
  }

  async #call(who: Who, method: string, path: string, sent: Sending = {}): Promise<unknown> {
    const answer = await call(this.world.url, method, path, { key: this.key(who), ...sent });
    if (answer.status >= 300) throw new Error(`${method} ${path} as ${who}: ${answer.text}`);
    return answer.body;
  }

  /** The id of a hold. */
  async hold(more: object = {}): Promise<string> {
    const body = { topic: "job.db.delete", params: { id: randomUUID() }, ...more };
    return textAt(await this.send("agent", "/actions", body), "job", "id");
  }

  async suspend(jobs: readonly string[], thread: string): Promise<ResumptionView> {
    const state = Buffer.from(`what ${thread} knew`).toString("base64");
    const body = { thread, run: `run of ${thread}`, jobs, checkpoint: { codec: "text", state } };
    return (await this.send("agent", "/resumptions", body)) as ResumptionView;
  }

  /** Told as an agent does that decided an action by itself; the id of its job. */
  async decidedLocally(
    topic: string,
    status: "SUCCEEDED" | "UNKNOWN" = "SUCCEEDED",
  ): Promise<string> {
    const path = `/policy/snapshot?nonce=${"n".repeat(16)}`;
    const { lease } = (await this.hp.request({ method: "GET", path })) as SnapshotAnswer;
    const id = `job_${randomUUID().slice(0, 18)}`;
    const at = Date.now();
    const said = { id, lease: 0, at, decision: "allow", rule: "reads" };
    const proposal = { topic, params: { path: "report.csv" } };
    const record = { ...said, proposal, end: { status, ended_at: at } };
    const body = { batch: randomUUID(), leases: [lease], records: [record], ends: [] };
    await this.hp.request({ method: "POST", path: "/decisions/local", body });
    return id;
  }

  /** Redeems what people released, and says the effect that was computed just before. */
  redeem(job: JobView, effect: object): Promise<{ status: number }> {
    const { topic, params } = job.action;
    const body = { grant: job.grant?.token, action: { topic, params, effect } };
    return call(this.world.url, "POST", "/grants/redeem", { key: this.key("agent"), body });
  }

  /** Closes the pages and answers the faults of their scripts. */
  async closeTabs(): Promise<readonly string[]> {
    const faults = this.#tabs.flatMap((tab) => tab.faults);
    await Promise.all(this.#tabs.map((tab) => tab.context.close()));
    this.#tabs = [];
    return faults;
  }

  async close(): Promise<void> {
    this.hp.close();
    await this.world.close();
  }
}

export async function openAgents(): Promise<AgentWorld> {
  const world = await openWorld({ dev: false, policy });
  const make = async (request: Parameters<typeof addKey>[1]["request"]): Promise<string> => {
    const by = { kind: "system", id: "test" } as const;
    return (await addKey(world.server.engine, { tenant: "default", by, request })).secret;
  };
  const person = ["read", "review"] as const;
  const life = { expires_in: "1d" } as const;
  const lead = { kind: "person", subject: "ana", roles: ["lead"], ...life } as const;
  const keys = new Map<Who, string>([
    [
      "root",
      await make({ kind: "person", subject: "root", scopes: [...person, "admin"], ...life }),
    ],
    ["ana", await make({ ...lead, roles: [...lead.roles], scopes: [...person] })],
    [
      "agent",
      await make({
        kind: "agent",
        subject: "crm-bot",
        scopes: ["propose", "redeem", "read"],
        ...life,
      }),
    ],
  ]);
  return new AgentWorld(world, keys);
}

/** True when the page is wider than its window. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
}
