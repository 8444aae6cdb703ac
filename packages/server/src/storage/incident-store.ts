// Incidents: opened once, closed once, each with its event.

import type { Database, Row, Statement } from "./database.ts";
import { tellWith } from "./tasks-store.ts";
import type { IncidentRecord, TaskStore } from "./tasks.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const columns = "id, title, labels, opened_by, opened_at, closed_by, closed_at";
const add = statement(
  "add_incident",
  `insert into incidents (tenant, ${columns}) values ($1, $2, $3, $4, $5, $6, null, null)
    on conflict do nothing returning id`,
);
const find = statement(
  "find_incident",
  `select ${columns} from incidents where tenant = $1 and id = $2`,
);
const findLike = statement(
  "incidents_like",
  `select ${columns} from incidents where tenant = $1 and closed_at is null and starts_with(id, $2)
    order by opened_at, id`,
);
const end = statement(
  "close_incident",
  `update incidents set closed_by = $3, closed_at = $4
    where tenant = $1 and id = $2 and closed_at is null returning id`,
);
const listOpen = statement(
  "open_incidents",
  `select ${columns} from incidents where tenant = $1 and closed_at is null
    order by opened_at desc, id limit $2`,
);
const listAll = statement(
  "list_incidents",
  `select ${columns} from incidents where tenant = $1 order by opened_at desc, id limit $2`,
);

type IncidentCalls = Pick<
  TaskStore,
  "addIncident" | "findIncident" | "openIncidentsLike" | "closeIncident" | "listIncidents"
>;

export function incidentCalls(database: Database): IncidentCalls {
  return {
    addIncident: (tenant, incident, told) =>
      database.transaction(tenant, async (session) => {
        const { id, title, labels, openedBy, openedAt } = incident;
        const values = [tenant, id, title, JSON.stringify(labels), openedBy, openedAt];
        if ((await session.query(add, values)).length === 0) return false;
        await tellWith(session, tenant, told);
        return true;
      }),
    findIncident: async (tenant, id) => {
      const [row] = await database.query<Stored>(tenant, find, [tenant, id]);
      return row === undefined ? null : incidentOf(row);
    },
    openIncidentsLike: async (tenant, prefix) =>
      (await database.query<Stored>(tenant, findLike, [tenant, prefix])).map(incidentOf),
    closeIncident: (tenant, incident, told) =>
      database.transaction(tenant, async (session) => {
        const values = [tenant, incident.id, incident.closedBy, incident.closedAt];
        if ((await session.query(end, values)).length === 0) return false;
        await tellWith(session, tenant, told);
        return true;
      }),
    listIncidents: async (tenant, { isOpenOnly, limit }) => {
      const one = isOpenOnly ? listOpen : listAll;
      return (await database.query<Stored>(tenant, one, [tenant, limit])).map(incidentOf);
    },
  };
}

interface Stored extends Row {
  readonly id: string;
  readonly title: string;
  readonly labels: string;
  readonly opened_by: string;
  readonly opened_at: number;
  readonly closed_by: string | null;
  readonly closed_at: number | null;
}

function incidentOf(row: Stored): IncidentRecord {
  return {
    id: row.id,
    title: row.title,
    labels: JSON.parse(row.labels) as Record<string, string>,
    openedBy: row.opened_by,
    openedAt: row.opened_at,
    closedBy: row.closed_by,
    closedAt: row.closed_at,
  };
}
