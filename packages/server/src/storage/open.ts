// Opens the store that the configuration names: the embedded database, or PostgreSQL by its URL.

import { randomUUID } from "node:crypto";
import { activeCalls } from "./active-store.ts";
import { agentCalls } from "./agents-store.ts";
import { agentNewsCalls } from "./agent-news-store.ts";
import { checkpointCalls } from "./checkpoints-store.ts";
import { Committer } from "./committer.ts";
import type { Database, Statement } from "./database.ts";
import { deliveryReads } from "./delivery-store.ts";
import { draftCalls } from "./draft-store.ts";
import { openEmbeddedStore } from "./embedded.ts";
import { historyCalls } from "./history-store.ts";
import { holdCalls } from "./hold-store.ts";
import { identityCalls } from "./identity-store.ts";
import { jobReads } from "./job-store.ts";
import { localCalls } from "./local-store.ts";
import { refuseMovedFolder } from "./moved.ts";
import { outputCalls } from "./outputs-store.ts";
import { outboxCalls } from "./outbox-store.ts";
import { peopleCalls } from "./people-store.ts";
import { incidentCalls } from "./incident-store.ts";
import { openPostgres } from "./postgres.ts";
import { recordReads } from "./record-store.ts";
import { resumptionCalls } from "./resumptions-store.ts";
import { rolloutCalls } from "./rollout-store.ts";
import { keyCalls, policyCalls, signingCalls } from "./settings-store.ts";
import { shadowCalls } from "./shadow-store.ts";
import type { Store } from "./store.ts";
import { taskCalls } from "./tasks-store.ts";
import { toolCalls } from "./tools-store.ts";

export interface StoreOptions {
  /** PostgreSQL 15 or newer; null for the embedded database in `dir`. */
  readonly databaseUrl: string | null;
  readonly dir: string;
  readonly now: () => number;
  readonly onProgress: (sentence: string) => void;
  /** The embedded database failed and cannot be used any more. */
  readonly onFault: (error: Error) => void;
}

const poolMaxDefault = 10;

export async function openStore(options: StoreOptions): Promise<Store> {
  const { databaseUrl, now, onProgress } = options;
  if (databaseUrl === null) refuseMovedFolder(options.dir);
  const database =
    databaseUrl === null
      ? await openEmbeddedStore({ dir: options.dir, now, onProgress, onFault: options.onFault })
      : await openPostgres({ url: databaseUrl, poolMax: poolMaxDefault, now, onProgress });
  return storeOver(database);
}

/** The Store over any Database. */
export function storeOver(database: Database): Store {
  const origin = randomUUID();
  const committers = new Map<string, Committer>();
  const committerOf = (tenant: string): Committer => {
    const known = committers.get(tenant) ?? new Committer(database, tenant, origin);
    committers.set(tenant, known);
    return known;
  };
  return {
    commit: (tenant, change) => committerOf(tenant).commit(change),
    ...jobReads(database),
    ...historyCalls(database),
    ...holdCalls(database),
    ...recordReads(database),
    ...policyCalls(database),
    ...activeCalls(database),
    ...draftCalls(database),
    ...rolloutCalls(database),
    ...shadowCalls(database),
    ...toolCalls(database),
    ...peopleCalls(database),
    ...identityCalls(database),
    ...keyCalls(database),
    ...agentCalls(database),
    ...agentNewsCalls(database),
    ...checkpointCalls(database),
    ...taskCalls(database),
    ...incidentCalls(database),
    ...resumptionCalls(database),
    ...localCalls(database),
    ...outboxCalls(database),
    ...deliveryReads(database),
    ...outputCalls(database),
    ...signingCalls(database),
    ...tenantCalls(database),
    // What this process wrote it has told by itself, and sooner.
    listen: (listener) =>
      database.listen("holdpoint", (payload) => {
        if (!payload.includes(origin)) listener(payload);
      }),
    close: () => {
      for (const committer of committers.values()) committer.close();
      return database.close();
    },
  };
}

const statement = (name: string, text: string): Statement => ({ name, text });

function tenantCalls(
  database: Database,
): Pick<Store, "tenants" | "ensureTenant" | "forgetAnswers" | "ping"> {
  return {
    tenants: async () => {
      const text = "select id from tenants order by id";
      return (await database.query<{ id: string }>("default", statement("tenants", text), [])).map(
        (row) => row.id,
      );
    },
    ensureTenant: async (tenant, now) => {
      const text = "insert into tenants (id, created_at) values ($1, $2) on conflict do nothing";
      await database.query(tenant, statement("ensure_tenant", text), [tenant, now]);
    },
    forgetAnswers: async (tenant, before) => {
      const text = "delete from idempotency where tenant = $1 and created_at < $2";
      await database.query(tenant, statement("forget_answers", text), [tenant, before]);
    },
    ping: async () => {
      await database.query("default", statement("ping", "select 1 as one"), []);
    },
  };
}
