// The contract of what streams of agents are told from: heads of jobs, chains of agents, ends of keys, many in one look.

import { type AgentRecord, newAgent } from "@holdpoint/core/agent/agent";
import { describe, expect, test } from "vitest";
import { changing, makeEvent, makeJob, makeKey, opening } from "./sample.ts";
import type { World } from "./world.ts";

const now = 1_000_000;

export function newsSuite(world: World): void {
  describe("news for agents", () => {
    test("tell where jobs stand, of those that are there", async () => {
      const { store } = world.place();
      const tenant = await world.tenant();
      const waiting = makeJob(tenant, { agent: "billing" });
      const rejected = makeJob(tenant, { agent: "archive" });
      for (const job of [waiting, rejected]) await store.commit(tenant, opening(job));
      await store.commit(tenant, changing(rejected, { state: "REJECTED", revision: 2 }));
      const heads = await store.jobHeads(tenant, [waiting.id, "job_none", rejected.id]);
      expect(heads.toSorted((a, b) => a.revision - b.revision)).toEqual([
        { id: waiting.id, agent: "billing", state: "APPROVAL", revision: 1 },
        { id: rejected.id, agent: "archive", state: "REJECTED", revision: 2 },
      ]);
      expect(await store.jobHeads(tenant, [])).toEqual([]);
      expect(await store.jobHeads(await world.tenant(), [waiting.id])).toEqual([]);
    });

    test("give the chain of each agent, itself first, with who halted it", async () => {
      const { store } = world.place();
      const tenant = await world.tenant();
      const agents: readonly [string, Partial<AgentRecord>][] = [
        ["root", { owner: "ada" }],
        ["middle", { parent: "root" }],
        ["leaf", { parent: "middle", owner: "eve" }],
      ];
      for (const [id, more] of agents) {
        const agent = { ...newAgent({ id, owner: null, createdBy: "ada", now }), ...more };
        const events = [makeEvent(tenant, "agent.changed")];
        await store.writeAgent(tenant, { agent, expected: null, events });
      }
      const root = await store.findAgent(tenant, "root");
      if (root === null) throw new Error("no root");
      const paused = { ...root, revision: 2, state: "paused" as const };
      await store.writeAgent(tenant, { agent: paused, expected: 1, events: [] });
      const chains = await store.agentChains(tenant, ["leaf", "root", "nobody"]);
      expect([...chains.keys()].toSorted()).toEqual(["leaf", "root"]);
      expect(chains.get("leaf")?.map(({ id, state }) => [id, state])).toEqual([
        ["leaf", "active"],
        ["middle", "active"],
        ["root", "paused"],
      ]);
      expect(chains.get("leaf")).toEqual(await store.agentChain(tenant, "leaf"));
      expect((await store.agentChains(await world.tenant(), ["leaf"])).size).toBe(0);
    });

    test("say when keys end: by their time, or sooner by being revoked", async () => {
      const { store } = world.place();
      const tenant = await world.tenant();
      const [lasting, revoked] = [makeKey({ expiresAt: now }), makeKey({ expiresAt: now })];
      for (const key of [lasting, revoked]) {
        await store.addKey(tenant, key, makeEvent(tenant, "key.created"));
      }
      await store.revokeKey(tenant, revoked.id, now - 5, makeEvent(tenant, "key.revoked"));
      const ends = await store.keyEnds(tenant, [lasting.id, revoked.id, "key_none"]);
      expect(ends).toEqual(
        new Map([
          [lasting.id, now],
          [revoked.id, now - 5],
        ]),
      );
      expect((await store.keyEnds(await world.tenant(), [lasting.id])).size).toBe(0);
    });
  });
}
