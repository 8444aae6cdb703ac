// Messages of Holdpoint to an agent's webhook: verified, and typed (Standard Webhooks 1.0).

import type { JobState } from "@holdpoint/core/job/state";
import type { Json } from "./action/action.ts";
import { bytesOfBase64 } from "./client/base64.ts";

/** How a hold was answered. */
export interface Resolution {
  readonly kind: "approved" | "rejected" | "expired" | "cancelled" | "denied" | "revoked";
  readonly reason: string | null;
  readonly code: string | null;
}

/** A run can go on: claim it (`hp.resumptions.claimOne`), and only then act. */
export interface RunReady {
  readonly type: "run.ready";
  readonly data: {
    readonly resumption: string;
    readonly thread: string;
    readonly run: string | null;
    readonly queue: string;
    readonly jobs: readonly {
      readonly id: string;
      readonly state: JobState;
      readonly call: string | null;
      readonly resolution: Resolution | null;
    }[];
  };
}

/** One call of a run was answered while others still wait. */
export interface JobSettled {
  readonly type: "job.settled";
  readonly data: {
    readonly job_id: string;
    readonly run: string | null;
    readonly thread: string | null;
    readonly call: string | null;
    readonly state: JobState;
    readonly resolution: Resolution | null;
  };
}

/** A message of a kind that this package does not know. */
export interface OtherMessage {
  readonly type: "other";
  /** Its own name of its kind. */
  readonly name: string;
  readonly data: Json;
}

export type WebhookMessage = (RunReady | JobSettled | OtherMessage) & {
  /** The same for each repeat: delivery is at least once. */
  readonly id: string;
  readonly sentAt: Date;
};

export interface WebhookRequest {
  /** As it came: parsed and written again, it has another signature. */
  readonly body: string | Uint8Array;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface WebhookOptions {
  /** `whsec_…`; during a rotation the new one and the old one. */
  readonly secrets: string | readonly string[];
  /** How far its time may be from ours, either way, in milliseconds. Default: five minutes. */
  readonly toleranceMs?: number;
  /** Remembers messages, so that a repeat is known. Default: repeats are given out again. */
  readonly seen?: SeenMessages;
  /** Milliseconds since 1970. Default: the clock. */
  readonly now?: () => number;
}

const TOLERANCE_MS_DEFAULT = 300_000;
const SECRET_BYTES_MIN = 16;
const SEEN_MAX_DEFAULT = 10_000;

/** The message is not from who knows the secret, or not of now. Answer 400 and do nothing. */
export class WebhookInvalid extends Error {
  override readonly name: string = "WebhookInvalid";
  /** `webhook_invalid`, or `webhook_repeated` for one that was seen: answer 200 and do nothing. */
  readonly code: "webhook_invalid" | "webhook_repeated";

  constructor(reason: string, code: WebhookInvalid["code"] = "webhook_invalid") {
    super(reason);
    this.code = code;
  }
}

/** Ids of messages that were taken, the newest `max`; of one process. */
export class SeenMessages {
  readonly #ids: Set<string> = new Set();
  readonly #max: number;

  constructor(max: number = SEEN_MAX_DEFAULT) {
    this.#max = max;
  }

  /** False for one that was added before. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.#max) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest);
        break;
      }
    }
    return true;
  }

  /** Lets a message that could not be worked off come again. */
  forget(id: string): void {
    this.#ids.delete(id);
  }
}

/**
 * The message, once its signature and time are known to be right.
 *
 * @throws WebhookInvalid for anything else; TypeError for secrets that are none
 * @example
 * const message = await verifyWebhook({ body: await request.text(), headers: request.headers }, { secrets });
 * if (message.type === "run.ready") await resumeRun(message.data.resumption);
 */
export async function verifyWebhook(
  { body, headers }: WebhookRequest,
  options: WebhookOptions,
): Promise<WebhookMessage> {
  const keys = keysOf(options.secrets);
  const id = headerOf(headers, "webhook-id");
  const seconds = headerOf(headers, "webhook-timestamp");
  const sentAt = new Date(timeOf(seconds, options));
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const signed = joined(new TextEncoder().encode(`${id}.${seconds}.`), bytes);
  if (!(await isSigned(signed, headerOf(headers, "webhook-signature"), keys))) {
    throw new WebhookInvalid("no signature of it is right");
  }
  // After the signature, so that nobody else can make a message look like a repeat.
  if (options.seen?.add(id) === false) {
    throw new WebhookInvalid(`the message ${id} was seen before`, "webhook_repeated");
  }
  return { id, sentAt, ...contentOf(bytes) };
}

function keysOf(secrets: string | readonly string[]): Uint8Array[] {
  const list = typeof secrets === "string" ? [secrets] : secrets;
  if (list.length === 0) throw new TypeError("a webhook needs a secret to be verified");
  return list.map((secret) => {
    let key: Uint8Array;
    try {
      key = bytesOfBase64(secret.replace(/^whsec_/, ""));
    } catch {
      throw new TypeError("a secret is `whsec_` and base64");
    }
    // SECURITY: an empty secret, such as of a variable that is not set, would let anybody sign.
    if (key.length < SECRET_BYTES_MIN) throw new TypeError("a secret has 16 bytes or more");
    return key;
  });
}

function headerOf(headers: WebhookRequest["headers"], name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : memberOf(headers, name);
  if (typeof value !== "string" || value === "") throw new WebhookInvalid(`it has no ${name}`);
  return value;
}

function memberOf(headers: Exclude<WebhookRequest["headers"], Headers>, name: string): unknown {
  const found = Object.entries(headers).filter(([key]) => key.toLowerCase() === name);
  return found.length === 1 ? found[0]?.[1] : undefined;
}

function timeOf(seconds: string, { toleranceMs, now }: WebhookOptions): number {
  if (!/^[0-9]{1,12}$/.test(seconds)) throw new WebhookInvalid("its time is none");
  const sentMs = Number(seconds) * 1_000;
  const awayMs = Math.abs((now?.() ?? Date.now()) - sentMs);
  // SECURITY: a tolerance that is no number lets nothing through.
  if (!(awayMs <= (toleranceMs ?? TOLERANCE_MS_DEFAULT))) {
    throw new WebhookInvalid(`it was sent ${Math.round(awayMs / 1_000)} s from now`);
  }
  return sentMs;
}

/** One of the signatures by one of the keys. SECURITY: `verify` compares in constant time. */
async function isSigned(
  signed: Uint8Array<ArrayBuffer>,
  signatures: string,
  keys: readonly Uint8Array[],
): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  for (const key of keys) {
    const imported = await globalThis.crypto.subtle.importKey(
      "raw",
      new Uint8Array(key),
      algorithm,
      false,
      ["verify"],
    );
    for (const one of signatures.split(" ")) {
      const signature = signatureOf(one);
      if (signature === null) continue;
      if (await globalThis.crypto.subtle.verify("HMAC", imported, signature, signed)) return true;
    }
  }
  return false;
}

/** Null for one of another scheme than `v1`, and for one that is not base64. */
function signatureOf(text: string): Uint8Array<ArrayBuffer> | null {
  if (!text.startsWith("v1,")) return null;
  try {
    return new Uint8Array(bytesOfBase64(text.slice(3)));
  } catch {
    return null;
  }
}

function joined(head: Uint8Array, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}

/** What is signed is the server's: its form is taken as it is. */
function contentOf(bytes: Uint8Array): RunReady | JobSettled | OtherMessage {
  let content: { readonly type?: unknown; readonly data?: Json } | null;
  try {
    content = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as typeof content;
  } catch {
    throw new WebhookInvalid("it is no JSON");
  }
  const { type, data = null } = content ?? {};
  if (typeof type !== "string") throw new WebhookInvalid("it has no type");
  if (type === "run.ready" || type === "job.settled") {
    return { type, data } as unknown as RunReady | JobSettled;
  }
  return { type: "other", name: type, data };
}
