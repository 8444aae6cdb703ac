// A Store whose n-th call fails: before it reaches the database, or after it was committed and the reply is lost.

import { HoldpointError } from "@holdpoint/core/error/error";
import type { Store } from "@holdpoint/server/storage/store";

export type FaultMoment = "before" | "after";

export interface FailingStore {
  readonly store: Store;
  /** Counts from here on; the `nth` call fails, none when 0. */
  arm(nth: number, moment: FaultMoment): void;
  /** Names of the calls since it was armed. */
  readonly calls: readonly string[];
}

/** Only `tenant` is there for the loops that walk through all tenants. */
export function failingStore(real: Store, tenant: string): FailingStore {
  let calls: string[] = [];
  let armed: { nth: number; moment: FaultMoment } = { nth: 0, moment: "before" };
  const lost = (): HoldpointError =>
    new HoldpointError("storage_unavailable", { message: "the test cut the connection" });
  const wrap =
    (name: string, call: (...values: unknown[]) => Promise<unknown>) =>
    async (...values: unknown[]): Promise<unknown> => {
      calls.push(name);
      const isChosen = calls.length === armed.nth;
      if (isChosen && armed.moment === "before") throw lost();
      const result = name === "tenants" ? [tenant] : await call(...values);
      if (isChosen) throw lost();
      return result;
    };
  const members = Object.entries(real).map(([name, call]) => [
    name,
    wrap(name, call as (...values: unknown[]) => Promise<unknown>),
  ]);
  return {
    store: Object.fromEntries(members) as unknown as Store,
    arm: (nth, moment) => {
      calls = [];
      armed = { nth, moment };
    },
    get calls() {
      return calls;
    },
  };
}
