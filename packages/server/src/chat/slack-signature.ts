// Whether a call comes from Slack: HMAC over the raw body, within five minutes, each call once.

import { createHmac, timingSafeEqual } from "node:crypto";
import { HoldpointError } from "@holdpoint/core/error/error";

/** SPEC: Slack, "Verifying requests": older than five minutes is a replay. */
const skewMaxMs = 300_000;

export interface SignedCall {
  readonly timestamp: string | null;
  readonly signature: string | null;
  /** The bytes as they came, before anything read them. */
  readonly body: Uint8Array;
}

export class SlackSignatures {
  readonly #secret: string;
  /** Signatures that were good, by when they are too old to come again. */
  readonly #seen = new Map<string, number>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Throws unless Slack signed these bytes just now, and they did not come before. */
  verify(call: SignedCall, now: number): void {
    const { timestamp, signature, body } = call;
    if (timestamp === null || signature === null || !/^\d{1,12}$/.test(timestamp)) {
      throw refused("the call carries no signature of Slack");
    }
    if (Math.abs(now - Number(timestamp) * 1_000) > skewMaxMs) {
      throw refused("the call was signed more than five minutes away from now");
    }
    const expected = Buffer.from(signatureOf(this.#secret, timestamp, body));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw refused("the signature is not that of this body");
    }
    this.#refuseRepeat(signature, now);
  }

  /** INVARIANT: only signatures that were good are kept, so nobody else can fill the memory. */
  #refuseRepeat(signature: string, now: number): void {
    for (const [old, until] of this.#seen) {
      if (until > now) break;
      this.#seen.delete(old);
    }
    if (this.#seen.has(signature)) throw refused("the call was made before");
    this.#seen.set(signature, now + 2 * skewMaxMs);
  }
}

/** SPEC: `v0=` and the HMAC-SHA256 of `v0:<timestamp>:<body>` in hexadecimal. */
export function signatureOf(secret: string, timestamp: string, body: Uint8Array): string {
  const mac = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex");
  return `v0=${mac}`;
}

function refused(message: string): HoldpointError {
  return new HoldpointError("signature_refused", { message });
}
