// A server with keys for several people and an agent, and holds among them, for browser tests.

import { addKey } from "@holdpoint/server/flow/manage-keys";
import type { Page } from "playwright-core";
import { openTab, openWorld, type Tab, untilLive, type World } from "./browser.ts";

const policy = `version: v1
groups:
  platform: { members: [ana@example.com, li@example.com, kim@example.com] }
  on-call: { members: [li@example.com], always: true }
  board: { members: [kim@example.com] }
  night: { members: [] }
governance: { group: board, due: 3d }
defaults: { decision: deny, timeout: 1h }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    reason: Writes to the database are looked at
    approvals: [{ group: platform }]
    sla: 1h
    remind: 30m
    escalate: [{ after: 2h, to: "group:on-call" }]
    timeout: 4h
    on_reject: escalate
    emergency: { by: "group:on-call", within: [incident] }
  - id: window
    match: { topics: ["job.newsletter.*"] }
    decision: allow_unless_rejected
    reason: Newsletters go out unless somebody objects
    approvals: [{ group: platform }]
    window: 10m
    timeout: 1h
  - id: two-eyes
    match: { topics: ["job.vote.*"] }
    decision: require_approval
    approvals: [{ group: platform, count: 2, blind: true }]
  - id: night
    match: { topics: ["job.night.*"] }
    decision: require_approval
    approvals: [{ group: night }]
`;

const people = ["ana", "li", "kim", "max"] as const;
export type Name = (typeof people)[number];

export interface HoldWorld {
  readonly world: World;
  /** A page of that person, signed in. */
  signIn(who: Name, width: number, address: string): Promise<Page>;
  /** A call of the API; throws when it is refused. */
  send(who: Name | "agent", path: string, body: unknown): Promise<Answered>;
  read(path: string): Promise<Answered>;
  /** Somebody whom no group of the policy has. */
  addPerson(who: Name): Promise<void>;
  /** Closes the pages and answers the faults of their scripts. */
  closeTabs(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface Answered {
  readonly job: { readonly id: string; readonly state: string };
  readonly watch: {
    readonly questions: readonly { readonly id: string; readonly text: string }[];
    readonly claim: { readonly person: { readonly id: string } } | null;
  } | null;
  readonly resolution: { readonly code: string | null; readonly reason: string | null } | null;
  readonly takeover: { readonly state: string; readonly note: string | null } | null;
}

export async function openHolds(): Promise<HoldWorld> {
  const world = await openWorld({ dev: false, policy });
  const keys = new Map<string, string>();
  for (const name of people) {
    const scopes = ["read", "review"] as const;
    keys.set(name, await makeKey(world, "person", `${name}@example.com`, scopes));
  }
  const admin = ["read", "review", "admin"] as const;
  keys.set("admin", await makeKey(world, "person", "root@example.com", admin));
  keys.set("agent", await makeKey(world, "agent", "crm-bot", ["propose", "redeem"]));
  const tabs: Tab[] = [];
  const call = async (who: string, path: string, init: RequestInit = {}): Promise<Answered> => {
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${keys.get(who) ?? ""}`,
    };
    const answer = await fetch(`${world.url}/api/v1${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answered;
  };
  return {
    world,
    signIn: async (who, width, address) => {
      const tab = await openTab(world, width, address);
      tabs.push(tab);
      await tab.page.getByLabel("API key").fill(keys.get(who) ?? "");
      await tab.page.getByRole("button", { name: "Sign in" }).click();
      await untilLive(tab.page);
      return tab.page;
    },
    send: (who, path, body) => call(who, path, { method: "POST", body: JSON.stringify(body) }),
    read: (path) => call("kim", path),
    addPerson: async (who) => {
      const body = JSON.stringify({ email: `${who}@example.com` });
      await call("admin", `/people/${who}`, { method: "PUT", body });
    },
    closeTabs: async () => {
      const faults = tabs.flatMap((tab) => tab.faults);
      await Promise.all(tabs.splice(0).map((tab) => tab.context.close()));
      return faults;
    },
    close: () => world.close(),
  };
}

type Scopes = readonly ("propose" | "redeem" | "read" | "review" | "admin")[];

async function makeKey(
  world: World,
  kind: "agent" | "person",
  subject: string,
  scopes: Scopes,
): Promise<string> {
  const made = await addKey(world.server.engine, {
    tenant: "default",
    by: { kind: "system", id: "test" },
    request: { kind, subject, scopes: [...scopes], expires_in: "1d" },
  });
  return made.secret;
}

/** A write of the agent that the policy of this world holds. */
export function deletion(id: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    job_id: id,
    topic: "job.db.delete",
    params: { ids: [id], limit: 100 },
    target: { environment: "prod", resource: `customers/${id}` },
    reversible: false,
    ...more,
  };
}
