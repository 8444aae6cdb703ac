// The one place that calls the server: adds the key, reads JSON, turns refusals into ApiProblem.

import { authorization } from "./session.ts";
import { noteServerDate } from "./server-clock.ts";
import { problemOf, unreachable } from "./problem.ts";

const base = "/api/v1";

interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return send<T>(path, { method: "GET", ...(signal ? { signal } : {}) });
}

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return send<T>(path, { method: "POST", body: JSON.stringify(body) });
}

export async function put<T>(path: string, body: unknown): Promise<T> {
  return send<T>(path, { method: "PUT", body: JSON.stringify(body) });
}

export async function remove<T>(path: string): Promise<T> {
  return send<T>(path, { method: "DELETE" });
}

async function send<T>(path: string, call: Call): Promise<T> {
  const headers = new Headers({ accept: "application/json", ...authorization() });
  if (call.body !== undefined) headers.set("content-type", "application/json");
  let response: Response;
  try {
    response = await fetch(base + path, { ...call, cache: "no-store", headers });
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === "AbortError") throw fault;
    throw unreachable();
  }
  noteServerDate(response.headers.get("date"));
  if (!response.ok) throw await problemOf(response);
  return asAnswer<T>(await response.json());
}

/** The server checks its answers against the schemas that these types come from. */
function asAnswer<T>(body: unknown): T {
  return body as T;
}

/** A query string of what is set; empty strings and undefined are left out. */
export function query(
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
