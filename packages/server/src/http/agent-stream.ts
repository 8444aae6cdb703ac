// The stream of an agent: one connection that tells of all its jobs, written to the socket without a copy for each.

import type { ServerResponse } from "node:http";
import { agentStreamsMax, agentStreamsOfOneMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { AgentNews, type NewsListener } from "../flow/agent-news.ts";
import type { AgentSubject, Context, Engine } from "../flow/context.ts";
import { requireReader } from "../flow/read-job.ts";

/** Each stream hears something this often; one tick serves a part of them, so that no tick is long. */
const heartbeatMs = 15_000;
const bucketCount = 60;
/** A reader that is so far behind is let go; it reads anew what it waits for. */
const backlogBytesMax = 262_144;
const opening = Buffer.from("retry: 1000\n\n");
const beat = Buffer.from(":\n\n");

const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
  // The body ends with the connection: what is written goes out as it is, with no frame of its own.
  connection: "close",
};

/** The open streams of agents of this process. */
export class AgentStreams {
  readonly #engine: Engine;
  readonly #news: AgentNews;
  readonly #buckets: readonly Set<AgentStream>[];
  #count = 0;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#news = new AgentNews(engine);
    this.#buckets = Array.from({ length: bucketCount }, () => new Set());
  }

  get count(): number {
    return this.#count;
  }

  /** SPEC: WHATWG HTML, server-sent events. Takes the response over; throws only before that. */
  open(ctx: Context, response: ServerResponse): void {
    const agent = this.#admit(ctx);
    const { tenant, keyId, keyEndsAt = Infinity } = ctx.caller;
    const stream = new AgentStream({ tenant, agent: agent.id, keyId, endsAt: keyEndsAt }, response);
    const bucket = this.#buckets[this.#count % bucketCount];
    bucket?.add(stream);
    this.#count += 1;
    const leave = this.#news.join(stream);
    response.once("close", () => {
      leave();
      bucket?.delete(stream);
      this.#count -= 1;
      if (this.#count > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    response.removeHeader("transfer-encoding");
    response.writeHead(200, streamHeaders);
    stream.tell(opening);
    this.#timer ??= setInterval(() => this.#beat(), heartbeatMs / bucketCount).unref();
  }

  /** Ends all streams, so that clients resume elsewhere. */
  close(): void {
    clearInterval(this.#timer);
    this.#news.close();
    for (const bucket of this.#buckets) for (const stream of bucket) stream.end();
  }

  #admit(ctx: Context): AgentSubject {
    requireReader(ctx);
    const { agent, tenant } = ctx.caller;
    if (agent?.kind !== "agent") {
      throw new HoldpointError("scope_missing", {
        message: "the stream tells an agent of its own jobs; use its key",
      });
    }
    if (this.#engine.hub.isClosed) {
      throw new HoldpointError("shutting_down", { message: "the server is about to stop" });
    }
    const isFull = this.#count >= agentStreamsMax;
    if (isFull || this.#news.countOf(tenant, agent.id) >= agentStreamsOfOneMax) {
      const whose = isFull ? "" : ` of \`${agent.id}\``;
      throw new HoldpointError("streams_full", {
        message: `${isFull ? agentStreamsMax : agentStreamsOfOneMax} streams${whose} are open already`,
      });
    }
    return agent;
  }

  #beat(): void {
    this.#turn = (this.#turn + 1) % bucketCount;
    const now = this.#engine.clock.now();
    for (const stream of this.#buckets[this.#turn] ?? []) {
      if (stream.endsAt <= now) stream.end();
      else stream.tell(beat);
    }
  }
}

type Whose = Pick<NewsListener, "tenant" | "agent" | "keyId" | "endsAt">;

class AgentStream implements NewsListener {
  readonly tenant: string;
  readonly agent: string;
  readonly keyId: string | null;
  endsAt: number;
  haltedBy: string | null = null;
  readonly #response: ServerResponse;

  constructor(whose: Whose, response: ServerResponse) {
    this.tenant = whose.tenant;
    this.agent = whose.agent;
    this.keyId = whose.keyId;
    this.endsAt = whose.endsAt;
    this.#response = response;
  }

  tell(bytes: Buffer): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    if (response.writableLength > backlogBytesMax) response.destroy();
    else response.write(bytes);
  }

  end(): void {
    this.#response.end();
  }
}
