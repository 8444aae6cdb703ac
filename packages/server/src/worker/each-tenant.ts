// One tenant after the other: what fails in one holds up no other, and is tried again soon.

import type { Engine } from "../flow/context.ts";
import type { TenantList } from "./tenant-list.ts";

/** After this a tenant in which something failed is looked at again. */
const againMs = 1_000;

export interface TenantWork {
  /** As it is called in the log of the process. */
  readonly name: string;
  readonly tenantsOf: TenantList;
  readonly lookEveryMs: number;
  /** Works in one tenant; answers when to look again, in milliseconds. */
  readonly run: (tenant: string) => Promise<number>;
}

/** Answers when to look again at the earliest, in milliseconds. */
export async function eachTenant(
  engine: Pick<Engine, "telemetry">,
  { name, tenantsOf, lookEveryMs, run }: TenantWork,
): Promise<number> {
  let pauseMs = lookEveryMs;
  for (const tenant of await tenantsOf()) {
    try {
      pauseMs = Math.min(pauseMs, await run(tenant));
    } catch (error) {
      engine.telemetry.workFailed(name, error);
      pauseMs = Math.min(pauseMs, againMs);
    }
  }
  return pauseMs;
}

/** The pause until an instant, if there is one. */
export function pauseUntil(
  { clock }: Pick<Engine, "clock">,
  at: number | null,
  lookEveryMs: number,
): number {
  return at === null ? lookEveryMs : Math.max(1, at - clock.now());
}
