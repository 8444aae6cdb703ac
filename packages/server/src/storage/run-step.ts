// What a change of a job does to the suspended run that waits for it, in the statement of that change.

import type { Commit } from "./store.ts";

/**
 * An answer, or a move to another run, as the commit statement reads it. INVARIANT: the answer of a job that a run
 * waits for is never written without its step, whichever verb or clock wrote it.
 */
export function inputOfRuns(at: number, { job, before }: Commit): readonly object[] {
  if (job === null) return [];
  const now = job.updatedAt;
  const steps: object[] = [];
  const wasAnswered = before !== undefined && before.state !== "APPROVAL";
  if (job.resumption !== null && job.state !== "APPROVAL" && !wasAnswered) {
    steps.push({ at, id: job.resumption, job: job.id, is_answer: true, now });
  }
  const left = before?.resumption ?? null;
  if (left !== null && left !== job.resumption && job.state === "APPROVAL" && !wasAnswered) {
    steps.push({ at, id: left, job: job.id, is_answer: false, now });
  }
  return steps;
}

/** Whose workers look when this is written; null when no run goes on by it. */
export function agentToTell(change: Commit): string | null {
  return change.job !== null && inputOfRuns(0, change).length > 0
    ? change.job.action.actor.agent
    : null;
}

// A step that comes twice does nothing the second time, because the job is no longer open. One that meets another
// change of the run waits for it and is made on what that left: a plain update, whose row is looked at anew. A run that
// waits out a failure goes on waiting; one that no job is left for is over.
const isEmpty = "(r.open <@ (s.answered || s.gone))";
const isUnanswered = "(cardinality(r.settled) = 0 and not (r.open && s.answered))";

export const runsSql = (parameter: string): string => `stepped as (
  update resumptions r set
    open = array(select o.job from unnest(r.open) with ordinality as o(job, place)
      where o.job <> all (s.answered || s.gone) order by o.place),
    settled = r.settled || array(select n.job from unnest(s.answered) as n(job) where n.job = any (r.open)),
    state = case when r.state = 'waiting' and ${isEmpty} and ${isUnanswered} then 'cancelled' else r.state end,
    ended_at = case when r.state = 'waiting' and ${isEmpty} and ${isUnanswered} then s.now else r.ended_at end,
    due_at = case when r.state = 'waiting' and not ${isUnanswered} and (r.mode <> 'all' or ${isEmpty})
      then coalesce(r.due_at, s.now) else r.due_at end,
    updated_at = s.now
  from (select i.id, coalesce(array_agg(i.job order by i.at) filter (where i.is_answer), '{}') as answered,
      coalesce(array_agg(i.job order by i.at) filter (where not i.is_answer), '{}') as gone, max(i.now) as now
    from json_to_recordset(${parameter}) as i(at int, id text, job text, is_answer boolean, now bigint)
    where i.at = any ((select array_agg(at) from done)::int[]) group by i.id) s
  where r.tenant = $1 and r.id = s.id and r.open && (s.answered || s.gone))`;
