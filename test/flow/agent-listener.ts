// A client of the stream of an agent that hears event by event.

import { expect } from "vitest";

export interface News {
  readonly name: string;
  readonly data: unknown;
}

export class Listener {
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #leave: AbortController;
  #text = "";

  constructor(body: NonNullable<Response["body"]>, leave: AbortController) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
    this.#leave = leave;
  }

  /** The next event; null at the end of the stream. */
  async next(): Promise<News | null> {
    for (;;) {
      const [, before = "", name = "", data = ""] =
        /^([^]*?)event: (.+)\ndata: (.+)\n\n/.exec(this.#text) ?? [];
      if (name !== "") {
        const length = before.length + `event: ${name}\ndata: ${data}\n\n`.length;
        this.#text = this.#text.slice(length);
        return { name, data: JSON.parse(data) };
      }
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#text += value;
    }
  }

  leave(): void {
    this.#leave.abort();
  }
}

export async function openStream(
  url: string,
  key: string,
): Promise<Response & { leave: AbortController }> {
  const leave = new AbortController();
  const response = await fetch(`${url}/api/v1/agent/stream`, {
    headers: { authorization: `Bearer ${key}` },
    signal: leave.signal,
  });
  return Object.assign(response, { leave });
}

export async function listenAt(url: string, key: string): Promise<Listener> {
  const response = await openStream(url, key);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  if (response.body === null) throw new Error("no body");
  return new Listener(response.body, response.leave);
}
