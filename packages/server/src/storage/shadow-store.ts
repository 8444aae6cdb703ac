// Shadows of policies and what they would have decided; the newest verdicts are kept, the rest is counted no more.

import { shadowVerdictsMax } from "@holdpoint/core/base/limits";
import type { Database, Row, Statement } from "./database.ts";
import type { PolicyLifeStore, ShadowRecord, ShadowVerdict } from "./policy-life.ts";
import { addPolicy } from "./active-store.ts";
import { appendEvents, lockActive, noticeOf, notify } from "./settings-store.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const verdictColumns = `job_id, topic, agent, live_kind, live_rule, shadow_kind, shadow_rule, shadow_reason,
  is_error, at`;

type ShadowCalls = Pick<
  PolicyLifeStore,
  "startShadow" | "endShadow" | "lastShadow" | "addVerdicts" | "countVerdicts" | "sampleVerdicts"
>;

export function shadowCalls(database: Database): ShadowCalls {
  return {
    startShadow: (tenant, shadow, policy, event) =>
      database.transaction(tenant, async (session) => {
        // One after the other: of two that start at once the later one ends the earlier.
        await lockActive(session, tenant);
        await addPolicy(session, tenant, policy);
        const end =
          "update policy_shadows set ended_at = $2 where tenant = $1 and ended_at is null";
        await session.query(statement("end_shadows", end), [tenant, shadow.startedAt]);
        const text = `insert into policy_shadows (tenant, id, digest, author, started_at, ended_at)
          values ($1, $2, $3, $4, $5, null)`;
        const values = [tenant, shadow.id, shadow.digest, shadow.author, shadow.startedAt];
        await session.query(statement("start_shadow", text), values);
        await appendEvents(session, tenant, [event]);
        await session.query(notify, [noticeOf(tenant, "policy")]);
      }),
    endShadow: (tenant, id, now, event) =>
      database.transaction(tenant, async (session) => {
        const text = `update policy_shadows set ended_at = $3
          where tenant = $1 and id = $2 and ended_at is null returning id`;
        const ended = await session.query(statement("end_shadow", text), [tenant, id, now]);
        if (ended.length === 0) return false;
        await appendEvents(session, tenant, [event]);
        await session.query(notify, [noticeOf(tenant, "policy")]);
        return true;
      }),
    lastShadow: async (tenant) => {
      const text = `select id, digest, author, started_at, ended_at from policy_shadows where tenant = $1
        order by ended_at is null desc, started_at desc, id desc limit 1`;
      const [row] = await database.query<ShadowRow>(tenant, statement("last_shadow", text), [
        tenant,
      ]);
      return row === undefined ? null : shadowOf(row);
    },
    ...verdictCalls(database),
  };
}

function verdictCalls(
  database: Database,
): Pick<ShadowCalls, "addVerdicts" | "countVerdicts" | "sampleVerdicts"> {
  return {
    addVerdicts: async (tenant, shadowId, verdicts) => {
      const text = `insert into shadow_verdicts (tenant, shadow_id, ${verdictColumns})
        select $1, $2, v.job_id, v.topic, v.agent, v.live_kind, v.live_rule, v.shadow_kind, v.shadow_rule,
          v.shadow_reason, v.is_error, v.made_at
        from json_to_recordset($3::json) as v(job_id text, topic text, agent text, live_kind text, live_rule text,
          shadow_kind text, shadow_rule text, shadow_reason text, is_error boolean, made_at bigint)`;
      const rows = JSON.stringify(verdicts.map(inputOfVerdict));
      await database.query(tenant, statement("add_verdicts", text), [tenant, shadowId, rows]);
      const keep = `delete from shadow_verdicts where tenant = $1 and shadow_id = $2 and seq <= (
        select seq from shadow_verdicts where tenant = $1 and shadow_id = $2
        order by seq desc offset $3 limit 1)`;
      const values = [tenant, shadowId, shadowVerdictsMax];
      await database.query(tenant, statement("keep_verdicts", keep), values);
    },
    countVerdicts: async (tenant, shadowId) => {
      const text = `select live_kind as from_kind, shadow_kind as to_kind, count(*)::int as count,
          count(*) filter (where is_error)::int as errors
        from shadow_verdicts where tenant = $1 and shadow_id = $2 group by 1, 2 order by 1, 2`;
      const rows = await database.query<CountRow>(tenant, statement("count_verdicts", text), [
        tenant,
        shadowId,
      ]);
      return rows.map((row) => ({
        from: row.from_kind,
        to: row.to_kind,
        count: row.count,
        errors: row.errors,
      }));
    },
    sampleVerdicts: async (tenant, shadowId, limit) => {
      const text = `select ${verdictColumns} from shadow_verdicts
        where tenant = $1 and shadow_id = $2 and live_kind <> shadow_kind order by seq desc limit $3`;
      const rows = await database.query<VerdictRow>(tenant, statement("sample_verdicts", text), [
        tenant,
        shadowId,
        limit,
      ]);
      return rows.map(verdictOf);
    },
  };
}

interface ShadowRow extends Row {
  readonly id: string;
  readonly digest: string;
  readonly author: string;
  readonly started_at: number;
  readonly ended_at: number | null;
}

interface CountRow extends Row {
  readonly from_kind: string;
  readonly to_kind: string;
  readonly count: number;
  readonly errors: number;
}

interface VerdictRow extends Row {
  readonly job_id: string;
  readonly topic: string;
  readonly agent: string;
  readonly live_kind: string;
  readonly live_rule: string | null;
  readonly shadow_kind: string;
  readonly shadow_rule: string | null;
  readonly shadow_reason: string;
  readonly is_error: boolean;
  readonly at: number;
}

function shadowOf(row: ShadowRow): ShadowRecord {
  return {
    id: row.id,
    digest: row.digest,
    author: row.author,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

function verdictOf(row: VerdictRow): ShadowVerdict {
  return {
    jobId: row.job_id,
    topic: row.topic,
    agent: row.agent,
    liveKind: row.live_kind,
    liveRule: row.live_rule,
    shadowKind: row.shadow_kind,
    shadowRule: row.shadow_rule,
    shadowReason: row.shadow_reason,
    isError: row.is_error,
    at: row.at,
  };
}

function inputOfVerdict(verdict: ShadowVerdict): Record<string, unknown> {
  return {
    job_id: verdict.jobId,
    topic: verdict.topic,
    agent: verdict.agent,
    live_kind: verdict.liveKind,
    live_rule: verdict.liveRule,
    shadow_kind: verdict.shadowKind,
    shadow_rule: verdict.shadowRule,
    shadow_reason: verdict.shadowReason,
    is_error: verdict.isError,
    made_at: verdict.at,
  };
}
