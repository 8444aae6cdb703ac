// The wall between tenants: the database itself shows one session one tenant, whatever a statement asks for.

import { describe, expect, test } from "vitest";
import type { Database, Row } from "@holdpoint/server/storage/database";
import { sqlStateOf } from "@holdpoint/server/storage/database";
import type { PolicyRecord } from "@holdpoint/server/storage/store";
import type { TaskRow } from "@holdpoint/server/storage/tasks";
import { placeKinds } from "./place.ts";
import {
  activeChange,
  ids,
  makeDraft,
  makeEvent,
  makeJob,
  makeKey,
  makeMessage,
  makePolicy,
  makeReview,
  makeRollout,
  makeTools,
  makeVerdict,
  opening,
} from "./sample.ts";
import { statementOf, tenantTables, useWorld, type World } from "./world.ts";

for (const kind of placeKinds) {
  describe(`the wall between tenants on ${kind.name}`, () => {
    const world = useWorld(kind);
    catalogueTests(world);
    sightTests(world);
    writeTests(world);
    roleTests(world);
  });
}

/** One row in every table. */
async function furnish(world: World): Promise<string> {
  const { store } = world.place();
  const tenant = await world.tenant();
  const policy = makePolicy(`policy of ${tenant}`);
  await store.activatePolicy(tenant, policy, null, makeEvent(tenant, "policy.activated"));
  const tools = makeTools(`tools of ${tenant}`);
  await store.activateTools(tenant, tools, policy.digest, makeEvent(tenant, "tools.changed"));
  await furnishPeople(world, tenant);
  await furnishLife(world, tenant, policy);
  await furnishIdentities(world, tenant);
  await furnishAgents(world, tenant);
  const person = { id: "per_ada", email: "ada@example.com", name: "Ada" };
  const key = makeKey({ kind: "person", subject: "per_ada", scopes: ["review"], person });
  await store.addKey(tenant, key, makeEvent(tenant, "key.created"));
  await store.addSigningKey(tenant, {
    kid: "k",
    privateJwk: "{}",
    publicJwk: "{}",
    createdAt: 1,
    retiredAt: null,
  });
  const incident = { id: "inc", title: "t", labels: {}, openedBy: "per_ada", openedAt: 1 };
  const told = { events: [], outbox: [] };
  await store.addIncident(tenant, { ...incident, closedBy: null, closedAt: null }, told);
  const job = makeJob(tenant);
  const answer = { subject: "s", key: "k", requestHash: "h", status: 200, answer: "{}" };
  await store.commit(
    tenant,
    opening(job, {
      review: makeReview(job),
      outbox: [makeMessage(job)],
      answer: { ...answer, createdAt: 1 },
      velocity: [{ key: "k", expected: null, hits: [1], expiresAt: 2 }],
      tasks: [takeoverOf(job.id)],
    }),
  );
  return tenant;
}

/** What an agent leaves with the server, and the agent itself. */
async function furnishAgents(world: World, tenant: string): Promise<void> {
  const { database } = world.place();
  const place = "'bot', 'thread', ''";
  const rows = {
    agents: `(tenant, id, revision, state, record, created_by, created_at, updated_at)
      values ($1, 'bot', 1, 'active', '{}', 'per_ada', 1, 1)`,
    checkpoints: `(tenant, agent, thread, namespace, id, codec, bytes, digest, sealed, created_at, expires_at)
      values ($1, ${place}, 'c', 'json', 1, 'd', '\\x00', 1, 2)`,
    checkpoint_writes: `(tenant, agent, thread, namespace, checkpoint, task, index, task_path, channel, codec,
      sealed, created_at, expires_at) values ($1, ${place}, 'c', 't', 0, '', 'ch', 'json', '\\x00', 1, 2)`,
    resumptions: `(tenant, id, agent, queue, thread, namespace, checkpoint, digest, mode, state, jobs, open,
      settled, claimed, handed, attempts, fence, created_at, updated_at)
      values ($1, 'r', 'bot', 'default', 'thread', '', 'c', 'd', 'all', 'waiting', '{}', '{}', '{}', '{}', '{}',
      0, 0, 1, 1)`,
    outputs: `(tenant, job_id, bytes, digest, sealed, created_at, expires_at)
      values ($1, 'j', 1, 'd', '\\x00', 1, 2)`,
    local_batches: `(tenant, agent, id, records, received_at) values ($1, 'bot', 'b', 1, 1)`,
  };
  for (const [table, row] of Object.entries(rows)) {
    await database.query(tenant, statementOf(`insert into ${table} ${row}`), [tenant]);
  }
}

/** An account that is linked, and a code that was used for it. */
async function furnishIdentities(world: World, tenant: string): Promise<void> {
  const { store } = world.place();
  const code = { codeHash: "h", channel: "slack", externalId: "T1:U1", name: "ada" };
  await store.addLinkCode(tenant, { ...code, expiresAt: 2 }, 1);
  const events = [makeEvent(tenant, "identity.linked")];
  await store.linkIdentity(tenant, { codeHash: "h", person: "per_ada", now: 1, events });
}

function takeoverOf(jobId: string): TaskRow {
  const nobody = { ruleId: null, agent: null, person: null, subject: null };
  const times = { dueAt: null, wakeAt: null, createdAt: 1, updatedAt: 1 };
  const head = { id: "tko", kind: "takeover", state: "open", revision: 1 } as const;
  return { ...head, jobId, ...nobody, body: "{}", ...times };
}

/** A people document with a roster. */
async function furnishPeople(world: World, tenant: string): Promise<void> {
  const { store } = world.place();
  const active = await store.activePolicy(tenant);
  const { digest } = makePolicy(`people of ${tenant}`);
  await store.activatePeople(tenant, {
    people: { digest, document: "{}", author: "per_ada", createdAt: 1 },
    rosters: [{ name: "shifts", source: "file:shifts.ics" }],
    replaces: active?.bundle ?? "",
    event: makeEvent(tenant, "people.changed"),
  });
}

/** A draft, a rollout that runs, a shadow with a verdict. */
async function furnishLife(world: World, tenant: string, policy: PolicyRecord): Promise<void> {
  const { store } = world.place();
  const candidate = makePolicy(`candidate of ${tenant}`);
  await store.addDraft(tenant, makeDraft(), makeEvent(tenant, "policy.drafted"));
  const record = makeRollout(policy.digest, candidate.digest);
  await store.changeActive(
    tenant,
    activeChange({ candidate, rollout: { record, expected: null } }),
  );
  const shadow = { id: ids.shadow(), digest: candidate.digest, author: "per_ada", startedAt: 1 };
  await store.startShadow(
    tenant,
    { ...shadow, endedAt: null },
    candidate,
    makeEvent(tenant, "policy.shadow.started"),
  );
  await store.addVerdicts(tenant, shadow.id, [makeVerdict()]);
}

function ask(database: Database, tenant: string, text: string): Promise<Row[]> {
  return database.query(tenant, statementOf(text), []);
}

async function stateOf(call: Promise<unknown>): Promise<string | null> {
  return sqlStateOf(
    await call.then(
      () => null,
      (error: unknown) => error,
    ),
  );
}

function catalogueTests(world: World): void {
  test("is forced on every table, with a policy that names the tenant", async () => {
    const rows = await world.place().ask<{ table: string; forced: boolean; walls: string[] }>(
      `select c.relname as table, c.relrowsecurity and c.relforcerowsecurity as forced,
         array(select pg_get_expr(p.polqual, p.polrelid) || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
           from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_wall') as walls
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'holdpoint' and c.relkind in ('r', 'p') order by 1`,
    );
    // The list of migrations belongs to the installation, and the product's role cannot read it.
    const own = rows.filter((row) => row.table !== "schema_migrations" && row.table !== "tenants");
    expect(own.map((row) => row.table)).toEqual([...tenantTables].sort());
    for (const row of own) {
      expect(row).toMatchObject({ forced: true });
      expect(row.walls.join()).toContain("tenant = current_setting('holdpoint.tenant'");
    }
    expect(rows.find((row) => row.table === "tenants")).toMatchObject({ forced: true });
  });

  test("covers every way in: no view, and no function that runs with the owner's rights", async () => {
    const ways = await world.place().ask(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'holdpoint' and c.relkind in ('v', 'm', 'f')
       union all
       select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'holdpoint' and p.prosecdef`,
    );
    expect(ways).toEqual([]);
  });
}

function sightTests(world: World): void {
  test("hides every row of one tenant from another", async () => {
    const { database } = world.place();
    const [mine, other] = [await furnish(world), await furnish(world)];
    for (const table of tenantTables) {
      const seen = await ask(database, mine, `select distinct tenant from ${table}`);
      expect([table, seen]).toEqual([table, [{ tenant: mine }]]);
      const text = `select count(*) as count from ${table} where tenant = '${other}'`;
      expect([table, await ask(database, mine, text)]).toEqual([table, [{ count: 0 }]]);
    }
  });

  test("hides every row from a session that named no tenant, and from one without rows", async () => {
    const { database } = world.place();
    await furnish(world);
    const empty = await world.tenant();
    for (const table of tenantTables) {
      const text = `select count(*) as count from ${table}`;
      expect([table, await ask(database, empty, text)]).toEqual([table, [{ count: 0 }]]);
      const unset = await database.transaction(empty, async (session) => {
        const clear = "select set_config('holdpoint.tenant', '', true)";
        await session.query(statementOf(clear), []);
        return session.query(statementOf(text), []);
      });
      expect([table, unset]).toEqual([table, [{ count: 0 }]]);
    }
  });

  test("does not let an update or a delete reach another tenant's rows", async () => {
    const { database } = world.place();
    const [mine, other] = [await furnish(world), await furnish(world)];
    const before = await world.counts(other);
    const statements = [
      `update jobs set state = 'APPROVED' where tenant = '${other}' returning id`,
      `update api_keys set revoked_at = 1 where tenant = '${other}' returning id`,
      `update outbox set state = 'dead' where tenant = '${other}' returning id`,
      `delete from idempotency where tenant = '${other}' returning key`,
      `delete from audit_payloads where tenant = '${other}' returning commitment`,
    ];
    for (const text of statements) expect(await ask(database, mine, text)).toEqual([]);
    expect(await world.counts(other)).toEqual(before);
    const states = await ask(database, other, "select state from jobs");
    expect(states).toEqual([{ state: "APPROVAL" }]);
  });
}

function writeTests(world: World): void {
  for (const table of tenantTables) {
    test(`refuses a row for another tenant in ${table}`, async () => {
      const { database } = world.place();
      const [mine, other] = [await furnish(world), await world.tenant()];
      // Written by the tables' own columns, so that nothing but the wall can refuse.
      const columns = await world.place().ask<{ name: string }>(
        `select column_name as name from information_schema.columns
         where table_schema = 'holdpoint' and table_name = '${table}' and is_identity = 'NO'`,
      );
      const names = columns.map((column) => column.name);
      const values = names.map((name) => (name === "tenant" ? `'${other}'` : name));
      const text = `insert into ${table} (${names.join(", ")}) select ${values.join(", ")} from ${table}`;
      // 42501 with the row's words: refused by the policy, not for want of a grant.
      const refused = await ask(database, mine, text).catch((error: unknown) => error);
      expect(sqlStateOf(refused)).toBe("42501");
      expect(String((refused as Error).cause)).toContain("row-level security policy");
      expect((await world.counts(other))[table]).toBe(0);
    });
  }

  test("refuses to hand a row over to another tenant", async () => {
    const { database } = world.place();
    const [mine, other] = [await furnish(world), await world.tenant()];
    for (const table of ["outbox", "api_keys", "signing_keys"]) {
      const text = `update ${table} set tenant = '${other}'`;
      expect([table, await stateOf(ask(database, mine, text))]).toEqual([table, "42501"]);
    }
  });
}

function roleTests(world: World): void {
  test("binds the session's role, which is no superuser and owns nothing", async () => {
    const { database } = world.place();
    const tenant = await world.tenant();
    const text = `select current_user as name, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb,
      r.rolcanlogin, (select count(*) from pg_class c where c.relowner = r.oid) as owned
      from pg_roles r where r.rolname = current_user`;
    expect(await ask(database, tenant, text)).toEqual([
      {
        name: "holdpoint_app",
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolcanlogin: false,
        owned: 0,
      },
    ]);
  });

  test("cannot be taken down, and the record cannot be touched, by the session's role", async () => {
    const { database } = world.place();
    const tenant = await furnish(world);
    const statements = [
      "alter table jobs disable row level security",
      "alter table jobs no force row level security",
      "drop policy tenant_wall on jobs",
      "alter table audit_events disable trigger all",
      "drop table audit_events",
      "update reviews set kind = 'approve'",
      "delete from reviews",
      "delete from jobs",
      "delete from people",
      "update policies set source = ''",
      "select name from schema_migrations",
      "create table smuggled (n int)",
      "set session_replication_role to replica",
    ];
    for (const text of statements) {
      expect([text, await stateOf(ask(database, tenant, text))]).toEqual([text, "42501"]);
    }
  });
}
