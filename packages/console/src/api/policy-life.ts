// What the policy pages ask of the server: state, drafts, publishing, rollouts, rollback, shadow, tools.

import type {
  DraftPage,
  DraftView,
  PolicyState,
  PublishAnswer,
  PublishRequest,
  RollbackRequest,
  RolloutRequest,
  ShadowView,
} from "@holdpoint/core/wire/policy-life";
import type { FindingView, PolicyView } from "@holdpoint/core/wire/response";
import type { ToolPage, ToolRequest, ToolView } from "@holdpoint/core/wire/tools";
import { get, post, put, remove } from "./client.ts";

export const policyKeys = {
  all: ["policy-life"],
  state: ["policy-life", "state"],
  shadow: ["policy-life", "shadow"],
  drafts: ["policy-life", "drafts"],
  draft: (id: string) => ["policy-life", "draft", id],
  tools: ["tools"],
} as const;

export function getPolicyState(signal: AbortSignal): Promise<PolicyState> {
  return get<PolicyState>("/policies/state", signal);
}

export function getShadow(signal: AbortSignal): Promise<ShadowView> {
  return get<ShadowView>("/policies/shadow", signal);
}

export function endShadow(): Promise<unknown> {
  return remove("/policies/shadow");
}

export function changeRollout(request: RolloutRequest): Promise<PolicyState> {
  return post<PolicyState>("/policies/rollout", request);
}

/** The policy that is active again, or the publication that people approve first. */
export function rollBack(request: RollbackRequest): Promise<PublishAnswer | PolicyView> {
  return post<PublishAnswer | PolicyView>("/policies/rollback", request);
}

export function getDrafts(signal: AbortSignal): Promise<DraftPage> {
  return get<DraftPage>("/policies/drafts", signal);
}

export function getDraft(id: string, signal: AbortSignal): Promise<DraftView> {
  return get<DraftView>(`/policies/drafts/${encodeURIComponent(id)}`, signal);
}

export function makeDraft(source: string): Promise<DraftView> {
  return post<DraftView>("/policies/drafts", { source });
}

export function saveDraft(
  id: string,
  change: { readonly source: string; readonly revision: number },
): Promise<DraftView> {
  return put<DraftView>(`/policies/drafts/${encodeURIComponent(id)}`, change);
}

export function removeDraft(id: string): Promise<unknown> {
  return remove(`/policies/drafts/${encodeURIComponent(id)}`);
}

export function publishDraft(id: string, request: PublishRequest): Promise<PublishAnswer> {
  return post<PublishAnswer>(`/policies/drafts/${encodeURIComponent(id)}/publish`, request);
}

export function checkSource(
  source: string,
): Promise<{ readonly ok: boolean; readonly findings: readonly FindingView[] }> {
  return post("/policies/check", { source });
}

export function getTools(signal: AbortSignal): Promise<ToolPage> {
  return get<ToolPage>("/tools", signal);
}

export function saveTool(id: string, request: ToolRequest): Promise<ToolView> {
  return put<ToolView>(`/tools/${encodeURIComponent(id)}`, request);
}

export function removeTool(id: string): Promise<unknown> {
  return remove(`/tools/${encodeURIComponent(id)}`);
}
