// What the page about channels asks of the server: how they fare, a test, the delivery log.

import type {
  ChannelPage,
  ChannelTested,
  DeliveryPage,
  DeliveryView,
} from "@holdpoint/core/wire/delivery";
import { get, post, query } from "./client.ts";

export interface LogFilters {
  readonly person: string;
  readonly channel: string;
  readonly state: string;
  readonly job: string;
}

export const channelKeys = {
  all: ["channels"],
  list: ["channels", "list"],
  log: (filters: LogFilters) => ["channels", "log", filters],
} as const;

export function getChannels(signal: AbortSignal): Promise<ChannelPage> {
  return get<ChannelPage>("/channels", signal);
}

/** An empty address is the caller's own. */
export function testChannel(name: string, address: string): Promise<ChannelTested> {
  const body = address === "" ? {} : { address };
  return post<ChannelTested>(`/channels/${encodeURIComponent(name)}/test`, body);
}

export function getDeliveries(
  filters: LogFilters,
  cursor: string | null,
  signal: AbortSignal,
): Promise<DeliveryPage> {
  return get<DeliveryPage>(
    `/deliveries${query({ ...filters, limit: 50, cursor: cursor ?? undefined })}`,
    signal,
  );
}

export function resend(id: string): Promise<DeliveryView> {
  return post<DeliveryView>(`/deliveries/${encodeURIComponent(id)}/resend`);
}
