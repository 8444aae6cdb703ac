// Reads about holds: votes to hide, rejections to remember, and who released the last one of a rule.

import type { GrantRecord, Job, Resolution } from "@holdpoint/core/job/job";
import type { Database, Row, Statement } from "./database.ts";
import type { HoldStore } from "./holds.ts";
import { columnsOfJob, reviewsOfJob } from "./job-store.ts";
import { actionKeyOf, jobOfRow, type JobRow, reviewOfRow, type ReviewRow } from "./job-row.ts";

/** Of the newest holds of the rule that people released; holds may end in another order than they began. */
const pairsLookedAt = 50;

// The words are a first sieve over the decision's JSON; the caller asks the decision itself.
const findBlind: Statement = {
  name: "find_blind",
  text: `select ${columnsOfJob}, ${reviewsOfJob} from jobs j where j.tenant = $1 and j.id = any ($2)
    and j.state = 'APPROVAL' and position('"blind":true' in j.decision) > 0`,
};
const findRejections: Statement = {
  name: "find_rejections",
  text: `select ${columnsOfJob} from jobs j where j.tenant = $1 and j.topic = $2 and j.state = 'REJECTED'
    and j.updated_at >= $3 order by j.updated_at desc limit $4`,
};
const findRejection: Statement = {
  name: "find_rejection",
  text: `select ${columnsOfJob} from jobs j where j.tenant = $1 and j.topic = $2 and j.state = 'REJECTED'
    and j.updated_at >= $3 and j.action_key = $4 order by j.updated_at desc limit 1`,
};
// The text is a first sieve over the action's JSON, whose run is looked at afterwards.
const findHeldOfRun: Statement = {
  name: "find_held_of_run",
  text: `select ${columnsOfJob} from jobs j where j.tenant = $1 and j.agent = $2 and j.state = 'APPROVAL'
    and position($3 in j.action) > 0 order by j.seq limit $4 offset $5`,
};
const findReleased: Statement = {
  name: "find_released",
  text: `select j.grant_record, j.resolution from jobs j where j.tenant = $1 and j.rule_id = $2 and j.held
    and j.grant_record is not null order by j.seq desc limit $3`,
};

interface BlindRow extends JobRow {
  readonly reviews: readonly ReviewRow[] | null;
}

interface ReleasedRow extends Row {
  readonly grant_record: string;
  readonly resolution: string | null;
}

export function holdCalls(database: Database): HoldStore {
  return {
    blindHolds: async (tenant, ids) => {
      const rows = await database.query<BlindRow>(tenant, findBlind, [tenant, ids]);
      return rows.map((row) => ({
        job: jobOfRow(row),
        reviews: (row.reviews ?? []).map(reviewOfRow),
      }));
    },
    rejectionsOf: async (tenant, topic, since, limit) => {
      const values = [tenant, topic, since, limit];
      return (await database.query<JobRow>(tenant, findRejections, values)).map(jobOfRow);
    },
    rejectionOf: async (tenant, action, since) => {
      const values = [tenant, action.topic, since, actionKeyOf(action)];
      const [row] = await database.query<JobRow>(tenant, findRejection, values);
      return row === undefined ? null : jobOfRow(row);
    },
    heldOfRun: async (tenant, agent, run, limit) => {
      const sieve = `"run":${JSON.stringify(run)}`;
      const held: Job[] = [];
      for (let page = 0; held.length < limit; page += 1) {
        const values = [tenant, agent, sieve, limit, page * limit];
        const rows = await database.query<JobRow>(tenant, findHeldOfRun, values);
        held.push(...rows.map(jobOfRow).filter(({ action }) => action.actor.run === run));
        if (rows.length < limit) break;
      }
      return held.slice(0, limit);
    },
    lastPairOf: async (tenant, ruleId) => {
      const values = [tenant, ruleId, pairsLookedAt];
      return lastPair(await database.query<ReleasedRow>(tenant, findReleased, values));
    },
  };
}

/** An override is not the quorum of the rule: whoever made it takes nobody's turn. */
function lastPair(rows: readonly ReleasedRow[]): readonly string[] {
  let last: { readonly at: number; readonly people: readonly string[] } | null = null;
  for (const row of rows) {
    const { approvers } = JSON.parse(row.grant_record) as GrantRecord;
    const resolution = JSON.parse(row.resolution ?? "null") as Resolution | null;
    if (approvers.length < 2 || resolution === null || resolution.code === "override") continue;
    if (last === null || resolution.at > last.at) last = { at: resolution.at, people: approvers };
  }
  return last?.people ?? [];
}
