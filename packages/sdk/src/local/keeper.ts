// Holds the lease: asks for it, checks it, waits for the next one, and lets go of it at the first doubt.

import { localLeaseMs, localWaitMaxMs } from "@holdpoint/core/base/limits";
import type { Lease } from "@holdpoint/core/grant/lease";
import type { SnapshotAnswer } from "@holdpoint/core/wire/local";
import { setTimeout as pause } from "node:timers/promises";
import { isApiError } from "../client/error.ts";
import { withLinkedSignal } from "../client/linked-signal.ts";
import { backoffMs } from "../client/pause.ts";
import { type Attempt, send, type Transport } from "../client/transport.ts";
import { type Clocks, ServerClock } from "./clock.ts";
import { type Engine, engineOf, type Span } from "@holdpoint/core/local/engine";
import { PinnedKeys } from "./keys.ts";
import type { LocalProblem } from "../client/local-options.ts";

export interface Held {
  readonly lease: Lease;
  /** The lease as it was signed. */
  readonly token: string;
  readonly engine: Engine;
  /** When it was asked for: it was signed after that. */
  readonly askedAt: number;
  readonly askedAtWall: number;
}

export interface KeeperParts {
  readonly transport: Transport;
  readonly clocks: Clocks;
  readonly onProblem: (problem: LocalProblem) => void;
  /** A lease of this agent is there for the first time; what it throws ends the attempt. */
  readonly onFirst: (lease: Lease) => void;
}

/** What an action takes from the decision to its beginning, and more. */
const marginMs = 1_000;
/** By how much the two clocks of this machine may differ: it slept, or its time was set. */
const jumpMs = 2_000;
/** The server's time is asked for anew, without waiting, once it is known no better than this. */
const widthMaxMs = 250;
const slackMs = 5_000;
const refusedPauseMs = 15_000;

export class Keeper {
  readonly #parts: KeeperParts;
  readonly #keys: PinnedKeys;
  readonly #clock = new ServerClock();
  readonly #ready = new Set<() => void>();
  readonly #stopping = new AbortController();
  #held: Held | null = null;
  #last: Held | null = null;
  #failures = 0;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#keys = new PinnedKeys(() => fetchKeys(parts.transport, this.#stopping.signal));
  }

  start(): void {
    void this.#keep();
  }

  stop(): void {
    this.#held = null;
    this.#stopping.abort(new DOMException("the Holdpoint client was closed", "AbortError"));
  }

  /**
   * The lease, while it surely is one. SECURITY: its time counts from the moment that it was asked for, by a
   * clock that nobody sets; a machine that slept, or whose time was set, has none.
   */
  held(): Held | null {
    const held = this.#held;
    if (held === null) return null;
    const { monotonic, wall } = this.#parts.clocks;
    const ageMs = monotonic() - held.askedAt;
    const wallMs = wall() - held.askedAtWall;
    const isFresh = ageMs < localLeaseMs - marginMs && Math.abs(wallMs - ageMs) < jumpMs;
    if (isFresh) return held;
    this.#held = null;
    return null;
  }

  /** The server's time now. */
  now(): Span {
    return this.#clock.now(this.#parts.clocks.monotonic());
  }

  async ready(signal: AbortSignal | undefined): Promise<void> {
    while (this.held() === null) {
      signal?.throwIfAborted();
      this.#stopping.signal.throwIfAborted();
      const signals = [this.#stopping.signal, ...(signal === undefined ? [] : [signal])];
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#ready.delete(done);
          for (const one of signals) one.removeEventListener("abort", done);
          resolve();
        };
        this.#ready.add(done);
        for (const one of signals) one.addEventListener("abort", done);
      });
    }
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#renew();
        this.#failures = 0;
      } catch (cause) {
        if (signal.aborted) return;
        await this.#afterFailure(cause).catch(() => undefined);
      }
    }
  }

  /** SECURITY: a refusal, and an answer that does not hold, end the lease at once. */
  async #afterFailure(cause: unknown): Promise<void> {
    const isAway = cause instanceof Away;
    if (!isAway) this.#held = null;
    this.#failures += 1;
    if (this.#failures === 1 || !isAway) {
      const message = isAway
        ? "the server is away: its lease runs out"
        : "there is no lease for local decisions: the server decides";
      this.#parts.onProblem({ kind: "lease", message, cause: isAway ? cause.cause : cause });
    }
    const waitMs = isApiError(cause) ? refusedPauseMs : backoffMs(this.#failures);
    await pause(waitMs, undefined, { ref: false, signal: this.#stopping.signal });
  }

  async #renew(): Promise<void> {
    const { clocks } = this.#parts;
    const known = this.#last;
    const isCertain = this.#clock.width(clocks.monotonic()) < widthMaxMs;
    const waitMs = this.held() === null || !isCertain ? 0 : localWaitMaxMs;
    const nonce = newNonce();
    const askedAt = clocks.monotonic();
    const askedAtWall = clocks.wall();
    const path = [
      `/policy/snapshot?nonce=${nonce}`,
      ...(known === null ? [] : [`known=${known.lease.state}`, `wait=${waitMs / 1_000}`]),
    ].join("&");
    const outcome = await this.#ask(path, waitMs + slackMs);
    const answeredAt = clocks.monotonic();
    if (outcome.kind === "refused") throw outcome.error;
    if (outcome.kind === "failed") throw new Away(outcome.cause);
    const answer = outcome.value as SnapshotAnswer;
    const lease = await this.#keys.read(String(answer.lease));
    if (lease.nonce !== nonce) throw new Error("the lease is not the one that was asked for");
    if (known === null) this.#parts.onFirst(lease);
    else if (known.lease.agent !== lease.agent || known.lease.tenant !== lease.tenant) {
      throw new Error("the lease is that of another agent");
    }
    const engine = isSamePolicy(known, lease, answer) ? known.engine : engineOf(lease, answer);
    this.#clock.learn(lease.signedAt, askedAt, answeredAt);
    this.#held = { lease, token: answer.lease, engine, askedAt, askedAtWall };
    this.#last = this.#held;
    for (const done of [...this.#ready]) done();
  }

  async #ask(path: string, limitMs: number): Promise<Attempt> {
    const { transport } = this.#parts;
    const { signal: stopped } = this.#stopping;
    // Nothing of it keeps a process alive that is done.
    const signals = [stopped, AbortSignal.timeout(limitMs)];
    try {
      return await withLinkedSignal(signals, null, (signal) =>
        send(transport, { method: "GET", path }, signal),
      );
    } catch (cause) {
      stopped.throwIfAborted();
      throw new Away(cause);
    }
  }
}

/** SECURITY: what is answered and refused is told from a server that is away, whose lease runs out. */
class Away extends Error {
  constructor(cause: unknown) {
    super("the server is away", { cause });
  }
}

function isSamePolicy(known: Held | null, lease: Lease, answer: SnapshotAnswer): known is Held {
  return (
    known !== null &&
    answer.policy === null &&
    known.lease.policy === lease.policy &&
    known.lease.tools === lease.tools
  );
}

function newNonce(): string {
  return Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(18))).toString("base64url");
}

function fetchKeys({ exchange, url }: Transport, stopped: AbortSignal): Promise<unknown> {
  const signals = [stopped, AbortSignal.timeout(keysLimitMs)];
  return withLinkedSignal(signals, null, async (signal) => {
    const sent = { method: "GET", headers: { accept: "application/json" }, signal };
    const { status, text } = await exchange(`${url}/.well-known/jwks.json`, sent);
    if (status !== 200) throw new Error(`the server shows no keys: HTTP ${status}`);
    return JSON.parse(text) as unknown;
  });
}

const keysLimitMs = 10_000;
