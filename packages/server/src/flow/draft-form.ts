// A draft as it is stored and shown: read, checked and compared each time that its text changes.

import { isoOf } from "@holdpoint/core/base/clock";
import type { Person } from "@holdpoint/core/approval/review";
import { type Finding } from "@holdpoint/core/policy-file/load";
import type { DraftResults, DraftView, PublishPlan } from "@holdpoint/core/wire/policy-life";
import type { DraftRecord } from "../storage/policy-life.ts";
import { findingView } from "./file-refused.ts";

export function personOfDraft(draft: DraftRecord): Person {
  return JSON.parse(draft.authorRecord) as Person;
}

export function writersOf(draft: DraftRecord): readonly string[] {
  return JSON.parse(draft.writers) as string[];
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
