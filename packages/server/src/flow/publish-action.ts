// A publication as an action that people can judge: what changes, and what check, tests and replay said.

import type { Action } from "@holdpoint/core/action/action";
import { isoOf } from "@holdpoint/core/base/clock";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { invariantsTag, publisher, publishTopic } from "@holdpoint/core/policy/publish";
import { textDiff } from "@holdpoint/core/policy/text-diff";
import { noClaims } from "@holdpoint/core/wire/action-door";
import type { DraftResults, PublishPlan } from "@holdpoint/core/wire/policy-life";
import type { DraftRecord } from "../storage/policy-life.ts";
import { personOfDraft, writersOf } from "./draft-form.ts";

const diffCharactersMax = 60_000;
const evidenceCharactersMax = 8_000;

export interface Publication {
  readonly draft: DraftRecord;
  readonly results: DraftResults;
  readonly plan: PublishPlan;
  /** Text of the policy that is active; empty when there is none. */
  readonly before: string;
}

/** INVARIANT: the hashed part names the snapshot and how it comes into force; approval is bound to it. */
export function publishAction({ draft, results, plan, before }: Publication): Action {
  const summary = summaryOf(draft, results);
  const person = personOfDraft(draft);
  const authorName = person.name ?? person.email ?? person.id;
  return {
    topic: publishTopic,
    tool: null,
    params: {
      draft: draft.id,
      revision: draft.revision,
      policy: draft.digest,
      base: draft.base,
      writers: [...writersOf(draft)],
      message: plan.message,
      rollout: plan.rollout,
      activate_at: plan.activate_at,
      change: results.change,
      ...summary,
    },
    target: { environment: null, resource: `policy ${(draft.digest ?? "").slice(7, 19)}` },
    riskTags: results.changes_invariants ? [invariantsTag, "policy"] : ["policy"],
    reversible: true,
    cost: null,
    effect: {
      rows: null,
      recipients: null,
      diff: textDiff(before, draft.source, diffCharactersMax),
    },
    actor: {
      agent: publisher,
      run: null,
      thread: null,
      call: null,
      onBehalfOf: `user:${draft.author}`,
    },
    claims: noClaims,
    evidence: Object.entries({
      author: authorName,
      change: results.change,
      ...summary,
      ...lists(draft, results),
    }).map(([label, text]) => ({ label, uri: null, text: text.slice(0, evidenceCharactersMax) })),
    labels: {},
    idempotencyKey: null,
    checkpoint: null,
  };
}

/** One line for each thing that was tried. */
function summaryOf(draft: DraftRecord, results: DraftResults): Readonly<Record<string, string>> {
  const findings = findingsOf(draft);
  const { test, diff, replay } = results;
  return {
    check: `${findings.length === 0 ? "nothing" : `${findings.length} warnings and notes`} found`,
    tests:
      test === null || test.tests.length === 0
        ? "no tests"
        : `${test.passed} of ${test.tests.length} passed, ${test.coverage.percent} % covered`,
    diff:
      diff === null
        ? "nothing to compare with"
        : `${diff.actions.loosened} actions loosened, ${diff.actions.tightened} tightened, ${diff.actions.same} the same`,
    replay:
      replay === null
        ? "not replayed"
        : `${replay.coverage.replayable} of ${replay.coverage.decisions} recorded decisions replayed: ` +
          `${replay.loosened} loosened, ${replay.tightened} tightened, ${replay.same} the same`,
  };
}

/** What stands behind the lines, as far as there is something. */
function lists(draft: DraftRecord, results: DraftResults): Readonly<Record<string, string>> {
  const findings = findingsOf(draft).map(
    ({ line, severity, message }) => `line ${line}: ${severity}: ${message}`,
  );
  const loosened = (results.diff?.loosened ?? []).map(
    ({ before, after, count }) =>
      `${count} × ${before.decision} (${before.rule ?? "default"}) → ${after.decision} (${after.rule ?? "default"})`,
  );
  return {
    ...(findings.length === 0 ? {} : { findings: findings.join("\n") }),
    ...(loosened.length === 0 ? {} : { loosened: loosened.join("\n") }),
  };
}

interface FindingLine {
  readonly line: number;
  readonly severity: string;
  readonly message: string;
}

function findingsOf(draft: DraftRecord): readonly FindingLine[] {
  return JSON.parse(draft.findings) as FindingLine[];
}

export function planFrom(
  wish: { message?: string | undefined; rollout?: number | undefined },
  parts: { message: string | null; activateAt: number | null },
): PublishPlan {
  return {
    message: wish.message ?? parts.message,
    rollout: wish.rollout === undefined || wish.rollout === 100 ? null : wish.rollout,
    activate_at: parts.activateAt === null ? null : isoOf(parts.activateAt),
  };
}

/** Names that the job of a publication carries, so that what is activated is what was approved. */
export function publicationOf(params: Readonly<JsonObject>): {
  draft: unknown;
  policy: unknown;
  base: unknown;
} {
  return { draft: params["draft"], policy: params["policy"], base: params["base"] };
}
