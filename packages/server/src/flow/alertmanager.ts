// Alerts of an Alertmanager as incidents: a firing alert opens one, a resolved alert closes it.

import { incidentLabelsMax, reasonLengthMax } from "@holdpoint/core/base/limits";
import type { AlertmanagerAnswer, AlertmanagerRequest } from "@holdpoint/core/wire/governance";
import type { Context } from "./context.ts";
import { addIncident, alertMark, endIncident } from "./incidents.ts";
import { presentPerson } from "./present-person.ts";

type Alert = AlertmanagerRequest["alerts"][number];

/**
 * Repeats change nothing: an alert that keeps firing has one incident, whose name holds when it
 * began, and one that was closed stays closed when its message comes again.
 */
export async function takeAlerts(
  ctx: Context,
  { alerts }: AlertmanagerRequest,
): Promise<AlertmanagerAnswer> {
  const { person } = await presentPerson(ctx);
  const opened: string[] = [];
  const closed: string[] = [];
  for (const alert of alerts) {
    if (alert.status === "firing") {
      const id = await openFor(ctx, alert, person.id);
      if (id !== null) opened.push(id);
    } else closed.push(...(await closeFor(ctx, alert, person.id)));
  }
  return { opened, closed };
}

async function openFor(ctx: Context, alert: Alert, by: string): Promise<string | null> {
  const startedAt = Date.parse(alert.startsAt);
  const { tenant } = ctx.caller;
  const open = await ctx.store.openIncidentsLike(tenant, prefixOf(alert));
  if (open.length > 0) return null;
  const id = `${prefixOf(alert)}${startedAt}`;
  const incident = {
    id,
    title: titleOf(alert),
    labels: Object.fromEntries(Object.entries(alert.labels).slice(0, incidentLabelsMax)),
    openedBy: by,
    openedAt: ctx.clock.now(),
    closedBy: null,
    closedAt: null,
  };
  return (await addIncident(ctx, incident)) ? id : null;
}

/** Every incident of the alert: its beginning is another one after a restart of the alerting system. */
async function closeFor(ctx: Context, alert: Alert, by: string): Promise<readonly string[]> {
  const open = await ctx.store.openIncidentsLike(ctx.caller.tenant, prefixOf(alert));
  const closed: string[] = [];
  for (const incident of open) {
    const ended = { ...incident, closedBy: by, closedAt: ctx.clock.now() };
    if (await endIncident(ctx, ended)) closed.push(incident.id);
  }
  return closed;
}

function prefixOf({ fingerprint }: Alert): string {
  return `${alertMark}${fingerprint}-`;
}

function titleOf({ labels, annotations = {} }: Alert): string {
  const title = annotations["summary"] ?? labels["alertname"] ?? "alert";
  return title.trim().slice(0, reasonLengthMax) || "alert";
}
