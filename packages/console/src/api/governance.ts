// What the oversight pages ask of the server: governance reviews, findings, reports, takeovers, incidents.

import type {
  GovernanceCloseRequest,
  GovernanceFindingView,
  GovernancePage,
  GovernanceReport,
  GovernanceView,
  IncidentPage,
  IncidentRequest,
  IncidentView,
  TakeoverAnswer,
  TakeoverPage,
} from "@holdpoint/core/wire/governance";
import { get, post, query } from "./client.ts";

export type Shown = "open" | "all";

export const oversightKeys = {
  all: ["oversight"],
  governance: (shown: Shown) => ["oversight", "governance", shown],
  report: (from: string, to: string) => ["oversight", "report", from, to],
  takeovers: (shown: Shown) => ["oversight", "takeovers", shown],
  incidents: (shown: Shown) => ["oversight", "incidents", shown],
} as const;

export function getGovernance(
  shown: Shown,
  cursor: string | null,
  signal: AbortSignal,
): Promise<GovernancePage> {
  return get<GovernancePage>(
    `/governance${query({ state: shown, cursor: cursor ?? undefined })}`,
    signal,
  );
}

export function closeGovernance(
  id: string,
  request: GovernanceCloseRequest,
): Promise<GovernanceView> {
  return post<GovernanceView>(`/governance/${encodeURIComponent(id)}/close`, request);
}

export function closeFinding(id: string, note: string): Promise<GovernanceFindingView> {
  const path = `/governance/findings/${encodeURIComponent(id)}/close`;
  return post<GovernanceFindingView>(path, { note });
}

export function getReport(
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<GovernanceReport> {
  return get<GovernanceReport>(`/governance/report${query({ from, to })}`, signal);
}

export function getTakeovers(
  shown: Shown,
  cursor: string | null,
  signal: AbortSignal,
): Promise<TakeoverPage> {
  return get<TakeoverPage>(
    `/takeovers${query({ state: shown, cursor: cursor ?? undefined })}`,
    signal,
  );
}

export function claimTakeover(id: string): Promise<TakeoverAnswer> {
  return post<TakeoverAnswer>(`/takeovers/${encodeURIComponent(id)}/claim`);
}

export function endTakeover(
  id: string,
  verb: "done" | "return",
  note: string,
): Promise<TakeoverAnswer> {
  const path = `/takeovers/${encodeURIComponent(id)}/${verb}`;
  return post<TakeoverAnswer>(path, note === "" ? {} : { note });
}

export function getIncidents(shown: Shown, signal: AbortSignal): Promise<IncidentPage> {
  return get<IncidentPage>(`/incidents${query({ state: shown })}`, signal);
}

export function openIncident(request: IncidentRequest): Promise<IncidentView> {
  return post<IncidentView>("/incidents", request);
}

export function closeIncident(id: string): Promise<IncidentView> {
  return post<IncidentView>(`/incidents/${encodeURIComponent(id)}/close`);
}
