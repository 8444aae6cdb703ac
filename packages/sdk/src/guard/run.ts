// Runs the tool function within its time, and says in a few words how it went.

import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json } from "@holdpoint/core/base/json/value";
import { withLinkedSignal } from "../client/linked-signal.ts";

const SUMMARY_LENGTH_MAX = 500;

/**
 * Runs `work` with a signal that aborts at the limit. At the limit the call ends with `exceeded()`,
 * whether `work` listens to the signal or not.
 *
 * @param limitMs milliseconds, or null for no limit
 */
export async function runWithin<T>(
  limitMs: number | null,
  outer: AbortSignal | undefined,
  exceeded: () => Error,
  work: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  let late: Error | undefined;
  const limitReason = (): Error => (late ??= exceeded());
  const race = async (signal: AbortSignal): Promise<T> => {
    const atLimit = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        if (late !== undefined) reject(late);
      });
    });
    return Promise.race([work(signal), atLimit]);
  };
  return withLinkedSignal([outer], limitMs, race, limitReason);
}

/** `sha256:` + hex over the RFC 8785 form of a JSON result; undefined when it is not JSON or cannot be hashed. */
export async function outputDigest(result: unknown): Promise<string | undefined> {
  try {
    const bytes = new TextEncoder().encode(canonicalJson(result as Json));
    const hash = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
    return `sha256:${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  } catch {
    // Not JSON, or a browser page without a secure context: the outcome goes without a digest.
    return undefined;
  }
}

/** Name and message of what was thrown, short enough for the record. */
export function failureSummary(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.length > SUMMARY_LENGTH_MAX ? `${text.slice(0, SUMMARY_LENGTH_MAX - 1)}…` : text;
}
