// Reads text/event-stream as it arrives, in pieces cut anywhere, into whole messages.

export interface StreamMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export class StreamParser {
  #rest = "";
  #id = "";
  #event = "";
  #data: string[] = [];

  /** Takes the next piece and gives back the messages that it completed. */
  push(piece: string): StreamMessage[] {
    const text = this.#rest + piece;
    const messages: StreamMessage[] = [];
    let start = 0;
    for (;;) {
      const end = lineEnd(text, start);
      if (end === null) break;
      const message = this.#line(text.slice(start, end.at));
      if (message) messages.push(message);
      start = end.next;
    }
    this.#rest = text.slice(start);
    return messages;
  }

  #line(line: string): StreamMessage | null {
    if (line === "") return this.#finish();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const raw = colon < 0 ? "" : line.slice(colon + 1);
    const value = raw.startsWith(" ") ? raw.slice(1) : raw;
    if (field === "id" && !value.includes("\0")) this.#id = value;
    if (field === "event") this.#event = value;
    if (field === "data") this.#data.push(value);
    return null;
  }

  #finish(): StreamMessage | null {
    const data = this.#data;
    const event = this.#event || "message";
    this.#data = [];
    this.#event = "";
    return data.length === 0 ? null : { id: this.#id, event, data: data.join("\n") };
  }
}

/** A lone CR at the very end may be the first half of CRLF, so it waits for the next piece. */
function lineEnd(text: string, from: number): { at: number; next: number } | null {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x0a) return { at, next: at + 1 };
    if (code === 0x0d) {
      if (at + 1 === text.length) return null;
      return { at, next: text.charCodeAt(at + 1) === 0x0a ? at + 2 : at + 1 };
    }
  }
  return null;
}
