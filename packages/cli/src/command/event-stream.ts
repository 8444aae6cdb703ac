// Follows the server's events: one connection, taken up again where it broke.

import { HoldpointApiError } from "@holdpoint/sdk";
import { chunksOf } from "@holdpoint/core/base/body";
import type { EventView } from "@holdpoint/core/wire/response";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { parseEvents } from "./parse-events.ts";

export interface StreamOptions {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly job?: string | undefined;
  readonly signal: AbortSignal;
  /** Called once the stream is open, and after each break. */
  readonly onOpen: () => void;
  readonly onLost: (why: string) => void;
}

const PAUSE_MS_FIRST = 500;
const PAUSE_MS_MAX = 10_000;

/** Events as they happen, until the signal aborts. The first connection has to work. */
export async function* followEvents(options: StreamOptions): AsyncGenerator<EventView, void> {
  let lastId: string | undefined;
  let opened = false;
  let failures = 0;
  while (!options.signal.aborted) {
    try {
      const response = await open(options, lastId);
      opened = true;
      failures = 0;
      options.onOpen();
      for await (const event of parseEvents(response)) {
        if (event.id !== "") lastId = event.id;
        yield JSON.parse(event.data) as EventView;
      }
      options.onLost("the server closed the stream");
    } catch (error) {
      if (options.signal.aborted) return;
      if (error instanceof HoldpointApiError && error.status < 500) throw error;
      const why = error instanceof Error ? error.message : String(error);
      if (!opened) {
        const message = `no answer from Holdpoint at ${options.url}: ${why}`;
        throw new CommandFailed(message, exitCodes.unreachable);
      }
      options.onLost(why);
    }
    failures += 1;
    await pause(Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** (failures - 1)), options.signal);
  }
}

async function open(
  options: StreamOptions,
  lastId: string | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  const query = options.job === undefined ? "" : `?job=${encodeURIComponent(options.job)}`;
  const response = await fetch(`${options.url}/api/v1/events${query}`, {
    headers: {
      accept: "text/event-stream",
      ...(options.apiKey !== undefined && { authorization: `Bearer ${options.apiKey}` }),
      ...(lastId !== undefined && { "last-event-id": lastId }),
    },
    redirect: "error",
    signal: options.signal,
  });
  if (response.ok && response.body !== null) return chunksOf(response.body, options.signal);
  const { status } = response;
  const problem = (await response.json().catch(() => null)) as {
    code?: string;
    detail?: string;
  } | null;
  throw new HoldpointApiError({
    type: "about:blank",
    title: "The stream was refused",
    status,
    code: problem?.code ?? "answer_invalid",
    detail: problem?.detail ?? `HTTP ${status}`,
    retry: status >= 500 ? "later" : "never",
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
