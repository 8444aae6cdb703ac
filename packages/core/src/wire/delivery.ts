// Channels and what they delivered, as operators see them.

import { z } from "zod";
import { pageSizeDefault, pageSizeMax } from "../base/limits.ts";
import { instant, jobId, word } from "./shape.ts";

const text = z.string();
const orNull = <T extends z.ZodType>(schema: T): z.ZodNullable<T> => schema.nullable();

/**
 * `pending`: on its way or tried again. `delivered`: the other side accepted it. `dead`: given up.
 * `gathered`: it went out as part of another one. `dropped`: decided before anybody needed it.
 */
export const deliveryState = z.enum(["pending", "delivered", "dead", "gathered", "dropped"]);

export const deliveryView = z.object({
  id: text,
  job_id: orNull(text),
  channel: text,
  kind: text,
  state: deliveryState,
  /** Null at a shared place. */
  person: orNull(text),
  address: orNull(text),
  /** Level of the hold that was told; null when it was not about a level. */
  level: orNull(z.int()),
  attempts: z.int(),
  error: orNull(text),
  created_at: instant,
  /** When it is tried next; null once it is settled. */
  due_at: orNull(instant),
  settled_at: orNull(instant),
});
export const deliveryPage = z.object({ items: z.array(deliveryView), next_cursor: orNull(text) });

export const deliveriesQuery = z.strictObject({
  job: jobId.optional(),
  person: word.optional(),
  channel: word.optional(),
  state: deliveryState.optional(),
  limit: z.coerce.number().int().min(1).max(pageSizeMax).default(pageSizeDefault),
  cursor: text.optional(),
});

export const channelView = z.object({
  name: text,
  reach: z.enum(["person", "shared", "none"]),
  /** What was sent can be rewritten. */
  rewrites: z.boolean(),
  /** Messages that wait, and messages that were given up. */
  pending: z.int(),
  dead: z.int(),
  last_delivered_at: orNull(instant),
  last_error: orNull(text),
  last_error_at: orNull(instant),
});
export const channelPage = z.object({ items: z.array(channelView) });

export const channelTestRequest = z.strictObject({
  /** Where a personal channel sends it; left out, to the caller. */
  address: word.optional(),
});
export const channelTested = z.object({ ok: z.boolean(), error: orNull(text) });

export type DeliveryView = z.infer<typeof deliveryView>;
export type DeliveryPage = z.infer<typeof deliveryPage>;
export type DeliveriesQuery = z.infer<typeof deliveriesQuery>;
export type ChannelView = z.infer<typeof channelView>;
export type ChannelPage = z.infer<typeof channelPage>;
export type ChannelTestRequest = z.infer<typeof channelTestRequest>;
export type ChannelTested = z.infer<typeof channelTested>;
