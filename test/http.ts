// Calls of the HTTP API as a test makes them: any body, any header, and the whole answer.

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON that came back; null when there was none. */
  readonly body: Record<string, unknown> | null;
  readonly text: string;
}

export interface Sending {
  /** Sent as JSON; a string or bytes are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** API key. */
  readonly key?: string;
}

/** Below `/api/v1`. */
export async function call(
  url: string,
  method: string,
  path: string,
  sending: Sending = {},
): Promise<Answer> {
  const { body } = sending;
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(sending.key === undefined ? {} : { authorization: `Bearer ${sending.key}` }),
      ...sending.headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : null,
    text,
  };
}

/** One member of an answer, by its path; undefined when it is not there. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string | number, unknown>)[name];
  }
  return found;
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found !== "string") throw new Error(`no text at ${path.join(".")}`);
  return found;
}
