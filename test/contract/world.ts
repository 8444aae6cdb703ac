// What every suite of the contract is given: the open place, tenants of its own, row counts.

import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";
import type { Database, Statement } from "@holdpoint/server/storage/database";
import type { Place, PlaceKind } from "./place.ts";

export const tenantTables = [
  "jobs",
  "reviews",
  "audit_events",
  "audit_payloads",
  "outbox",
  "policies",
  "active_policy",
  "policy_activations",
  "policy_drafts",
  "policy_rollouts",
  "policy_shadows",
  "shadow_verdicts",
  "people",
  "api_keys",
  "idempotency",
  "signing_keys",
  "tool_registries",
  "people_documents",
  "rosters",
  "velocity",
  "incidents",
  "tasks",
  "identities",
  "link_codes",
  "checkpoints",
  "checkpoint_writes",
  "resumptions",
  "outputs",
  "agents",
  "local_batches",
] as const;

export interface World {
  readonly isShared: boolean;
  place(): Place;
  /** What another process would open. */
  openAnother(): Promise<Database>;
  /** A tenant that nobody else uses, so that tests share one database. */
  tenant(): Promise<string>;
  counts(tenant: string): Promise<Record<string, number>>;
  /** Reads again until it is so: transactions of other tests hold the order of events up. */
  eventually<T>(read: () => Promise<T>, isSo: (value: T) => boolean): Promise<T>;
}

const patienceMs = 20_000;
let tenants = 0;

/** A statement named by its own text, within the 63 characters that PostgreSQL keeps of a name. */
export function statementOf(text: string): Statement {
  return { name: createHash("sha256").update(text).digest("hex").slice(0, 32), text };
}

/** Registers the opening and closing of a place with the suite that calls. */
export function useWorld(kind: PlaceKind): World {
  let place: Place | undefined;
  beforeAll(async () => {
    place = await kind.open();
  });
  afterAll(() => place?.close());
  const get = (): Place => {
    if (place === undefined) throw new Error("the place is not open");
    return place;
  };
  return {
    isShared: kind.isShared,
    place: get,
    openAnother: () => {
      const { openAnother } = get();
      if (openAnother === null) throw new Error("one process only");
      return openAnother();
    },
    tenant: async () => {
      tenants += 1;
      const tenant = `tenant-${tenants}`;
      await get().store.ensureTenant(tenant, 0);
      return tenant;
    },
    counts: async (tenant) => {
      const counts: Record<string, number> = {};
      for (const table of tenantTables) {
        const text = `select count(*) as count from ${table} where tenant = $1`;
        const rows = await get().database.query<{ count: number }>(tenant, statementOf(text), [
          tenant,
        ]);
        counts[table] = Number(rows[0]?.count);
      }
      return counts;
    },
    eventually: async (read, isSo) => {
      const deadline = performance.now() + patienceMs;
      let value = await read();
      while (!isSo(value) && performance.now() < deadline) {
        await nextTurn();
        value = await read();
      }
      return value;
    },
  };
}

export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

/** Something that one part of a test waits for and another one lets happen. */
export function makeGate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
