// One call to the server: repeated while the connection or the server fails, within a time limit.

import type { Problem } from "@holdpoint/core/wire/response";
import { HoldpointApiError, HoldpointUnreachable, isApiError } from "./error.ts";
import type { Exchange, Received } from "./exchange.ts";
import type { KnownCalls } from "./known-calls.ts";
import { withLinkedSignal } from "./linked-signal.ts";
import { backoffMs, pause, retryAfterMs } from "./pause.ts";

export interface Transport {
  /** Without a trailing slash. */
  readonly url: string;
  readonly apiKey: string | undefined;
  /** For a request whose answer is read as it comes. */
  readonly fetch: typeof globalThis.fetch;
  readonly exchange: Exchange;
  readonly known: KnownCalls;
  /** The longest that one call may take, repeats included. */
  readonly timeoutMs: number;
  /** How often one call is tried at most. */
  readonly attemptsMax: number;
  /** Aborts everything when the client is closed. */
  readonly closed: AbortSignal;
}

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Sent with each repeat, so that a lost reply has one effect. */
  readonly idempotencyKey?: string;
  /** Instead of the transport's. */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What one attempt came to: an answer, a refusal, or a reason to try again. */
export type Attempt =
  | { readonly kind: "answer"; readonly value: unknown }
  | { readonly kind: "refused"; readonly error: HoldpointApiError }
  | { readonly kind: "failed"; readonly cause: unknown; readonly retryAfterMs: number };

const ATTEMPT_MS_MIN = 1_000;

/**
 * Answers the JSON of a 2xx. Connection losses, 5xx, 408, 429 and problems that say `later` are tried again.
 *
 * @throws HoldpointApiError for a refusal, also one that the last attempt still got (a queue that stays full);
 *   HoldpointUnreachable after the time limit; the signal's reason.
 */
export function call(transport: Transport, request: Call): Promise<unknown> {
  return withLinkedSignal([transport.closed, request.signal], null, (signal) =>
    callUntil(transport, { ...request, signal }, request.timeoutMs ?? transport.timeoutMs),
  );
}

async function callUntil(
  transport: Transport,
  request: Call & { readonly signal: AbortSignal },
  timeoutMs: number,
): Promise<unknown> {
  const endsAt = performance.now() + timeoutMs;
  // A third each, so that a reply that never comes leaves time to ask again.
  const attemptMs = Math.max(ATTEMPT_MS_MIN, timeoutMs / Math.min(3, transport.attemptsMax));
  for (let number = 1; ; number += 1) {
    const leftMs = endsAt - performance.now();
    const outcome = await attempt(transport, request, Math.min(attemptMs, leftMs));
    if (outcome.kind === "answer") return outcome.value;
    if (outcome.kind === "refused") throw outcome.error;
    const waitMs = Math.max(backoffMs(number), outcome.retryAfterMs);
    if (number >= transport.attemptsMax || performance.now() + waitMs >= endsAt) {
      if (isRefusal(outcome.cause)) throw outcome.cause;
      const times = number === 1 ? "1 attempt" : `${number} attempts`;
      throw unreachable(transport, outcome.cause, `${times}`);
    }
    await pause(waitMs, request.signal);
  }
}

/** A server that said no each time has answered; a proxy without a problem document, or a 5xx, has not. */
function isRefusal(cause: unknown): cause is HoldpointApiError {
  return isApiError(cause) && cause.status < 500 && cause.retry === "later";
}

/** One try, at most `limitMs` long. Throws only the reason of an aborted `request.signal`. */
export async function attempt(
  transport: Transport,
  request: Call & { readonly signal: AbortSignal },
  limitMs: number,
): Promise<Attempt> {
  request.signal.throwIfAborted();
  try {
    return await withLinkedSignal([request.signal], Math.max(1, limitMs), (signal) =>
      send(transport, request, signal),
    );
  } catch (cause) {
    request.signal.throwIfAborted();
    return { kind: "failed", cause, retryAfterMs: 0 };
  }
}

/** The request itself, once. Throws what the connection throws. */
export async function send(
  transport: Transport,
  request: Call,
  signal: AbortSignal,
): Promise<Attempt> {
  const received = await transport.exchange(`${transport.url}/api/v1${request.path}`, {
    method: request.method,
    headers: headersOf(transport, request),
    signal,
    ...(hasBody(request) && { body: JSON.stringify(request.body ?? {}) }),
  });
  return read(received);
}

export function unreachable(transport: Transport, cause: unknown, where: string): Error {
  return new HoldpointUnreachable(transport.url, `${reasonOf(cause)} (${where})`, { cause });
}

function read(received: Received): Attempt {
  const { status, text } = received;
  const isJson = (received.header("content-type") ?? "").includes("json");
  if (status >= 200 && status < 300 && isJson) {
    // A reply that was cut short does not parse; asking again gives the whole one.
    return { kind: "answer", value: JSON.parse(text) as unknown };
  }
  const problem = problemOf(received);
  const error = new HoldpointApiError(problem);
  // What was damaged at rest stays so, however often it is asked for.
  const isDamaged = problem.code.startsWith("seal_");
  const isFailing = status >= 500 && !isDamaged;
  const again = isFailing || status === 408 || status === 429;
  if (!again && problem.retry !== "later") return { kind: "refused", error };
  const asked = retryAfterMs(received.header("retry-after"));
  return { kind: "failed", cause: error, retryAfterMs: asked };
}

function problemOf({ status, text }: Received): Problem {
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === "string" && typeof problem.detail === "string") return problem;
  } catch {
    // A proxy's page, not a problem document.
  }
  return {
    type: "about:blank",
    title: "The answer is not one of Holdpoint",
    status,
    code: "answer_invalid",
    detail: `HTTP ${status} without a problem document; is this the address of a Holdpoint server?`,
    retry: status >= 500 ? "later" : "never",
  };
}

function hasBody({ method }: Call): boolean {
  return method === "POST" || method === "PUT";
}

function headersOf(transport: Transport, request: Call): Record<string, string> {
  return {
    accept: "application/json",
    ...(hasBody(request) && { "content-type": "application/json" }),
    ...(transport.apiKey !== undefined && { authorization: `Bearer ${transport.apiKey}` }),
    ...(request.idempotencyKey !== undefined && { "idempotency-key": request.idempotencyKey }),
    ...request.headers,
  };
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause;
  return inner instanceof Error && inner.message !== "" ? inner.message : cause.message;
}
