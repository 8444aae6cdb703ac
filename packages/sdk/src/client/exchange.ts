// One request and its whole answer, by whichever way the platform has.

import { chunksOf } from "@holdpoint/core/base/body";
import { beneathLimit } from "./network-limit.ts";

/** What is sent. */
export interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** What came back; the text is empty where there was none. */
export interface Received {
  readonly status: number;
  readonly text: string;
  header(name: string): string | null;
}

/** Throws what the connection throws, and for a redirect. */
export type Exchange = (url: string, sent: Sent) => Promise<Received>;

export function exchangeBy(fetch: typeof globalThis.fetch): Exchange {
  return async (url, sent) => {
    // SECURITY: a redirect would carry the key and the action to a place that nobody configured.
    const response = await fetch(url, { ...sent, redirect: "error" });
    const text = await textOf(response, sent.signal);
    return { status: response.status, text, header: (name) => response.headers.get(name) };
  };
}

async function textOf({ body }: Response, signal: AbortSignal): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunksOf(body, signal)) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** Node's own HTTP client where a call has nothing that belongs to fetch alone: it costs a third as much. */
export function quickest(byFetch: Exchange, byNode: Exchange | null): Exchange {
  if (byNode === null) return byFetch;
  return (url, sent) => (isPlain() ? byNode(url, sent) : byFetch(url, sent));
}

const ownFetch = globalThis.fetch;
const dispatchers = [1, 2].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

/**
 * INVARIANT: whoever put a proxy, certificates or a mock under fetch gets fetch. What is not known for sure to be the
 * platform's own way counts as theirs.
 */
function isPlain(): boolean {
  if (globalThis.fetch !== ownFetch) return false;
  return dispatchers.every((place) => isUntouched(Reflect.get(globalThis, place)));
}

function isUntouched(found: unknown): boolean {
  if (found === undefined) return true;
  if (typeof found !== "object" || found === null) return false;
  const dispatcher = beneathLimit(found);
  const kind = dispatcher.constructor;
  if (kind.name !== "Agent" || Reflect.get(dispatcher, "dispatch") !== kind.prototype.dispatch) {
    return false;
  }
  const place = Object.getOwnPropertySymbols(dispatcher).find(isOptions);
  const options = place && (Reflect.get(dispatcher, place) as object | undefined);
  return options !== undefined && Object.values(options).every(isUnset);
}

function isOptions({ description }: symbol): boolean {
  return description === "options";
}

function isUnset(option: unknown): boolean {
  return option === undefined || option === Infinity;
}
