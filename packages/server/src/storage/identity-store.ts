// Which account at a channel belongs to which person; a code is used once, in the transaction that links.

import { appendEvents } from "./settings-store.ts";
import type { Database, Row, Session, Statement } from "./database.ts";
import type { IdentityLink, IdentityRecord, IdentityStore, LinkCodeRecord } from "./identity.ts";

const identityColumns = "channel, external_id, person, name, linked_at, revoked_at";
const listMax = 1_000;

const find: Statement = {
  name: "find_identity",
  text: `select ${identityColumns} from identities where tenant = $1 and channel = $2 and external_id = $3`,
};
const ofPeople: Statement = {
  name: "identities_of_people",
  text: `select ${identityColumns} from identities
    where tenant = $1 and channel = $2 and person = any ($3::text[]) and revoked_at is null
    order by linked_at, external_id`,
};
const list: Statement = {
  name: "list_identities",
  text: `select ${identityColumns} from identities
    where tenant = $1 and ($2::text is null or person = $2) and revoked_at is null
    order by person, channel, external_id limit ${listMax}`,
};
const forgetCodes: Statement = {
  name: "forget_link_codes",
  text: `delete from link_codes where tenant = $1
    and ((channel = $2 and external_id = $3) or expires_at <= $4)`,
};
const addCode: Statement = {
  name: "add_link_code",
  text: `insert into link_codes (tenant, code_hash, channel, external_id, name, expires_at)
    values ($1, $2, $3, $4, $5, $6)`,
};
const findCode: Statement = {
  name: "find_link_code",
  text: `select code_hash, channel, external_id, name, expires_at from link_codes
    where tenant = $1 and code_hash = $2 and used_at is null and expires_at > $3`,
};
// INVARIANT: one update of one row decides who uses the code, so a code links once.
const spendCode: Statement = {
  name: "spend_link_code",
  text: `update link_codes set used_at = $3
    where tenant = $1 and code_hash = $2 and used_at is null and expires_at > $3
    returning code_hash, channel, external_id, name, expires_at`,
};
const link: Statement = {
  name: "link_identity",
  text: `insert into identities (tenant, channel, external_id, person, name, linked_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (tenant, channel, external_id) do update
      set person = excluded.person, name = excluded.name, linked_at = excluded.linked_at, revoked_at = null
    returning ${identityColumns}`,
};
const unlink: Statement = {
  name: "unlink_identity",
  text: `update identities set revoked_at = $5
    where tenant = $1 and channel = $2 and external_id = $3 and person = $4 and revoked_at is null
    returning external_id`,
};

export function identityCalls(database: Database): IdentityStore {
  return {
    findIdentity: async (tenant, channel, externalId) => {
      const rows = await database.query<IdentityRow>(tenant, find, [tenant, channel, externalId]);
      return firstOf(rows);
    },
    identitiesOfPeople: async (tenant, channel, people) =>
      (await database.query<IdentityRow>(tenant, ofPeople, [tenant, channel, people])).map(
        identityOf,
      ),
    listIdentities: async (tenant, person) =>
      (await database.query<IdentityRow>(tenant, list, [tenant, person])).map(identityOf),
    addLinkCode: (tenant, code, now) =>
      database.transaction(tenant, async (session) => {
        const { codeHash, channel, externalId, name, expiresAt } = code;
        await session.query(forgetCodes, [tenant, channel, externalId, now]);
        const values = [tenant, codeHash, channel, externalId, name, expiresAt];
        await session.query(addCode, values);
      }),
    findLinkCode: async (tenant, codeHash, now) => {
      const [row] = await database.query<CodeRow>(tenant, findCode, [tenant, codeHash, now]);
      return row === undefined ? null : codeOf(row);
    },
    linkIdentity: (tenant, using) =>
      database.transaction(tenant, (session) => linkIn(session, tenant, using)),
    unlinkIdentity: (tenant, { channel, externalId, person }, now, event) =>
      database.transaction(tenant, async (session) => {
        const values = [tenant, channel, externalId, person, now];
        const [unlinked] = await session.query(unlink, values);
        if (unlinked !== undefined) await appendEvents(session, tenant, [event]);
        return unlinked !== undefined;
      }),
  };
}

async function linkIn(
  session: Session,
  tenant: string,
  { codeHash, person, now, events }: IdentityLink,
): Promise<IdentityRecord | null> {
  const [row] = await session.query<CodeRow>(spendCode, [tenant, codeHash, now]);
  if (row === undefined) return null;
  const { channel, externalId, name } = codeOf(row);
  const values = [tenant, channel, externalId, person, name, now];
  const linked = firstOf(await session.query<IdentityRow>(link, values));
  await appendEvents(session, tenant, events);
  return linked;
}

interface IdentityRow extends Row {
  readonly channel: string;
  readonly external_id: string;
  readonly person: string;
  readonly name: string | null;
  readonly linked_at: number;
  readonly revoked_at: number | null;
}

interface CodeRow extends Row {
  readonly code_hash: string;
  readonly channel: string;
  readonly external_id: string;
  readonly name: string | null;
  readonly expires_at: number;
}

function firstOf(rows: readonly IdentityRow[]): IdentityRecord | null {
  const [row] = rows;
  return row === undefined ? null : identityOf(row);
}

function identityOf(row: IdentityRow): IdentityRecord {
  return {
    channel: row.channel,
    externalId: row.external_id,
    person: row.person,
    name: row.name,
    linkedAt: row.linked_at,
    revokedAt: row.revoked_at,
  };
}

function codeOf(row: CodeRow): LinkCodeRecord {
  return {
    codeHash: row.code_hash,
    channel: row.channel,
    externalId: row.external_id,
    name: row.name,
    expiresAt: row.expires_at,
  };
}
