// Ends a job before it ran: the agent that proposed or a person cancels it, a person revokes its release.

import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type { Job } from "@holdpoint/core/job/job";
import type { EventActor } from "@holdpoint/core/record/event";
import type { JobView } from "@holdpoint/core/wire/response";
import { changeJob, notFound, requestKeyOf } from "./change-job.ts";
import { actorOfAgent, type Context, requirePerson } from "./context.ts";
import { viewForAgent } from "./read-job.ts";

export interface WithdrawInput {
  readonly kind: "cancel" | "revoke";
  readonly jobId: string;
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
}

export async function withdraw(ctx: Context, input: WithdrawInput): Promise<JobView> {
  const by = input.kind === "revoke" ? personOf(ctx) : whoCancels(ctx);
  return changeJob<JobView>(ctx, {
    jobId: input.jobId,
    name: input.kind,
    by: by.actor,
    requestKey: requestKeyOf(input.idempotencyKey, input.kind, {
      job: input.jobId,
      reason: input.reason,
    }),
    isPolicyBound: false,
    command: (found) => {
      const who = mayEnd(by, found.file.job) ? by : personBeside(ctx);
      if (who === null) throw notFound(input.jobId);
      return {
        ok: true,
        command: {
          kind: input.kind,
          by: who.actor,
          byName: who.name,
          reason: input.reason,
          now: ctx.clock.now(),
        },
      };
    },
    answer: (file, _change, policy) => viewForAgent(ctx, file, { policy, trace: null }),
  });
}

interface By {
  readonly actor: EventActor;
  readonly name: string | null;
}

/** An agent withdraws its own; another's job is not there for it. */
function mayEnd(by: By, job: Job): boolean {
  return by.actor.kind === "person" || job.action.actor.agent === by.actor.id;
}

/** The development connection is an agent and a person: what is not the agent's, the person ends. */
function personBeside(ctx: Context): By | null {
  return ctx.caller.person === null ? null : personOf(ctx);
}

function personOf(ctx: Context): By {
  const person = requirePerson(ctx, "review");
  return { actor: personActor(person), name: person.name ?? person.email };
}

function whoCancels(ctx: Context): By {
  const { agent, scopes } = ctx.caller;
  if (agent !== null && agent.kind === "agent" && scopes.has("propose")) {
    return { actor: actorOfAgent(agent), name: null };
  }
  if (ctx.caller.person !== null) return personOf(ctx);
  throw new HoldpointError("scope_missing", { message: "only an agent or a person cancels a job" });
}
