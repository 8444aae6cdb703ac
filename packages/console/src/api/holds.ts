// What people do with a hold beside voting, and who the server says they are and stand in for.

import type { BatchAnswer, BatchRequest } from "@holdpoint/core/wire/hold";
import type { MeView } from "@holdpoint/core/wire/people";
import type { JobView, ReviewAnswer } from "@holdpoint/core/wire/response";
import type { OverrideRequest } from "@holdpoint/core/wire/governance";
import { get, post } from "./client.ts";

export const selfKey = ["people", "me"] as const;

export function getSelf(signal: AbortSignal): Promise<MeView> {
  return get<MeView>("/people/me", signal);
}

const approval = (id: string): string => `/approvals/${encodeURIComponent(id)}`;

export function claimCard(id: string): Promise<JobView> {
  return post<JobView>(`${approval(id)}/claim`);
}

export function releaseCard(id: string): Promise<JobView> {
  return post<JobView>(`${approval(id)}/release`);
}

export function assignCard(
  id: string,
  request: { readonly to: string; readonly note?: string },
): Promise<JobView> {
  return post<JobView>(`${approval(id)}/assign`, request);
}

export function askAgent(id: string, text: string): Promise<JobView> {
  return post<JobView>(`${approval(id)}/ask`, { text });
}

export function overrideHold(id: string, request: OverrideRequest): Promise<ReviewAnswer> {
  return post<ReviewAnswer>(`${approval(id)}/override`, request);
}

export function reviewBatch(request: BatchRequest): Promise<BatchAnswer> {
  return post<BatchAnswer>("/approvals/batch", request);
}
