// Incidents: what has to be open before some holds can be overridden; opened by people or by an alerting system.

import { isoOf } from "@holdpoint/core/base/clock";
import { digestOf } from "@holdpoint/core/base/digest";
import { incidentsOpenMax } from "@holdpoint/core/base/limits";
import type { Json } from "@holdpoint/core/base/json/value";
import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { AuditFact, EventActor } from "@holdpoint/core/record/event";
import { isoOrNull } from "@holdpoint/core/wire/view";
import type { IncidentPage, IncidentRequest, IncidentView } from "@holdpoint/core/wire/governance";
import type { IncidentRecord } from "../storage/tasks.ts";
import { type Context, requireViewer } from "./context.ts";
import { presentPerson } from "./present-person.ts";
import { record } from "./record.ts";

const idLength = 26;
/** Begins the name of every incident that an alert opened. */
export const alertMark = "alert-";

export async function listIncidents(ctx: Context, isOpenOnly: boolean): Promise<IncidentPage> {
  requireViewer(ctx);
  const filter = { isOpenOnly, limit: incidentsOpenMax };
  const incidents = await ctx.store.listIncidents(ctx.caller.tenant, filter);
  return { items: incidents.map(incidentView) };
}

/** A repeat of the call, by its key or by the id that it names, finds the incident of the first. */
export async function openIncident(
  ctx: Context,
  request: IncidentRequest,
  idempotencyKey: string | null = null,
): Promise<IncidentView> {
  const { person } = await presentPerson(ctx);
  // SECURITY: an alert has one incident; a person's of that name would stand in its place, or keep it away.
  if (request.id?.startsWith(alertMark) === true) {
    throw new HoldpointError("request_invalid", {
      message: `names that begin with \`${alertMark}\` are those of alerts; choose another`,
      path: "/id",
    });
  }
  const incident: IncidentRecord = {
    id: request.id ?? idOf(ctx, person.id, idempotencyKey),
    title: request.title,
    labels: request.labels ?? {},
    openedBy: person.id,
    openedAt: ctx.clock.now(),
    closedBy: null,
    closedAt: null,
  };
  if (await addIncident(ctx, incident)) return incidentView(incident);
  const known = await ctx.store.findIncident(ctx.caller.tenant, incident.id);
  if (known !== null && known.closedAt === null && isSame(known, incident)) {
    return incidentView(known);
  }
  throw new HoldpointError("incident_exists", {
    message: `an incident \`${incident.id}\` exists with another content; choose another id`,
    path: "/id",
  });
}

function idOf(ctx: Context, by: string, key: string | null): string {
  if (key === null) return ctx.ids.incident();
  const digest = digestOf("request", { name: "incident", by, key });
  return `inc_${digest.slice("sha256:".length, "sha256:".length + idLength)}`;
}

export async function closeIncident(ctx: Context, id: string): Promise<IncidentView> {
  const { person } = await presentPerson(ctx);
  const known = await ctx.store.findIncident(ctx.caller.tenant, id);
  if (known === null) {
    throw new HoldpointError("incident_not_found", { message: `no incident \`${id}\`` });
  }
  const closed = { ...known, closedBy: person.id, closedAt: ctx.clock.now() };
  if (known.closedAt === null && (await endIncident(ctx, closed))) return incidentView(closed);
  if (known.closedBy === person.id) return incidentView(known);
  throw new HoldpointError("incident_closed", { message: `the incident \`${id}\` is closed` });
}

/** False when the id is taken. */
export async function addIncident(ctx: Context, incident: IncidentRecord): Promise<boolean> {
  const { id, title, labels, openedBy, openedAt } = incident;
  const told = {
    events: record(ctx, ctx.caller.tenant, [
      factOf("incident.opened", {
        actor: { kind: "person", id: openedBy },
        at: openedAt,
        payload: { incident: id, title, labels: { ...labels } },
      }),
    ]),
    outbox: [],
  };
  const isNew = await ctx.store.addIncident(ctx.caller.tenant, incident, told);
  if (isNew) ctx.hub.changed(ctx.caller.tenant, []);
  return isNew;
}

/** False when it is not open. */
export async function endIncident(ctx: Context, incident: IncidentRecord): Promise<boolean> {
  const told = {
    events: record(ctx, ctx.caller.tenant, [
      factOf("incident.closed", {
        actor: { kind: "person", id: incident.closedBy ?? "" },
        at: incident.closedAt ?? ctx.clock.now(),
        payload: { incident: incident.id },
      }),
    ]),
    outbox: [],
  };
  const isEnded = await ctx.store.closeIncident(ctx.caller.tenant, incident, told);
  if (isEnded) ctx.hub.changed(ctx.caller.tenant, []);
  return isEnded;
}

function factOf(
  type: "incident.opened" | "incident.closed",
  { actor, at, payload }: { actor: EventActor; at: number; payload: Record<string, Json> },
): AuditFact {
  const nothing = { jobId: null, revision: null, before: null, after: null, jobHash: null };
  return { type, at, actor, ...nothing, snapshot: null, payload };
}

function isSame(one: IncidentRecord, other: IncidentRecord): boolean {
  return (
    one.title === other.title &&
    canonicalJson({ ...one.labels }) === canonicalJson({ ...other.labels })
  );
}

export function incidentView(incident: IncidentRecord): IncidentView {
  return {
    id: incident.id,
    title: incident.title,
    labels: { ...incident.labels },
    open: incident.closedAt === null,
    opened_by: incident.openedBy,
    opened_at: isoOf(incident.openedAt),
    closed_by: incident.closedBy,
    closed_at: isoOrNull(incident.closedAt),
  };
}
