// Holds that ask fifty people by Slack and mail which fail and limit: how long until each notice arrived, and each once.
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

import { measureCost, perAction } from "../measure/cost.mjs";
import { bodyOf, startHoldpoint } from "../measure/holdpoint.mjs";
import { until } from "../measure/network.mjs";
import { openReceivers } from "../measure/receivers.mjs";
import { sampleAction } from "../measure/sample.mjs";

const peopleCount = 50;
const groupCount = 10;
const waitMaxMs = 180_000;

/** @param {import("../measure/round-trip.mjs").Context} context */
export async function open(context) {
  const receivers = await openReceivers();
  const server = await startHoldpoint(context, "postgresql", receivers.settings);
  const client = new pg.Client({ connectionString: context.url });
  await client.connect();
  bodyOf(await server.http.post("/api/v1/policies", { source: policy() }));
  bodyOf(await server.http.post("/api/v1/people/import", { source: people() }));
  await link(client);
  let holds = 0;
  return {
    /** @param {{ actions: number, concurrency: number }} load `concurrency`: holds in a minute. */
    round: async ({ actions, concurrency }) => {
      const before = receivers.slack.keys.size + receivers.mail.keys.size;
      const startedAt = performance.now();
      const [, cost] = await measureCost(
        { server: server.pid, postgres: context.postgresPid },
        async () => {
          for (let at = 0; at < actions; at += 1) {
            const dueAt = startedAt + (at * 60_000) / concurrency;
            await pause(Math.max(0, dueAt - performance.now()));
            holds += 1;
            const topic = `job.notices.g${holds % groupCount}`;
            const id = `notice-${holds}`;
            const proposal = { ...sampleAction, topic, job_id: id, idempotency_key: id };
            bodyOf(await server.http.post("/api/v1/actions", proposal), [202]);
          }
          await settled(client);
        },
      );
      const expected = (actions * peopleCount) / groupCount;
      const arrived = receivers.slack.keys.size + receivers.mail.keys.size - before;
      if (arrived !== expected)
        throw new Error(`${expected - arrived} notices of ${expected} lost`);
      const rows = await waits(client);
      return {
        spans: {
          "hold to accepted": rows,
          "arrived once by their key, a count": [arrived],
          "refused by the receivers, a count": [receivers.slack.refused + receivers.mail.refused],
          "repeats dropped by the key, a count": [receivers.slack.repeats + receivers.mail.repeats],
          "last hold to last notice": [
            Math.max(receivers.slack.lastAt, receivers.mail.lastAt) -
              (startedAt + ((actions - 1) * 60_000) / concurrency),
          ],
        },
        ...perAction(cost, expected),
      };
    },
    close: async () => {
      await client.end();
      await server.stop();
      receivers.close();
    },
  };
}

/** @param {pg.Client} client */
async function settled(client) {
  const isDone = async () => {
    const { rows } = await client.query(
      "SELECT count(*)::int AS count FROM holdpoint.outbox WHERE state = 'pending'",
    );
    return rows[0].count === 0;
  };
  await until(isDone, { what: "every notice", timeoutMs: waitMaxMs });
  const { rows } = await client.query(
    "SELECT count(*)::int AS count FROM holdpoint.outbox WHERE state = 'dead'",
  );
  if (rows[0].count > 0) throw new Error(`${rows[0].count} notices were given up`);
}

/** Milliseconds from the hold to the acceptance of each notice. @param {pg.Client} client */
async function waits(client) {
  const { rows } = await client.query(`
    SELECT (o.settled_at - j.created_at)::float8 AS ms FROM holdpoint.outbox o
    JOIN holdpoint.jobs j ON j.tenant = o.tenant AND j.id = o.job_id
    WHERE o.person IS NOT NULL AND o.state = 'delivered'`);
  return rows.map(({ ms }) => ms);
}

function policy() {
  const groups = Array.from({ length: groupCount }, (_, group) => {
    const members = names().filter((_name, at) => at % groupCount === group);
    return `  g${group}: { members: [${members.join(", ")}] }`;
  });
  const rules = groups.map(
    (_, group) => `  - id: g${group}
    match: { topics: ["job.notices.g${group}"] }
    decision: require_approval
    approvals: [{ group: g${group} }]
    timeout: 1h`,
  );
  return `version: v1\ngroups:\n${groups.join("\n")}\nrules:\n${rules.join("\n")}\n`;
}

function people() {
  const lines = names().map((id, at) => {
    const channel = isInSlack(at) ? "slack" : "email";
    return `  - { id: ${id}, email: ${id}@example.test, channels: [${channel}] }`;
  });
  return `version: v1\npeople:\n${lines.join("\n")}\n`;
}

/** Of each group as many by the one channel as by the other. @param {number} at */
function isInSlack(at) {
  return Math.floor(at / groupCount) % 2 === 0;
}

function names() {
  return Array.from({ length: peopleCount }, (_, at) => `person-${at}`);
}

/** Links accounts as people do by their codes, in one statement. @param {pg.Client} client */
async function link(client) {
  const linked = names().filter((_name, at) => isInSlack(at));
  await client.query(
    `INSERT INTO holdpoint.identities (tenant, channel, external_id, person, linked_at)
    SELECT 'default', 'slack', 'T1:U' || n, p, 0 FROM unnest($1::text[]) WITH ORDINALITY AS x(p, n)`,
    [linked],
  );
}
