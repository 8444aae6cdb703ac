// The tenants that the workers walk through, asked for now and then.

import type { Engine } from "../flow/context.ts";

const keptMs = 60_000;

export type TenantList = () => Promise<readonly string[]>;

export function tenantList(engine: Engine): TenantList {
  let known: readonly string[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (known.length === 0 || performance.now() - readAt >= keptMs) {
      known = await engine.store.tenants();
      readAt = performance.now();
    }
    return known;
  };
}
