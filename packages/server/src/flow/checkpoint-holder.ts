// Whose checkpoints a call is about: an agent's own, or those that a person names.

import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type { EventActor } from "@holdpoint/core/record/event";
import { type Context, requireAgent, requirePerson, requireViewer } from "./context.ts";

/** The agent whose they are. */
export interface Holder {
  readonly agent: string;
  /** The person who looks at or changes what is an agent's; null for the agent itself. */
  readonly person: EventActor | null;
}

/** SECURITY: only the agent itself saves; what a worker goes on from was never somebody else's. */
export function requireOwn(ctx: Context): string {
  return requireAgent(ctx, "propose").id;
}

/** For what stands around the state: the agent, or people who may look. */
export function requireHeadReader(ctx: Context, named: string | undefined): Holder {
  if (isOwn(ctx, named)) return { agent: requireOwn(ctx), person: null };
  requireViewer(ctx);
  const { person } = ctx.caller;
  return { agent: agentOf(named), person: person === null ? null : personActor(person) };
}

/** For the state itself, copies and removal: the agent, or people who administer. */
export function requireHolder(ctx: Context, named: string | undefined): Holder {
  if (isOwn(ctx, named)) return { agent: requireOwn(ctx), person: null };
  const person = personActor(requirePerson(ctx, "admin"));
  return { agent: agentOf(named), person };
}

/** An agent is asked about nobody else: a name that is not its own takes a person. */
function isOwn(ctx: Context, named: string | undefined): boolean {
  const { agent } = ctx.caller;
  if (agent?.kind !== "agent") return false;
  return named === undefined || named === agent.id;
}

function agentOf(named: string | undefined): string {
  if (named !== undefined) return named;
  throw new HoldpointError("query_invalid", {
    message: "say with `agent` whose checkpoints are meant",
    path: "/agent",
  });
}
