// The states of the people document and which is active, persons behind live keys, and the last good text of each roster.

import type { Digest } from "@holdpoint/core/base/digest";
import { bundleName, readBundle } from "@holdpoint/core/policy/bundle";
import type { Database, Row, Session, Statement } from "./database.ts";
import type { KeyPerson, PeopleChange, PeopleStore, RosterLook, RosterRecord } from "./people.ts";
import { appendEvents, lockActive, noticeOf, notify } from "./settings-store.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const find = statement(
  "find_people",
  "select digest, document, author, created_at from people_documents where tenant = $1 and digest = $2",
);
const add = statement(
  "add_people",
  `insert into people_documents (tenant, digest, document, author, created_at) values ($1, $2, $3, $4, $5)
    on conflict do nothing`,
);
const setBundle = statement(
  "set_people_bundle",
  "update active_policy set bundle = $2, revision = revision + 1 where tenant = $1",
);
const forgetRosters = statement(
  "forget_rosters",
  `delete from rosters where tenant = $1 and not exists (
    select from json_to_recordset($2::json) as r(name text, source text)
    where r.name = rosters.name and r.source = rosters.source)`,
);
const addRosters = statement(
  "add_rosters",
  `insert into rosters (tenant, name, source, next_at)
    select $1, r.name, r.source, 0 from json_to_recordset($2::json) as r(name text, source text)
    on conflict do nothing`,
);
const keyPeople = statement(
  "key_people",
  `select k.subject as id, p.email, coalesce(p.name, k.name) as name, k.roles
    from api_keys k left join people p on p.tenant = k.tenant and p.id = k.subject
    where k.tenant = $1 and k.kind = 'person' and 'review' = any(k.scopes)
      and k.revoked_at is null and k.expires_at > $2
    order by k.subject, k.id`,
);
const rosterColumns = "name, source, digest, body, fetched_at, next_at, error";
const listRosters = statement(
  "list_rosters",
  `select ${rosterColumns} from rosters where tenant = $1 order by name`,
);
const claimRosters = statement(
  "claim_rosters",
  `update rosters set next_at = $3 where tenant = $1 and next_at <= $2 and source like 'https://%'
    returning ${rosterColumns}`,
);
const nextRoster = statement(
  "next_roster",
  "select min(next_at) as at from rosters where tenant = $1 and source like 'https://%'",
);
const settleRoster = statement(
  "settle_roster",
  `update rosters set next_at = $4, error = $5, digest = coalesce($6, digest), body = coalesce($7, body),
      fetched_at = case when $6::text is null then fetched_at else $8 end
    where tenant = $1 and name = $2 and source = $3 returning name`,
);
export function peopleCalls(database: Database): PeopleStore {
  return {
    findPeople: async (tenant, digest) => {
      const [row] = await database.query<PeopleRow>(tenant, find, [tenant, digest]);
      if (row === undefined) return null;
      const { document, author, created_at: createdAt } = row;
      return { digest: row.digest, document, author, createdAt };
    },
    activatePeople: (tenant, change) =>
      database.transaction(tenant, (session) => activate(session, tenant, change)),
    keyPeople: async (tenant, now) => {
      const rows = await database.query<KeyPersonRow>(tenant, keyPeople, [tenant, now]);
      return personsOf(rows);
    },
    ...rosterCalls(database),
  };
}

function rosterCalls(
  database: Database,
): Pick<PeopleStore, "listRosters" | "claimRosters" | "nextRosterAt" | "settleRoster"> {
  return {
    listRosters: async (tenant) =>
      (await database.query<RosterRow>(tenant, listRosters, [tenant])).map(rosterOf),
    claimRosters: async (tenant, now, until) => {
      const rows = await database.query<RosterRow>(tenant, claimRosters, [tenant, now, until]);
      return rows.map(rosterOf);
    },
    nextRosterAt: async (tenant) => {
      const [row] = await database.query<{ at: number | null }>(tenant, nextRoster, [tenant]);
      return row?.at ?? null;
    },
    settleRoster: (tenant, look) =>
      database.transaction(tenant, (session) => settle(session, tenant, look)),
  };
}

async function activate(
  session: Session,
  tenant: string,
  { people, rosters, replaces, event }: PeopleChange,
): Promise<boolean> {
  const active = await lockActive(session, tenant);
  if (active?.bundle !== replaces) return false;
  if (people !== null) {
    const { digest, document, author, createdAt } = people;
    await session.query(add, [tenant, digest, document, author, createdAt]);
  }
  const sources = JSON.stringify(rosters.map(({ name, source }) => ({ name, source })));
  await session.query(forgetRosters, [tenant, sources]);
  await session.query(addRosters, [tenant, sources]);
  const bundle = { ...readBundle(replaces), people: (people?.digest ?? null) as Digest | null };
  await session.query(setBundle, [tenant, bundleName(bundle)]);
  await appendEvents(session, tenant, [event]);
  await session.query(notify, [noticeOf(tenant, "policy")]);
  return true;
}

async function settle(session: Session, tenant: string, look: RosterLook): Promise<boolean> {
  const { name, source, text, error, at, nextAt } = look;
  const values = [
    tenant,
    name,
    source,
    nextAt,
    error,
    text?.digest ?? null,
    text?.body ?? null,
    at,
  ];
  const changed = await session.query(settleRoster, values);
  if (changed.length === 0) return false;
  await session.query(notify, [noticeOf(tenant, "rosters")]);
  return true;
}

/** One person for all keys of one subject. SECURITY: `*` is the development person's alone. */
function personsOf(rows: readonly KeyPersonRow[]): readonly KeyPerson[] {
  const persons = new Map<string, KeyPerson>();
  for (const { id, email, name, roles } of rows) {
    const known = persons.get(id)?.roles ?? [];
    const held = new Set([...known, ...roles.filter((role) => role !== "*")]);
    persons.set(id, { id, email, name, roles: [...held].toSorted() });
  }
  return [...persons.values()];
}

function rosterOf(row: RosterRow): RosterRecord {
  const { name, source, digest, body, error } = row;
  return { name, source, digest, body, error, fetchedAt: row.fetched_at, nextAt: row.next_at };
}

interface PeopleRow extends Row {
  readonly digest: string;
  readonly document: string;
  readonly author: string;
  readonly created_at: number;
}

interface KeyPersonRow extends Row {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly roles: string[];
}

interface RosterRow extends Row {
  readonly name: string;
  readonly source: string;
  readonly digest: string | null;
  readonly body: string | null;
  readonly fetched_at: number | null;
  readonly next_at: number;
  readonly error: string | null;
}
