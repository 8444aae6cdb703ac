// Requests by Node's own HTTP client.

import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Exchange, Received, Sent } from "./exchange.ts";

/** Of what is asked for in the background, by nobody who could see that it is too much. */
const quietBytesMax = 33_554_432;
/** Shorter than load balancers keep a silent connection open. */
const idleMs = 20_000;

interface Way {
  readonly request: (url: URL, options: RequestOptions) => ClientRequest;
  readonly agent: Agent | false;
}

/**
 * Null outside of Node. A quiet one opens a connection for each request and keeps no process alive: a program that
 * is done ends, whatever is being waited for.
 */
export function nodeExchange(isQuiet: boolean): Exchange | null {
  // Looked up instead of imported, because this package is loaded in browsers too.
  if (typeof process === "undefined") return null;
  const http = process.getBuiltinModule?.("node:http");
  const https = process.getBuiltinModule?.("node:https");
  if (http === undefined || https === undefined) return null;
  const kept = { keepAlive: true, timeout: idleMs, scheduling: "lifo" } as const;
  const ways = new Map<string, Way>();
  const wayOf = (protocol: string): Way => {
    const { request, Agent } = protocol === "https:" ? https : http;
    const way = ways.get(protocol) ?? { request, agent: isQuiet ? false : new Agent(kept) };
    ways.set(protocol, way);
    return way;
  };
  return (text, sent) => {
    const url = new URL(text);
    return exchange(wayOf(url.protocol), url, sent, isQuiet);
  };
}

async function exchange(way: Way, url: URL, sent: Sent, isQuiet: boolean): Promise<Received> {
  for (;;) {
    try {
      return await once(way, url, sent, isQuiet);
    } catch (error) {
      // The server had closed the connection before this request came by it.
      if (!(error instanceof ClosedBefore)) throw error;
    }
  }
}

class ClosedBefore extends Error {}

function once(way: Way, url: URL, sent: Sent, isQuiet: boolean): Promise<Received> {
  const { method, body, signal } = sent;
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const headers = { ...sent.headers, ...length };
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = way.request(url, { method, headers, agent: way.agent });
    const onAbort = (): void => void request.destroy(signal.reason as Error);
    let hasAnswer = false;
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      const isStale = request.reusedSocket && !hasAnswer && isReset(error) && !signal.aborted;
      reject(isStale ? new ClosedBefore() : error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (isQuiet) request.on("socket", (socket) => socket.unref());
    request.on("error", fail);
    request.on("response", (response) => {
      hasAnswer = true;
      read(request, response, isQuiet ? quietBytesMax : Infinity).then((received) => {
        signal.removeEventListener("abort", onAbort);
        resolve(received);
      }, fail);
    });
    request.end(body);
  });
}

function isReset(error: Error): boolean {
  return "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

function read(
  request: ClientRequest,
  response: IncomingMessage,
  bytesMax: number,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    response.on("error", reject);
    response.on("data", (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length > bytesMax) request.destroy(new Error("the answer is too large"));
    });
    response.on("end", () => {
      const { statusCode: status = 0, headers } = response;
      if (status >= 300 && status < 400 && headers.location !== undefined) {
        // SECURITY: it would carry the key and the action to a place that nobody configured.
        reject(new Error("unexpected redirect"));
        return;
      }
      const text = Buffer.concat(parts).toString("utf8");
      resolve({ status, text, header: (name) => oneOf(headers[name]) });
    });
  });
}

function oneOf(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
