// Whoever waits past a state misses no rejection, also not one that came while nobody watched.

import { describe, expect, it } from "vitest";
import type { Store } from "../storage/store.ts";
import { Hub } from "./hub.ts";
import { LocalStates } from "./local-states.ts";
import type { PolicyBook } from "./policy-book.ts";

const active = {
  bundle: "cfg:default:policy#sha256:1",
  digest: "sha256:1",
  policy: { defaults: { rejectionMemoryMs: 60_000 } },
};

function statesOver(rejected: readonly string[], hub: Hub = new Hub()): LocalStates {
  return new LocalStates({
    store: { rejectedTopics: async () => [...rejected] } as unknown as Store,
    policies: { active: async () => active } as unknown as PolicyBook,
    clock: { now: () => 1_000_000 },
    hub,
  });
}

describe("the state of local decisions", () => {
  it("is looked at anew by whoever begins to watch", async () => {
    const rejected: string[] = [];
    const states = statesOver(rejected);
    const before = await states.now("default", "dev");
    rejected.push("job.pay.refund");
    const sleep = states.sleep("default", 60_000);
    const after = await states.now("default", "dev");
    sleep.end();
    expect(after.remembered).toEqual(["job.pay.refund"]);
    expect(after.name).not.toBe(before.name);
  });

  it("wakes whoever waits, also when one that is over is ended again", async () => {
    const hub = new Hub();
    const states = statesOver([], hub);
    const over = states.sleep("default", 60_000);
    over.end();
    const sleep = states.sleep("default", 60_000);
    over.end();
    hub.changed("default", []);
    expect(await sleep.woken).toBe(true);
  });
});
