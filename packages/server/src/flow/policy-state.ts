// What decides now, what waits to decide, and everything that was active before.

import { HoldpointError } from "@holdpoint/core/error/error";
import { isoOf } from "@holdpoint/core/base/clock";
import type { PolicyState } from "@holdpoint/core/wire/policy-life";
import type { ActivationRecord } from "../storage/policy-life.ts";
import { nameAuthors } from "./author-names.ts";
import { type Context, requireViewer } from "./context.ts";
import { draftView } from "./draft-form.ts";
import { policyView } from "./publish-policy.ts";
import { rolloutView } from "./rollout-verbs.ts";
import { shadowHead } from "./shadow-verbs.ts";

const historyMax = 100;
const busyMax = 100;

export async function readPolicyState(ctx: Context): Promise<PolicyState> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const { store } = ctx;
  const pointer = await store.activePolicy(tenant);
  const [active, rollout, shadow, busy, history] = await Promise.all([
    pointer === null ? null : store.findPolicy(tenant, pointer.digest),
    store.lastRollout(tenant),
    store.lastShadow(tenant),
    store.busyDrafts(tenant, busyMax),
    store.listActivations(tenant, historyMax),
  ]);
  if (active === null) {
    throw new HoldpointError("policy_not_found", { message: "no policy is active yet" });
  }
  const isRolling = rollout?.state === "running";
  const candidate = isRolling ? await store.findPolicy(tenant, rollout.candidate) : null;
  const views = {
    active: policyView(tenant, active, true),
    candidate: candidate && policyView(tenant, candidate, false),
    rollout: rollout && rolloutView(rollout),
    shadow: shadow === null || shadow.endedAt !== null ? null : shadowHead(shadow),
  };
  const named = await nameAuthors(ctx, [...Object.values(views), ...history]);
  return {
    active: named(views.active),
    candidate: views.candidate && named(views.candidate),
    percent: isRolling ? rollout.percent : null,
    rollout: views.rollout && named(views.rollout),
    shadow: views.shadow && named(views.shadow),
    scheduled: busy
      .filter(({ state }) => state === "scheduled")
      .map((draft) => draftView(draft, false)),
    history: history.map((line) => named(activationView(line))),
  };
}

function activationView(line: ActivationRecord): PolicyState["history"][number] {
  return {
    digest: line.digest,
    before: line.before,
    kind: line.kind,
    author: line.author,
    message: line.message,
    job_id: line.jobId,
    draft_id: line.draftId,
    at: isoOf(line.at),
  };
}
