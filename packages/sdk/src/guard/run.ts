// Runs the tool function within its time and its hosts.

import type { JobView } from "@holdpoint/core/wire/response";
import { withLinkedSignal } from "../client/linked-signal.ts";
import { withinHosts } from "../client/network-limit.ts";
import { type Constraints, hostsOf, maxRuntimeSec } from "./constraint.ts";
import { ConstraintViolated, RuntimeExceeded } from "./error.ts";

export interface Bounds {
  readonly job: JobView;
  readonly constraints: Constraints | null;
  readonly honours: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Runs `work` under the constraints that are kept while it runs. What it throws after a host was refused is that refusal. */
export async function runBounded<T>(
  bounds: Bounds,
  work: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  const { job, constraints, honours, signal } = bounds;
  const maxSec = maxRuntimeSec(constraints);
  const hosts = hostsOf(constraints, honours);
  const limitMs = maxSec === null ? null : maxSec * 1_000;
  const exceeded = (): Error => new RuntimeExceeded(job, maxSec ?? 0);
  if (hosts === null) return runWithin(limitMs, signal, exceeded, work);
  const blocked: string[] = [];
  const violation = (host: string, options?: ErrorOptions): ConstraintViolated => {
    const list = hosts.length === 0 ? "none" : hosts.join(", ");
    const detail = `no request to ${host}, only to ${list}`;
    return new ConstraintViolated(job, "network_allowlist", detail, options);
  };
  const refuse = (host: string): Error => {
    blocked.push(host);
    return violation(host);
  };
  try {
    return await runWithin(limitMs, signal, exceeded, (linked) =>
      withinHosts(hosts, refuse, () => work(linked)),
    );
  } catch (cause) {
    const [first] = blocked;
    if (first === undefined || cause instanceof RuntimeExceeded) throw cause;
    throw violation(first, { cause });
  }
}

/**
 * Runs `work` with a signal that aborts at the limit. At the limit the call ends with `exceeded()`,
 * whether `work` listens to the signal or not.
 *
 * @param limitMs milliseconds, or null for no limit
 */
async function runWithin<T>(
  limitMs: number | null,
  outer: AbortSignal | undefined,
  exceeded: () => Error,
  work: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  if (limitMs === null) return work(outer ?? new AbortController().signal);
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
