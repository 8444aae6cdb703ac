// A draft as it is stored and shown: read, checked and compared each time that its text changes.

import { isoOf } from "@holdpoint/core/base/clock";
import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Person } from "@holdpoint/core/approval/review";
import { checkPolicy } from "@holdpoint/core/policy/check";
import { type Finding, loadPolicy } from "@holdpoint/core/policy/load";
import type { Policy } from "@holdpoint/core/policy/policy";
import { policyDigest, policyToJson } from "@holdpoint/core/policy/snapshot";
import type { DraftResults, DraftView, PublishPlan } from "@holdpoint/core/wire/policy-life";
import type { DraftRecord } from "../storage/policy-life.ts";
import type { PolicyRecord } from "../storage/store.ts";
import { findingView } from "./file-refused.ts";
import type { Beside } from "./publish-policy.ts";

export interface ReadText {
  /** Null when the text has errors. */
  readonly policy: Policy | null;
  readonly digest: string | null;
  readonly findings: readonly Finding[];
}

/** Reads and checks a text; never throws for what is wrong with it. */
export function readText(source: string, beside: Beside): ReadText {
  const { registry } = beside;
  const loaded = loadPolicy(source, registry === undefined ? {} : { registry });
  if (!loaded.ok) return { policy: null, digest: null, findings: loaded.findings };
  const { policy } = loaded;
  const findings = checkPolicy(policy, source, { ...beside, loaded: loaded.findings });
  const isRefused = findings.some((finding) => finding.severity === "error");
  return isRefused
    ? { policy: null, digest: null, findings }
    : { policy, digest: policyDigest(policy), findings };
}

/** The snapshot that a text makes. */
export function policyRecordOf(
  policy: Policy,
  parts: Pick<PolicyRecord, "source" | "author" | "message" | "createdAt">,
): PolicyRecord {
  return {
    ...parts,
    digest: policyDigest(policy),
    policy: canonicalJson(policyToJson(policy)),
    rules: policy.rules.length + policy.invariants.length,
  };
}

export function personOfDraft(draft: DraftRecord): Person {
  return JSON.parse(draft.authorRecord) as Person;
}

export function planOf(draft: DraftRecord): PublishPlan | null {
  return draft.plan === null ? null : (JSON.parse(draft.plan) as PublishPlan);
}

/** `isWhole` adds the text and what was found out about it. */
export function draftView(draft: DraftRecord, isWhole: boolean): DraftView {
  const person = personOfDraft(draft);
  return {
    id: draft.id,
    revision: draft.revision,
    state: draft.state,
    message: draft.message,
    author: { id: draft.author, name: person.name ?? person.email },
    base: draft.base,
    digest: draft.digest,
    plan: planOf(draft),
    job_id: draft.jobId,
    outcome: draft.outcome,
    created_at: isoOf(draft.createdAt),
    updated_at: isoOf(draft.updatedAt),
    ...(isWhole
      ? {
          source: draft.source,
          findings: (JSON.parse(draft.findings) as Finding[]).map(findingView),
          results: draft.results === null ? null : (JSON.parse(draft.results) as DraftResults),
        }
      : {}),
  };
}
