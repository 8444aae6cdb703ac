// Makes recorded decisions again with another policy, page by page, so that the process goes on answering.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import type { Policy } from "@holdpoint/core/policy/policy";
import { Replay } from "@holdpoint/core/policy-trial/replay";
import type { ReplayReport } from "@holdpoint/core/policy/report";
import type { EventPosition, StoredEvent } from "../storage/store.ts";
import type { CompareTask } from "../study/tasks.ts";
import type { Engine } from "./context.ts";

export interface ReplaySpan {
  readonly since: number | null;
  readonly until: number | null;
  /** Decisions that are looked at. */
  readonly limit: number;
}

/** An event may hold a megabyte of parameters. */
const pageSize = 100;
/** Between two looks at what else the process has to do; one decision may take ten of them. */
const sliceMs = 10;
/** Recorded texts that are held together for a comparison. */
const corpusCharactersMax = 32 * 1_048_576;

/** INVARIANT: reads only. The newest decisions of the span are taken when there are more of them. */
export async function replayRecord(
  engine: Engine,
  tenant: string,
  { policy, span }: { readonly policy: Policy; readonly span: ReplaySpan },
): Promise<ReplayReport> {
  const replay = new Replay(compilePolicy(policy));
  let begunAt = performance.now();
  for await (const event of eventsOf(engine, tenant, span)) {
    replay.add({
      type: event.type,
      job: event.jobId,
      actor: { kind: event.actorKind },
      payload: payloadOf(event),
    });
    if (performance.now() - begunAt < sliceMs) continue;
    await nextTurn();
    begunAt = performance.now();
  }
  return replay.report();
}

/** Proposals as the record holds them, the newest first, for comparing two policies. */
export async function recordedProposals(
  engine: Engine,
  tenant: string,
  limit: number,
): Promise<CompareTask["corpus"]> {
  const actions: CompareTask["corpus"][number][] = [];
  let after: EventPosition | null = null;
  let characters = 0;
  while (actions.length < limit && characters < corpusCharactersMax) {
    const page: readonly StoredEvent[] = await engine.store.listEvents(tenant, {
      jobId: null,
      type: "job.proposed",
      isNewestFirst: true,
      limit: Math.min(pageSize, limit - actions.length),
      after,
    });
    for (const event of page) {
      const payload = payloadOf(event);
      characters += event.payload?.length ?? 0;
      if (payload !== null && event.jobId !== null) actions.push({ job: event.jobId, payload });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) break;
    after = { txid: last.txid, seq: last.seq };
    await nextTurn();
  }
  return actions;
}

async function* eventsOf(
  engine: Engine,
  tenant: string,
  span: ReplaySpan,
): AsyncGenerator<StoredEvent> {
  const first = await firstOf(engine, tenant, span);
  if (first !== null) yield first;
  let after: EventPosition | null = first;
  for (;;) {
    const page = await engine.store.listEvents(tenant, {
      jobId: null,
      type: null,
      isNewestFirst: false,
      limit: pageSize,
      after,
    });
    for (const event of page) {
      if (span.until !== null && event.at > span.until) return;
      if (span.since === null || event.at >= span.since) yield event;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = { txid: last.txid, seq: last.seq };
  }
}

/** The oldest decision that is taken, counted from the newest; null when the record has no more. */
async function firstOf(
  engine: Engine,
  tenant: string,
  span: ReplaySpan,
): Promise<StoredEvent | null> {
  let after: EventPosition | null = null;
  let first: StoredEvent | null = null;
  let left = span.limit;
  for (;;) {
    const page: readonly StoredEvent[] = await engine.store.listEvents(tenant, {
      jobId: null,
      type: "job.proposed",
      isNewestFirst: true,
      limit: pageSize,
      after,
    });
    for (const event of page) {
      if (span.since !== null && event.at < span.since) return first;
      if (span.until !== null && event.at > span.until) continue;
      first = event;
      left -= 1;
      if (left === 0) return first;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return first;
    after = { txid: last.txid, seq: last.seq };
    await nextTurn();
  }
}

function payloadOf(event: StoredEvent): JsonObject | null {
  return event.payload === null ? null : (JSON.parse(event.payload) as JsonObject);
}
