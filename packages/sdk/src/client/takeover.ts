// The task of the people who do a rejected action by hand, and when it has ended.

import type { JobView } from "@holdpoint/core/wire/response";
import type { TakeoverHead } from "@holdpoint/core/wire/hold";

/** What people do by hand after a rejection that asks for it. */
export type Takeover = TakeoverHead;

/** True when people have nothing left to do: it was done, given back, or never opened. */
export function hasNoTakeover({ takeover }: JobView): boolean {
  return takeover == null || takeover.state === "done" || takeover.state === "returned";
}
