// Who answers for an agent stays out of its reviews until somebody else says otherwise.

import { ownersOf } from "@holdpoint/core/agent/agent";
import type { AgentRecord } from "@holdpoint/core/agent/agent";
import { namesOf } from "@holdpoint/core/approval/authority";
import { isSamePerson } from "@holdpoint/core/approval/name";
import type { Person } from "@holdpoint/core/approval/review";
import { HoldpointError, isHoldpointError } from "@holdpoint/core/error/error";
import type { Context } from "./context.ts";

/**
 * SECURITY: an admin who reviews too could take themselves out of the chain of an agent, and then
 * release what it asks for. So nobody who owns the agent or one above it ends that by themselves.
 */
export async function refuseOwnRelease(
  ctx: Context,
  person: Person,
  { before, after }: { readonly before: AgentRecord; readonly after: AgentRecord },
): Promise<void> {
  if (before.owner === after.owner && before.parent === after.parent) return;
  const names = await namesOfPerson(ctx, person);
  const isOwner = async (agent: AgentRecord): Promise<boolean> => {
    const above =
      agent.parent === null ? [] : await ctx.store.agentChain(ctx.caller.tenant, agent.parent);
    const owners = [...(agent.owner === null ? [] : [agent.owner]), ...ownersOf(above)];
    return owners.some((owner) => isSamePerson(owner, names));
  };
  if (!(await isOwner(before)) || (await isOwner(after))) return;
  throw new HoldpointError("agent_invalid", {
    message:
      "you answer for this agent or for one above it, and may not review it; somebody else who administers has to change that",
    path: before.owner === after.owner ? "/parent" : "/owner",
  });
}

/** All names of the person; before the first policy only those of the credential. */
async function namesOfPerson(ctx: Context, person: Person): Promise<readonly string[]> {
  try {
    const { directory } = await ctx.policies.active(ctx.caller.tenant);
    return namesOf(person, directory);
  } catch (error) {
    if (!isHoldpointError(error) || error.code !== "policy_not_found") throw error;
    return person.email === null ? [person.id] : [person.id, person.email];
  }
}
