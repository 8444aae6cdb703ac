// `holdpoint incidents open|close|list`: what has to be open before some holds can be overridden.

import type { IncidentPage, IncidentView } from "@holdpoint/core/wire/governance";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { timeSince } from "../output/span.ts";
import { table } from "../output/table.ts";
import { safeLine } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface OpenOptions extends GlobalOptions {
  readonly id?: string;
  readonly label?: readonly string[];
}

export interface ListOptions extends GlobalOptions {
  readonly all?: boolean;
}

export async function list(options: ListOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const state = options.all === true ? "all" : "open";
  const page = await server.get<IncidentPage>("/incidents", { state });
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  if (page.items.length === 0) {
    terminal.print("No incident is open.");
    return;
  }
  const now = Date.now();
  const rows = page.items.map((incident) => [
    safeLine(incident.id),
    incident.open ? "open" : "closed",
    timeSince(incident.opened_at, now),
    safeLine(labelsOf(incident)),
    safeLine(incident.title),
  ]);
  for (const line of table(["INCIDENT", "STATE", "OPENED", "LABELS", "TITLE"], rows)) {
    terminal.print(line);
  }
}

export async function open(title: string, options: OpenOptions): Promise<void> {
  const labels = Object.fromEntries((options.label ?? []).map(readLabel));
  const { server, terminal } = openSession(options);
  const incident = await server.post<IncidentView>("/incidents", {
    title,
    labels,
    ...(options.id !== undefined && { id: options.id }),
  });
  if (terminal.json) terminal.printJson(incident);
  else terminal.print(`${safeLine(incident.id)} is open.`);
}

export async function close(id: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const incident = await server.post<IncidentView>(`/incidents/${segment(id)}/close`);
  if (terminal.json) terminal.printJson(incident);
  else terminal.print(`${safeLine(incident.id)} is closed.`);
}

function readLabel(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new CommandFailed(`\`${text}\` is no label: write name=value`, exitCodes.usage);
}

function labelsOf({ labels }: IncidentView): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
