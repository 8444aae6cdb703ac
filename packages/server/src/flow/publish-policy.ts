// Stores and activates a policy; a file that does not load leaves the running one in place.

import { HoldpointError } from "@holdpoint/core/error/error";
import { type Instant, isoOf } from "@holdpoint/core/base/clock";
import type { Finding } from "@holdpoint/core/policy-file/load";
import type { Registry } from "@holdpoint/core/policy/registry";
import { snapshotName } from "@holdpoint/core/policy-file/snapshot";
import type { PolicyRequest } from "@holdpoint/core/wire/request";
import type { FindingView, PolicyPage, PolicyView } from "@holdpoint/core/wire/response";
import type { EventActor } from "@holdpoint/core/record/event";
import type { Examined } from "../study/tasks.ts";
import type { ActivationKind } from "../storage/policy-life.ts";
import type { PolicyRecord } from "../storage/store.ts";
import { nameAuthors } from "./author-names.ts";
import { type Context, type Engine, requirePerson, requireViewer } from "./context.ts";
import { personActor } from "@holdpoint/core/job/held";
import { record } from "./record.ts";
import { FileRefused, findingView } from "./file-refused.ts";
import { registryOf } from "./manage-tools.ts";

/** What a policy is checked against beside itself. */
interface Beside {
  readonly now: Instant;
  /** Absent while it is empty: then topics, tools and parameters are not looked up. */
  readonly registry?: Registry;
}

async function besidePolicy(engine: Engine, tenant: string): Promise<Beside> {
  const now = engine.clock.now();
  const registry = await registryOf(engine, tenant);
  return registry.entries.length === 0 ? { now } : { now, registry };
}

/** Loads and checks a source; throws FileRefused, or answers what to store and what to mention. */
export async function examine(
  engine: Engine,
  tenant: string,
  source: string,
): Promise<{
  policy: Omit<PolicyRecord, "author" | "message" | "createdAt">;
  findings: readonly Finding[];
}> {
  const found = await examineText(engine, tenant, source);
  if (!found.ok) throw new FileRefused("policy_invalid", found.findings);
  const { digest, policy, rules, findings } = found;
  return { policy: { digest, source, policy, rules }, findings };
}

/** The same without throwing: what is wrong with a text is an answer. */
export async function examineText(
  engine: Engine,
  tenant: string,
  source: string,
  place: "first" | "last" = "last",
): Promise<Examined> {
  return engine.study.examine({ source, ...(await besidePolicy(engine, tenant)) }, place);
}

/** Activates at once: for the development person, and where nothing was published before. */
export async function publishPolicy(ctx: Context, request: PolicyRequest): Promise<PolicyView> {
  const person = requirePerson(ctx, "admin");
  return activate(ctx, {
    tenant: ctx.caller.tenant,
    source: request.source,
    author: personActor(person),
    message: request.message ?? null,
    replaces: request.replaces ?? null,
  });
}

/** Activations that meet another one are made again on top of it, this often. */
const attemptsMax = 8;

export interface Activation {
  readonly tenant: string;
  readonly source: string;
  readonly author: EventActor;
  readonly message: string | null;
  readonly replaces: string | null;
  readonly kind?: ActivationKind;
}

/** What a person publishes, and what the process does with its policy file at the start. */
export async function activate(
  engine: Engine,
  activation: Activation,
  attempt = 1,
): Promise<PolicyView> {
  const { tenant, author } = activation;
  const { policy, findings } = await examine(engine, tenant, activation.source);
  const now = engine.clock.now();
  const row: PolicyRecord = {
    ...policy,
    author: author.id,
    message: activation.message,
    createdAt: now,
  };
  const before = await engine.store.activePolicy(tenant);
  const view = (of: PolicyRecord): PolicyView => ({
    ...policyView(tenant, of, true),
    source: of.source,
    findings: findings.map(findingView),
  });
  // What is active already is not activated again: a repeated call, after a lost answer, changes nothing.
  const same =
    before?.digest === policy.digest ? await engine.store.findPolicy(tenant, policy.digest) : null;
  if (same !== null) return view(same);
  const [event] = record(engine, tenant, [
    {
      type: "policy.activated",
      at: now,
      actor: author,
      jobId: null,
      revision: null,
      before: before === null ? null : snapshotName(tenant, before.digest as `sha256:${string}`),
      after: snapshotName(tenant, policy.digest as `sha256:${string}`),
      jobHash: null,
      snapshot: snapshotName(tenant, policy.digest as `sha256:${string}`),
      payload: {
        kind: activation.kind ?? "publish",
        message: activation.message,
        rules: policy.rules,
      },
    },
  ]);
  if (event === undefined) throw new HoldpointError("internal", { message: "no event" });
  // INVARIANT: written over what was read, also when the caller names nothing: of two processes that
  // activate one file at once the second one finds it active.
  const replaces = activation.replaces ?? before?.digest ?? null;
  const isActive = await engine.store.activatePolicy(tenant, row, replaces, event);
  if (!isActive && activation.replaces === null && attempt < attemptsMax) {
    return activate(engine, activation, attempt + 1);
  }
  if (!isActive) {
    throw new HoldpointError("policy_stale", {
      message: "another policy was activated since you read it; read it again",
    });
  }
  engine.policies.forget(tenant);
  engine.hub.changed(tenant, []);
  engine.hub.work();
  return view(row);
}

export async function listPolicies(ctx: Context): Promise<PolicyPage> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const [rows, active] = await Promise.all([
    ctx.store.listPolicies(tenant, 200),
    ctx.store.activePolicy(tenant),
  ]);
  const items = rows.map((row) => policyView(tenant, row, row.digest === active?.digest));
  const named = await nameAuthors(ctx, items);
  return { items: items.map((item) => named(item)) };
}

/** One snapshot with its source; `active` names the running one. */
export async function readPolicy(ctx: Context, name: string): Promise<PolicyView> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const active = await ctx.store.activePolicy(tenant);
  const digest = name === "active" ? active?.digest : name;
  const row = digest === undefined ? null : await ctx.store.findPolicy(tenant, digest);
  if (row === null)
    throw new HoldpointError("policy_not_found", { message: `no policy \`${name}\`` });
  const loaded = await ctx.study.load(row.source);
  const view = policyView(tenant, row, row.digest === active?.digest);
  const named = await nameAuthors(ctx, [view]);
  return {
    ...named(view),
    source: row.source,
    findings: loaded.findings.map(findingView),
  };
}

export async function checkSource(
  ctx: Context,
  source: string,
): Promise<{ ok: boolean; findings: FindingView[] }> {
  requireViewer(ctx);
  const { ok, findings } = await examineText(ctx, ctx.caller.tenant, source);
  return { ok, findings: findings.map(findingView) };
}

export function policyView(tenant: string, row: PolicyRecord, active: boolean): PolicyView {
  return {
    snapshot: snapshotName(tenant, row.digest as `sha256:${string}`),
    digest: row.digest,
    active,
    rules: row.rules,
    author: row.author,
    message: row.message,
    created_at: isoOf(row.createdAt),
  };
}
