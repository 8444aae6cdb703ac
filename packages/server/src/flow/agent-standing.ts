// Whether an agent may act now: by what its credential brought with it, and by the store where that may be old.

import { delegatorsOf, ownersOf, standingOf } from "@holdpoint/core/agent/agent";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Requester } from "@holdpoint/core/job/job";
import type { AgentLook } from "../storage/agents.ts";
import type { AgentSubject, Context, Engine } from "./context.ts";

/** Before anything that leads to an act; waiting, reading and reporting what was done go on. */
export function requireActing({ id, registered }: AgentSubject): void {
  if (registered !== undefined) refuseHalted(id, registered.chain);
}

/** Asks the store: a change that demanded an acting agent was not written. */
export async function haltOf(
  engine: Engine,
  tenant: string,
  agent: string,
): Promise<HoldpointError | null> {
  const { kind, because } = standingOf(await engine.store.agentChain(tenant, agent));
  if (kind === "active") return null;
  return kind === "killed"
    ? new HoldpointError("grant_not_live", { message: `the agent \`${agent}\` was killed` })
    : paused(agent, because);
}

/** Asks the store: a change that demanded a live key was not written. */
export async function requireLiveKey({ store, clock, caller }: Context): Promise<void> {
  const { tenant, keyId } = caller;
  if (keyId === null) return;
  const endsAt = (await store.keyEnds(tenant, [keyId])).get(keyId) ?? 0;
  if (endsAt <= clock.now()) {
    throw new HoldpointError("unauthenticated", { message: "the API key has ended meanwhile" });
  }
}

function refuseHalted(agent: string, chain: AgentLook["chain"]): void {
  const { kind, because } = standingOf(chain);
  if (kind === "killed") throw killed(agent);
  if (kind === "paused") throw paused(agent, because);
}

function paused(agent: string, because: string | null): HoldpointError {
  const who = because === null || because === agent ? "" : ` because of \`${because}\` above it`;
  return new HoldpointError("agent_paused", {
    message: `the agent \`${agent}\` is paused${who}; go on when people resume it`,
    facts: { agent, halted_by: because },
  });
}

export function killed(agent: string): HoldpointError {
  return new HoldpointError("agent_killed", {
    message: `the agent \`${agent}\` was killed; nothing it asks for is done any more`,
  });
}

/** Whom no quorum of the agent's holds counts, and on whose behalf it acts. */
export function requesterOf(
  credential: Pick<Requester, "agentOwner" | "keyCreator">,
  registered: AgentLook | undefined,
): Requester {
  const owners = registered === undefined ? [] : ownersOf(registered.chain);
  const delegators = registered === undefined ? [] : delegatorsOf(registered.chain);
  return {
    ...credential,
    ...(owners.length === 0 ? {} : { owners }),
    ...(delegators.length === 0 ? {} : { delegators }),
  };
}
