// A way to reach people: what every channel implements, one file each.

export interface OutgoingMessage {
  /** Stable over all attempts: receivers use it to drop repeats. */
  readonly id: string;
  readonly kind: string;
  /** JSON text: `{type, timestamp, data}`. */
  readonly body: string;
}

export interface Channel {
  /** As rules name it: `log`, `webhook:default`. */
  readonly name: string;
  /** Resolves when the other side accepted the message; throws DeliveryFailed otherwise. */
  deliver(message: OutgoingMessage, signal: AbortSignal): Promise<void>;
}

/** Why a message was not accepted, and when to try again at the earliest. */
export class DeliveryFailed extends Error {
  override readonly name: string = "DeliveryFailed";
  /** Milliseconds that the other side asked for; null when it did not. */
  readonly retryAfterMs: number | null;
  /** The other side will never accept this message. */
  readonly isFinal: boolean;

  constructor(message: string, options: { retryAfterMs?: number | null; isFinal?: boolean } = {}) {
    super(message);
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.isFinal = options.isFinal ?? false;
  }
}
