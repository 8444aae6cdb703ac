// Verbs, clocks and senders over one store and a hand-moved clock, with people who are reached by a post that can misbehave.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Channel } from "@holdpoint/server/channel/channel";
import type { Context, Engine } from "@holdpoint/server/flow/context";
import { importPeople } from "@holdpoint/server/flow/manage-people";
import { propose } from "@holdpoint/server/flow/propose";
import { review } from "@holdpoint/server/flow/review";
import { tickDue } from "@holdpoint/server/flow/tick";
import type { DeliveryRecord } from "@holdpoint/server/storage/deliveries";
import type { StoredEvent } from "@holdpoint/server/storage/store";
import { startSender } from "@holdpoint/server/worker/sender";
import { expectDocumented } from "../conformance/event-words.ts";
import type { Place } from "../contract/place.ts";
import { type PostOptions, PostFake, postChannel } from "../fake/post.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";

let tenants = 0;
const patienceMs = 20_000;

export interface DeliveryOptions {
  readonly policy: string;
  readonly people: string;
  readonly post?: PostOptions;
  readonly more?: readonly Channel[];
  readonly startAt?: number;
  /** One for a file of tests: each world has a tenant of its own in it. */
  readonly place: Place;
}

export class DeliveryWorld implements AsyncDisposable {
  readonly engine: Engine;
  readonly clock: HandClock;
  readonly post: PostFake;
  readonly ctx: Context;
  readonly tenant: string;
  readonly #stop: () => Promise<void>;
  #jobs = 0;

  private constructor(parts: Pick<DeliveryWorld, "engine" | "clock" | "post" | "tenant">) {
    this.engine = parts.engine;
    this.clock = parts.clock;
    this.post = parts.post;
    this.tenant = parts.tenant;
    this.ctx = contextOf(parts.engine, parts.tenant);
    const sender = startSender(parts.engine);
    const stopKicks = parts.engine.hub.onWork({
      deadline: () => undefined,
      messages: () => sender.kick(),
      look: () => sender.kick(),
    });
    this.#stop = async () => {
      stopKicks();
      await sender.stop();
    };
  }

  static async open(options: DeliveryOptions): Promise<DeliveryWorld> {
    tenants += 1;
    const tenant = `delivery-${tenants}`;
    const clock = new HandClock(options.startAt);
    const post = await PostFake.start();
    const channels = [postChannel(post, options.post), ...(options.more ?? [])];
    const engine = engineOver(options.place.store, clock, channels);
    await makeTenant(engine, tenant, options.policy);
    await importPeople(contextOf(engine, tenant), options.people);
    return new DeliveryWorld({ engine, clock, post, tenant });
  }

  async propose(topic = "job.db.delete"): Promise<string> {
    this.#jobs += 1;
    const id = `job-${this.#jobs}`;
    await propose(this.ctx, { topic, params: { id }, job_id: id });
    return id;
  }

  async decide(jobId: string, person: string, verdict: "approve" | "reject"): Promise<void> {
    const ctx = contextOf(this.engine, this.tenant, { id: person, roles: [] });
    const own = ctx.caller.person;
    const known = own === null ? null : { ...own, email: null };
    const caller = { ...ctx.caller, person: known };
    await review(
      { ...ctx, caller },
      {
        jobId,
        verdict,
        reason: "because",
        code: null,
        note: null,
        edit: null,
        seenHash: null,
        seenRevision: null,
        idempotencyKey: null,
      },
    );
  }

  /** Moves the clock; timers of holds fire, and the senders look. */
  async pass(ms: number): Promise<void> {
    this.clock.move(ms);
    await tickDue(this.engine, this.tenant);
    this.engine.hub.work();
  }

  /** Reads again until it is so; what it waits for is the senders' own work. */
  async until<T>(read: () => Promise<T> | T, isSo: (value: T) => boolean): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const value = await read();
      if (isSo(value)) return value;
      if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(value)}`);
      await nextTurn();
    }
  }

  log(jobId: string): Promise<readonly DeliveryRecord[]> {
    return this.engine.store.listDeliveriesOf(this.tenant, jobId);
  }

  async events(jobId: string, type: string): Promise<readonly Record<string, unknown>[]> {
    const events = await this.engine.store.listEvents(this.tenant, {
      jobId,
      type,
      isNewestFirst: false,
      limit: 100,
      after: null,
    });
    return events.map(({ payload }: StoredEvent) => JSON.parse(payload ?? "{}"));
  }

  async watch(jobId: string): Promise<{ level: number; proof: unknown }> {
    const watch = (await this.engine.store.findJob(this.tenant, jobId))?.file.job.watch;
    return { level: watch?.level ?? -1, proof: watch?.proof ?? null };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await expectDocumented(this.engine.store, this.tenant);
    } finally {
      await this.#stop();
      await this.post.close();
    }
  }
}
