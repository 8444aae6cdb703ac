// A way to reach people: what every channel implements, one file each.

import type { JsonObject } from "@holdpoint/core/base/json/value";

/** One message to one person or place. */
export interface OutgoingNotice {
  /** Stable over all attempts: receivers use it to drop repeats. */
  readonly id: string;
  readonly kind: string;
  /** JSON text: `{type, timestamp, data}`; `core/wire/notice.ts` says what `data` is. */
  readonly body: string;
  /** Where the person is reached by this channel; null at a shared place, which has one address. */
  readonly address: string | null;
  /** Id of the person; null at a shared place. */
  readonly person: string | null;
  /** `ref` of the first message about this job at this place; null when this is the first. */
  readonly thread: JsonObject | null;
}

export interface Receipt {
  /** What the other side calls the message, to find it again; null when it has no name. */
  readonly ref: JsonObject | null;
}

/**
 * `person`: each notice goes to one person. `shared`: to one place that people look at. `none`: nobody
 * is reached for sure, and nothing is proved by it.
 */
export type Reach = "person" | "shared" | "none";

export interface ChannelInfo {
  /** As rules name it: `log`, `webhook:default`, `email`, `slack`, `slack:approvals`. */
  readonly name: string;
  readonly reach: Reach;
  /** How persons are addressed; left out, by the account of this channel that they linked. */
  readonly addressedBy?: "email";
  /** True when messages can be rewritten: what was sent is then updated instead of written again. */
  readonly canRewrite?: boolean;
}

export interface Channel extends ChannelInfo {
  /** Resolves when the other side accepted the message; throws DeliveryFailed otherwise. */
  deliver(notice: OutgoingNotice, signal: AbortSignal): Promise<Receipt>;
  /**
   * Rewrites what was sent, as often as it is called; a channel that cannot does nothing. `notice.id`
   * is that of the news, the same over all attempts and all messages that are rewritten for it.
   */
  update(ref: JsonObject, notice: OutgoingNotice, signal: AbortSignal): Promise<void>;
  /** Sends one harmless message, or asks the other side whether it would take one. */
  test(address: string | null, signal: AbortSignal): Promise<void>;
}

/** Why a message was not accepted, and when to try again at the earliest. */
export class DeliveryFailed extends Error {
  override readonly name: string = "DeliveryFailed";
  /** Milliseconds that the other side asked for; null when it did not. Holds the whole channel up. */
  readonly retryAfterMs: number | null;
  /** The other side will never accept this message. */
  readonly isFinal: boolean;

  constructor(message: string, options: { retryAfterMs?: number | null; isFinal?: boolean } = {}) {
    super(message);
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.isFinal = options.isFinal ?? false;
  }
}

/** True when some channel but the log is configured: then a delivery is what proves that people know. */
export function hasChannels(channels: readonly ChannelInfo[]): boolean {
  return channels.some(({ reach }) => reach !== "none");
}
