// What every command that talks to a server has: where it is, with which key, and the terminal.

import { Holdpoint } from "@holdpoint/sdk";
import { makeTerminal, type Terminal } from "../output/terminal.ts";

/** The options that stand before or after every command. */
export interface GlobalOptions {
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
}

export interface Session {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly terminal: Terminal;
  readonly server: Server;
}

/** The API, as commands use it. The caller says which answer a path gives. */
export interface Server {
  get<T>(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  remove<T>(path: string): Promise<T>;
}

/** Not much, because a person waits for the answer. */
const TIMEOUT_MS = 15_000;
const ATTEMPTS_MAX = 2;

export function openSession(options: GlobalOptions): Session {
  const apiKey = options.key ?? process.env["HOLDPOINT_API_KEY"];
  const client = new Holdpoint({
    timeoutMs: TIMEOUT_MS,
    attemptsMax: ATTEMPTS_MAX,
    ...(options.url !== undefined && { url: options.url }),
    ...(apiKey !== undefined && apiKey !== "" && { apiKey }),
  });
  return {
    url: client.url,
    apiKey: apiKey === "" ? undefined : apiKey,
    terminal: makeTerminal({ json: options.json ?? false }),
    server: {
      get: <T>(path: string, query: Readonly<Record<string, string | undefined>> = {}) =>
        client.request({ method: "GET", path: path + queryText(query) }) as Promise<T>,
      post: <T>(path: string, body: unknown = {}) => {
        const idempotencyKey = globalThis.crypto.randomUUID();
        return client.request({ method: "POST", path, body, idempotencyKey }) as Promise<T>;
      },
      put: <T>(path: string, body: unknown) =>
        client.request({ method: "PUT", path, body }) as Promise<T>,
      remove: <T>(path: string) => client.request({ method: "DELETE", path }) as Promise<T>,
    },
  };
}

/** An id as part of a path. */
export function segment(id: string): string {
  return encodeURIComponent(id);
}

function queryText(query: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const text = new URLSearchParams(pairs).toString();
  return text === "" ? "" : `?${text}`;
}
