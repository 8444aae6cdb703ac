// Decides locally what is surely released, writes it down before it runs, and how it ended after.

import { createHash, randomFillSync } from "node:crypto";
import { homedir } from "node:os";
import path from "node:path";
import { makeIds } from "@holdpoint/core/base/id";
import type { Lease } from "@holdpoint/core/grant/lease";
import type { Decision } from "@holdpoint/core/policy/decision";
import type { LocalEnd } from "@holdpoint/core/wire/local";
import type { Action } from "../action/action.ts";
import { proposalOf } from "../action/wire.ts";
import { nodeExchange } from "../client/node-exchange.ts";
import type { Transport } from "../client/transport.ts";
import { type Clocks, realClocks } from "./clock.ts";
import { decide } from "@holdpoint/core/local/engine";
import { isProposable } from "./fits.ts";
import { type Held, Keeper } from "./keeper.ts";
import { endText, recordText } from "./line.ts";
import type {
  LocalControl,
  LocalOptions,
  LocalProblem,
  LocalStatus,
} from "../client/local-options.ts";
import { Shipper } from "./shipper.ts";
import { Spool } from "./spool.ts";

interface DeciderOptions extends LocalOptions {
  readonly hasOwnFetch: boolean;
}

/** An action that may run here, once it is begun. */
export interface Decided {
  readonly id: string;
  readonly action: Action;
  readonly decision: Decision;
  readonly agent: string;
  readonly snapshot: string;
  /** The proposal as JSON. */
  readonly proposal: string;
}

const aliveMs = 60_000;
const spoolBytesDefault = 268_435_456;

export class Decider implements LocalControl {
  readonly #options: LocalOptions;
  readonly #transport: Transport;
  readonly #clocks: Clocks;
  readonly #keeper: Keeper;
  readonly #ids: ReturnType<typeof makeIds>;
  #spool: Spool | null = null;
  #shipper: Shipper | null = null;
  #decided = 0;

  constructor(transport: Transport, options: DeciderOptions, clocks: Clocks = realClocks) {
    this.#transport = transport;
    this.#options = options;
    this.#clocks = clocks;
    this.#ids = makeIds({ now: clocks.wall }, pooled());
    this.#keeper = new Keeper({
      transport: options.hasOwnFetch ? transport : { ...transport, exchange: quiet(transport) },
      clocks,
      onProblem: (problem) => this.#tell(problem),
      onFirst: (lease) => this.#openSpool(lease),
    });
    this.#keeper.start();
  }

  /** Null: the server decides. */
  decide(action: Action): Decided | null {
    const held = this.#keeper.held();
    if (held === null || this.#spool === null || hasName(action)) return null;
    const proposal = proposalOf(action);
    const text = JSON.stringify(proposal);
    if (!isProposable(proposal, text)) return null;
    const { lease } = held;
    const answer = decide(held.engine, lease, proposal, this.#keeper.now());
    if (answer?.isDecided !== true) return null;
    return {
      id: this.#ids.job(),
      action,
      decision: answer.decision,
      agent: lease.agent,
      snapshot: lease.snapshot,
      proposal: text,
    };
  }

  /**
   * Writes down that the action begins. False: it must not run here. INVARIANT: true only when the record is
   * written, and the lease that it was decided under is the one that holds now.
   */
  begin({ id, decision, snapshot, proposal }: Decided): boolean {
    const held = this.#keeper.held();
    const spool = this.#spool;
    if (held === null || spool === null || held.lease.snapshot !== snapshot) return false;
    const { kind, ruleId: rule } = decision;
    if (kind !== "allow" && kind !== "log") return false;
    const at = this.#now();
    try {
      spool.append(held.token, (lease) =>
        recordText({ id, lease, at, decision: kind, rule, end: null }, proposal),
      );
    } catch (cause) {
      const message = "a local decision cannot be written down: the server decides";
      this.#tell({ kind: "spool", message, cause });
      return false;
    }
    this.#decided += 1;
    this.#shipper?.kick();
    return true;
  }

  /** Writes down how it ended. Throws when that cannot be done: the server then says UNKNOWN of it. */
  end(end: Omit<LocalEnd, "ended_at">): void {
    if (this.#spool === null) throw new Error("nothing was decided locally");
    this.#spool.append(null, () => endText({ ...end, ended_at: this.#now() }));
    this.#shipper?.kick();
  }

  async ready({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    // Whoever waits for it keeps the process alive, which asking for a lease does not.
    const alive = setInterval(() => undefined, aliveMs);
    try {
      await this.#keeper.ready(signal);
    } finally {
      clearInterval(alive);
    }
  }

  async flush({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#shipper?.flush(signal);
  }

  status(): LocalStatus {
    const held: Held | null = this.#keeper.held();
    return {
      isReady: held !== null,
      snapshot: held?.lease.snapshot ?? null,
      decided: this.#decided,
      waitingBytes: this.#spool?.bytes ?? 0,
    };
  }

  close(): void {
    this.#keeper.stop();
    this.#shipper?.stop();
    this.#spool?.close();
  }

  /** Somewhere in the middle of what the server's time may be. */
  #now(): number {
    const { from, until } = this.#keeper.now();
    return Math.round((from + until) / 2);
  }

  /** SECURITY: a folder for each agent of each server, so that nobody sends what another one did. */
  #openSpool({ tenant, agent }: Lease): void {
    const { spoolDir, durability = "process", spoolBytesMax = spoolBytesDefault } = this.#options;
    const name = createHash("sha256")
      .update(JSON.stringify([this.#transport.url, tenant, agent]))
      .digest("hex")
      .slice(0, 32);
    const spool = new Spool({
      dir: path.join(spoolDir ?? defaultDir(), name),
      isSynced: durability === "disk",
      bytesMax: spoolBytesMax,
      ...this.#clocks,
    });
    this.#spool = spool;
    this.#shipper = new Shipper({
      transport: this.#transport,
      spool,
      onProblem: (problem) => this.#tell(problem),
    });
    this.#shipper.start();
  }

  #tell(problem: LocalProblem): void {
    this.#options.onProblem?.(problem);
  }
}

/** Nothing of asking for a lease keeps a process alive that is done. */
function quiet({ exchange }: Transport): Transport["exchange"] {
  return nodeExchange(true) ?? exchange;
}

/** What is one job for whoever asks, wherever: only the server knows whether it was asked before. */
function hasName({ idempotencyKey, jobId, replaces, agent }: Action): boolean {
  const isCall = agent?.run != null && agent.call != null;
  return idempotencyKey != null || jobId !== undefined || replaces != null || isCall;
}

function defaultDir(): string {
  const named = process.env["HOLDPOINT_SPOOL_DIR"];
  return named === undefined || named === "" ? path.join(homedir(), ".holdpoint", "spool") : named;
}

/** Chance in supply: a call for sixteen bytes costs more than the decision. */
function pooled(): (count: number) => Uint8Array {
  const pool = new Uint8Array(4_096);
  let used = pool.length;
  return (count) => {
    if (used + count > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += count;
    return pool.slice(used - count, used);
  };
}
