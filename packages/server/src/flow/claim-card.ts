// Claims the card of a hold, gives it back, or hands it to somebody else who may review it.

import { isMeant } from "@holdpoint/core/approval/name";
import type { Person } from "@holdpoint/core/approval/review";
import { personActor } from "@holdpoint/core/job/held";
import type { Command } from "@holdpoint/core/job/transition";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Json } from "@holdpoint/core/base/json/value";
import type { AssignRequest } from "@holdpoint/core/wire/hold";
import type { JobView } from "@holdpoint/core/wire/response";
import { jobView } from "@holdpoint/core/wire/view";
import { changeJob, requestKeyOf } from "./change-job.ts";
import { type Context, requirePerson } from "./context.ts";
import type { LoadedPolicy } from "./loaded-policy.ts";
import { findVisible, policyOf } from "./read-job.ts";

interface CardCall {
  readonly jobId: string;
  readonly idempotencyKey: string | null;
}

export function claimCard(ctx: Context, call: CardCall): Promise<JobView> {
  const person = requirePerson(ctx, "review");
  return changeCard(ctx, { ...call, name: "claim", body: {} }, ({ directory }) => ({
    kind: "claim",
    person,
    directory,
    now: ctx.clock.now(),
  }));
}

export function releaseCard(ctx: Context, call: CardCall): Promise<JobView> {
  const person = requirePerson(ctx, "review");
  return changeCard(ctx, { ...call, name: "release", body: {} }, ({ directory }) => ({
    kind: "release",
    person,
    directory,
    isAdmin: ctx.caller.scopes.has("admin"),
    now: ctx.clock.now(),
  }));
}

export async function assignCard(
  ctx: Context,
  call: CardCall & { readonly request: AssignRequest },
): Promise<JobView> {
  const person = requirePerson(ctx, "review");
  const { request } = call;
  const to = await findAssignee(ctx, call.jobId, request.to);
  const body = { to: request.to, note: request.note ?? null };
  return changeCard(ctx, { ...call, name: "assign", body }, ({ directory }) => ({
    kind: "assign",
    person,
    to,
    note: request.note ?? null,
    isAdmin: ctx.caller.scopes.has("admin"),
    directory,
    now: ctx.clock.now(),
  }));
}

interface CardVerb extends CardCall {
  readonly name: "claim" | "release" | "assign";
  readonly body: Json;
}

function changeCard(
  ctx: Context,
  verb: CardVerb,
  command: (policy: LoadedPolicy) => Command,
): Promise<JobView> {
  const person = requirePerson(ctx, "review");
  const { jobId, name } = verb;
  return changeJob<JobView>(ctx, {
    jobId,
    name,
    by: personActor(person),
    requestKey: requestKeyOf(verb.idempotencyKey, name, { job: jobId, ...(verb.body as object) }),
    isPolicyBound: true,
    command: (_found, policy) => ({ ok: true, command: command(policy) }),
    answer: async (file, _change, { directory }) =>
      jobView(file, { directory, trace: null, token: null, reader: person }),
  });
}

/**
 * Whoever is meant, with what the server itself knows of them: a name in a request gives nobody a
 * role. Somebody who is not known is refused like one who may not review.
 */
async function findAssignee(ctx: Context, jobId: string, name: string): Promise<Person> {
  const found = await findVisible(ctx, jobId);
  const policy = await policyOf(ctx, found);
  const duty = await ctx.people.duty(ctx.caller.tenant, policy);
  const contact = duty
    .members("any")
    .find(({ id, email, entry }) =>
      isMeant(name, [id, ...(email === null ? [] : [email]), ...(entry?.accounts ?? [])]),
    );
  if (contact === undefined) {
    throw new HoldpointError("person_not_found", {
      message: "nobody of this name is known here",
      path: "/to",
    });
  }
  const { id, email, roles } = contact;
  return { id, email, name: contact.name, roles, assurance: "key" };
}
