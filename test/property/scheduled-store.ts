// A store whose calls come in the order that fast-check's scheduler chooses.

import type { Store } from "@holdpoint/server/storage/store";
import type { Scheduler } from "fast-check";

/** Every call waits for its turn before it reaches the database, and again with its answer. */
export function scheduled(real: Store, scheduler: Scheduler): Store {
  const members = Object.entries(real).map(([name, call]) => [
    name,
    async (...values: unknown[]) => {
      await scheduler.schedule(Promise.resolve(), `${name} goes`);
      const result = await (call as (...of: unknown[]) => Promise<unknown>)(...values);
      return scheduler.schedule(Promise.resolve(result), `${name} returns`);
    },
  ]);
  return Object.fromEntries(members) as unknown as Store;
}
