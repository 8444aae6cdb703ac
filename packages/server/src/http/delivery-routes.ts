// The door of deliveries: what was told to whom, dead letters, channels and their test.

import {
  channelPage,
  channelTested,
  channelTestRequest,
  deliveriesQuery,
  deliveryPage,
  deliveryView,
} from "@holdpoint/core/wire/delivery";
import {
  listChannels,
  listDeliveries,
  resendDelivery,
  testChannel,
} from "../flow/manage-deliveries.ts";
import { get, ok, post, type Route } from "./route.ts";

const tag = "channels";

export const deliveryRoutes: readonly Route[] = [
  get({
    path: "/channels",
    operationId: "listChannels",
    summary: "The channels that are configured, and how they fare",
    tag,
    answers: { 200: channelPage },
    handle: async ({ ctx }) => ok(await listChannels(ctx)),
  }),
  post({
    path: "/channels/{name}/test",
    operationId: "testChannel",
    summary: "Send one harmless message by a channel",
    tag,
    body: channelTestRequest,
    answers: { 200: channelTested },
    handle: async ({ ctx, params, body }) => ok(await testChannel(ctx, params["name"] ?? "", body)),
  }),
  get({
    path: "/deliveries",
    operationId: "listDeliveries",
    summary: "What was told to whom and how it ended, newest first",
    tag,
    query: deliveriesQuery,
    answers: { 200: deliveryPage },
    handle: async ({ ctx, query }) => ok(await listDeliveries(ctx, query)),
  }),
  post({
    path: "/deliveries/{id}/resend",
    operationId: "resendDelivery",
    summary: "Try a dead letter again",
    tag,
    answers: { 200: deliveryView },
    handle: async ({ ctx, params }) => ok(await resendDelivery(ctx, params["id"] ?? "")),
  }),
];
