// The live connection: server-sent events over fetch, since EventSource cannot send a key; resumes and backs off.

import type { EventView } from "@holdpoint/core/wire/response";
import { authorization } from "./session.ts";
import { StreamParser } from "./stream-parser.ts";

export type Connection = "connecting" | "live" | "lost";

export interface StreamListener {
  onEvent(event: EventView): void;
  /** Called on each change; `live` after a gap means that everything shown may be old. */
  onConnection(state: Connection): void;
}

const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** The server sends a heartbeat each 15 s; three missed ones mean that the line is dead. */
const silenceMaxMs = 50_000;

export function openStream(listener: StreamListener): () => void {
  const closed = new AbortController();
  void keepOpen(listener, closed.signal);
  return () => closed.abort();
}

async function keepOpen(listener: StreamListener, closed: AbortSignal): Promise<void> {
  let lastEventId = "";
  let pauseMs = firstPauseMs;
  listener.onConnection("connecting");
  while (!closed.aborted) {
    const attempt = new AbortController();
    const give = (): void => attempt.abort();
    closed.addEventListener("abort", give);
    try {
      await readOnce(lastEventId, attempt, {
        opened: () => {
          pauseMs = firstPauseMs;
          listener.onConnection("live");
        },
        event: (event) => {
          lastEventId = event.cursor;
          listener.onEvent(event);
        },
      });
    } catch {
      // Every way a connection ends leads to the pause below.
    } finally {
      closed.removeEventListener("abort", give);
      attempt.abort();
    }
    if (closed.aborted) return;
    listener.onConnection("lost");
    await pause(pauseMs + Math.random() * pauseMs * 0.5, closed);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

interface Attempt {
  opened(): void;
  event(event: EventView): void;
}

async function readOnce(
  lastEventId: string,
  attempt: AbortController,
  heard: Attempt,
): Promise<void> {
  const response = await fetch("/api/v1/events", {
    cache: "no-store",
    signal: attempt.signal,
    headers: {
      accept: "text/event-stream",
      ...authorization(),
      ...(lastEventId === "" ? {} : { "last-event-id": lastEventId }),
    },
  });
  if (!response.ok || response.body === null) throw new Error(`stream answered ${response.status}`);
  heard.opened();
  const parser = new StreamParser();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let silence = setTimeout(() => attempt.abort(), silenceMaxMs);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(() => attempt.abort(), silenceMaxMs);
      for (const message of parser.push(decoder.decode(value, { stream: true }))) {
        const event = eventOf(message.data);
        if (event) heard.event(event);
      }
    }
  } finally {
    clearTimeout(silence);
  }
}

function eventOf(data: string): EventView | null {
  try {
    return JSON.parse(data) as EventView;
  } catch {
    return null;
  }
}

/** Ends early when the browser says that it is online again. */
function pause(ms: number, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      closed.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener("online", end);
    closed.addEventListener("abort", end);
  });
}
