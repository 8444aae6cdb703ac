// Server-sent events: the record as it grows, resumed by Last-Event-ID.

import { streamsMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { EventView } from "@holdpoint/core/wire/response";
import type { Context } from "../flow/context.ts";
import { requireScope } from "../flow/context.ts";
import { followRecord, readPosition } from "../flow/read-record.ts";

const heartbeatMs = 15_000;
const encoder = new TextEncoder();
let open = 0;

export interface StreamOptions {
  readonly job: string | null;
  readonly lastEventId: string | null;
  readonly signal: AbortSignal;
}

/** SPEC: WHATWG HTML, server-sent events. A comment line goes out now and then to keep proxies from closing. */
export function openEventStream(ctx: Context, options: StreamOptions): Response {
  if (!ctx.caller.scopes.has("review")) requireScope(ctx, "read");
  if (open >= streamsMax) {
    throw new HoldpointError("streams_full", { message: `${streamsMax} streams are open already` });
  }
  const from = options.lastEventId === null ? null : readPosition(options.lastEventId);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, options.signal]);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      open += 1;
      const beat = setInterval(() => send(controller, ": still here\n\n"), heartbeatMs);
      send(controller, "retry: 1000\n\n");
      void pump(ctx, { from, signal, job: options.job, send: (text) => send(controller, text) })
        .catch((error: unknown) => ctx.telemetry.workFailed("event stream", error))
        .finally(() => {
          open -= 1;
          clearInterval(beat);
          close(controller);
        });
    },
    cancel: () => stop.abort(),
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    },
  });
}

interface Pump {
  readonly from: Parameters<typeof followRecord>[1];
  readonly signal: AbortSignal;
  readonly job: string | null;
  readonly send: (text: string) => void;
}

async function pump(ctx: Context, { from, signal, job, send: write }: Pump): Promise<void> {
  for await (const events of followRecord(ctx, from, signal)) {
    for (const event of events) if (job === null || event.job_id === job) write(frameOf(event));
  }
}

function frameOf(event: EventView): string {
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function send(controller: ReadableStreamDefaultController<Uint8Array>, text: string): void {
  try {
    controller.enqueue(encoder.encode(text));
  } catch {
    // The reader left; the abort signal ends the pump.
  }
}

function close(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch {
    // Closed by the reader already.
  }
}
