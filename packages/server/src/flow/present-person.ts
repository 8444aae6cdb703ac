// The person who calls, by the people and the policy that are in force at this moment: whoever left is nobody.

import type { Person } from "@holdpoint/core/approval/review";
import { HoldpointError } from "@holdpoint/core/error/error";
import { type Context, requirePerson } from "./context.ts";
import type { LoadedPolicy } from "./loaded-policy.ts";

export interface Present {
  /** As their credential names them. */
  readonly account: Person;
  /** The person behind the account. */
  readonly person: Person;
  readonly policy: LoadedPolicy;
}

/** SECURITY: read from storage, so that a membership that ended elsewhere a moment ago counts here. */
export async function presentPerson(ctx: Context): Promise<Present> {
  const account = requirePerson(ctx, ctx.caller.scopes.has("admin") ? "admin" : "review");
  const { tenant } = ctx.caller;
  const active = await ctx.store.activePolicy(tenant);
  const policy =
    active === null
      ? await ctx.policies.active(tenant)
      : await ctx.policies.get(tenant, active.bundle);
  const person = policy.directory.canonical(account);
  if (person === null) {
    throw new HoldpointError("approval_not_authorized", {
      message: "you are no longer among the people of this tenant",
    });
  }
  return { account, person, policy };
}
