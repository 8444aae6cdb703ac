// Server-sent events: the record as it grows, resumed by Last-Event-ID.

import { streamsMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { EventView } from "@holdpoint/core/wire/response";
import type { Context } from "../flow/context.ts";
import type { Feeds } from "../flow/feed.ts";
import { eventFor } from "../flow/blind-record.ts";
import { readPosition } from "../flow/event-view.ts";
import { requireRecordOf } from "../flow/read-record.ts";

const heartbeatMs = 15_000;
const encoder = new TextEncoder();

export interface StreamOptions {
  readonly job: string | null;
  readonly lastEventId: string | null;
  readonly signal: AbortSignal;
}

/** The open streams of this process. */
export class EventStreams {
  readonly #feeds: Feeds;
  readonly #ends = new Set<() => void>();

  constructor(feeds: Feeds) {
    this.#feeds = feeds;
  }

  /** SPEC: WHATWG HTML, server-sent events. A comment line goes out now and then, for proxies. */
  async open(ctx: Context, options: StreamOptions): Promise<Response> {
    await requireRecordOf(ctx, options.job);
    if (this.#ends.size >= streamsMax) {
      throw new HoldpointError("streams_full", {
        message: `${streamsMax} streams are open already`,
      });
    }
    const from = options.lastEventId === null ? null : readPosition(options.lastEventId);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, {
      highWaterMark: 1_000,
    });
    const writer = writable.getWriter();
    const send = (text: string): void => void writer.write(encoder.encode(text)).catch(() => end());
    const beat = setInterval(() => send(": still here\n\n"), heartbeatMs);
    let stop: () => void = () => undefined;
    const end = (): void => {
      clearInterval(beat);
      stop();
      this.#ends.delete(end);
      writer.close().catch(() => undefined);
    };
    this.#ends.add(end);
    options.signal.addEventListener("abort", end);
    send("retry: 1000\n\n");
    try {
      const { tenant, person } = ctx.caller;
      stop = await this.#feeds.subscribe(tenant, from, (events, blind) => {
        for (const event of events) {
          if (options.job !== null && event.jobId !== options.job) continue;
          send(frameOf(eventFor(person, event, blind)));
        }
      });
    } catch (error) {
      end();
      throw error;
    }
    if (options.signal.aborted || ctx.hub.isClosed) end();
    return new Response(readable, { headers: streamHeaders });
  }

  /** Ends all streams, so that clients resume elsewhere. */
  close(): void {
    for (const end of this.#ends) end();
  }
}

const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

function frameOf(event: EventView): string {
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
