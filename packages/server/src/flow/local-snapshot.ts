// Gives an agent what it needs to decide locally: a signed lease, and the policy and tools that it names.

import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import { localLeaseMs } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { leaseClaims } from "@holdpoint/core/grant/lease";
import { readBundle } from "@holdpoint/core/policy/bundle";
import type { SnapshotAnswer, SnapshotQuery } from "@holdpoint/core/wire/local";
import { requireActing } from "./agent-standing.ts";
import { type AgentSubject, type Context, requireAgent } from "./context.ts";
import type { LocalState } from "./local-states.ts";

/** `GET /policy/snapshot`. */
export async function readSnapshot(
  ctx: Context,
  query: SnapshotQuery,
  onLeave: (call: () => void) => void,
): Promise<SnapshotAnswer> {
  const agent = requireLocal(ctx);
  const state = await stateAfter(ctx, { agent: agent.id, query, onLeave });
  return answerWith(ctx, state, { agent: agent.id, query });
}

/**
 * SECURITY: whoever may not propose gets no lease, and the lease that it has ends within its time. An
 * agent with a limit on its proposals is counted here, so none of its actions is decided elsewhere.
 */
function requireLocal(ctx: Context): AgentSubject {
  const agent = requireAgent(ctx, "propose");
  requireActing(agent);
  const { registered } = agent;
  if (agent.kind !== "agent" || registered?.isLocalAllowed === false) {
    throw notAllowed("its registration does not allow local decisions");
  }
  if (registered?.limits.perMinute != null) {
    throw notAllowed("it has a limit on its proposals, which are counted by the server");
  }
  return agent;
}

function notAllowed(why: string): HoldpointError {
  return new HoldpointError("local_not_allowed", {
    message: `${why}; propose each action to the server`,
  });
}

interface Asked {
  readonly agent: string;
  readonly query: SnapshotQuery;
}

/** The state now, or the next one than that which the caller knows. */
async function stateAfter(
  ctx: Context,
  { agent, query, onLeave }: Asked & { readonly onLeave: (call: () => void) => void },
): Promise<LocalState> {
  const { tenant } = ctx.caller;
  const endsAt = performance.now() + query.wait * 1000;
  let end: () => void = () => undefined;
  onLeave(() => end());
  for (;;) {
    const sleep = ctx.localStates.sleep(tenant, Math.max(0, endsAt - performance.now()));
    end = () => sleep.end();
    try {
      const state = await ctx.localStates.now(tenant, agent);
      if (query.known === undefined || state.name !== query.known) return state;
      if (await sleep.woken) continue;
      // SECURITY: it may have been paused meanwhile; whoever stopped it gets no lease after that.
      await requireStillActing(ctx, agent);
      return await ctx.localStates.now(tenant, agent);
    } finally {
      sleep.end();
    }
  }
}

async function requireStillActing(ctx: Context, id: string): Promise<void> {
  const registration = await ctx.store.findRegistration(ctx.caller.tenant, id);
  const { agent } = ctx.caller;
  if (registration === null || agent === null) return;
  const { isLocalAllowed, limits } = registration.agent;
  requireLocal({
    ...ctx,
    caller: {
      ...ctx.caller,
      agent: { ...agent, registered: { chain: registration.chain, isLocalAllowed, limits } },
    },
  });
}

async function answerWith(
  ctx: Context,
  { name, policy, remembered }: LocalState,
  { agent, query }: Asked,
): Promise<SnapshotAnswer> {
  const { tenant } = ctx.caller;
  const { tools } = readBundle(policy.bundle);
  const claims = leaseClaims(
    {
      issuer: ctx.publicUrl,
      tenant,
      agent,
      nonce: query.nonce,
      signedAt: ctx.clock.now(),
      state: name,
      bundle: policy.bundle,
      snapshot: policy.snapshot,
      policy: policy.digest,
      tools,
      remembered,
    },
    localLeaseMs,
  );
  const isKnown = query.known?.split(".")[0] === name.split(".")[0];
  const [lease, policyJson, toolsJson] = await Promise.all([
    ctx.signer.signLease(tenant, claims),
    isKnown ? null : storedPolicy(ctx, policy.digest),
    isKnown || tools === null ? null : storedTools(ctx, tools),
  ]);
  return { lease, policy: policyJson, tools: toolsJson };
}

/** As it is stored: the digest that the lease names is over these very members. */
async function storedPolicy(ctx: Context, digest: string): Promise<JsonObject> {
  const record = await ctx.store.findPolicy(ctx.caller.tenant, digest);
  if (record !== null) return JSON.parse(record.policy) as JsonObject;
  throw new HoldpointError("policy_not_found", { message: `no policy \`${digest}\`` });
}

async function storedTools(ctx: Context, digest: string): Promise<JsonObject> {
  const record = await ctx.store.findTools(ctx.caller.tenant, digest);
  const registry = record === null ? null : (JSON.parse(record.registry) as Json);
  if (registry !== null) return registry as JsonObject;
  throw new HoldpointError("tools_invalid", {
    message: `the stored tool registry \`${digest}\` cannot be read`,
  });
}
