// Reads the text/event-stream format out of bytes, however they are cut.

export interface StreamEvent {
  /** Empty when the event named none. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** A line longer than this is no event of ours; the stream is given up instead of being kept in memory. */
const LINE_LENGTH_MAX = 4_194_304;

/** The events of the stream, in order. Comments and fields of other names are skipped. */
export async function* parseEvents(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent, void> {
  const decoder = new TextDecoder();
  let rest = "";
  let event = { id: "", type: "message", data: [] as string[] };
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length > LINE_LENGTH_MAX) throw new Error("a line of the stream does not end");
    // A carriage return at the very end may be the first half of a line's end.
    const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
    const lines = whole.split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? "") + rest.slice(whole.length);
    for (const line of lines) {
      if (line !== "") {
        take(event, line);
        continue;
      }
      if (event.data.length > 0) yield { ...event, data: event.data.join("\n") };
      event = { id: "", type: "message", data: [] };
    }
  }
}

function take(event: { id: string; type: string; data: string[] }, line: string): void {
  const colon = line.indexOf(":");
  const name = colon === -1 ? line : line.slice(0, colon);
  const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
  if (name === "data") event.data.push(value);
  else if (name === "id") event.id = value;
  else if (name === "event") event.type = value;
}
