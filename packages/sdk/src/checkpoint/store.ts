// Where an agent keeps the state of its runs: checkpoints by thread, sealed by the server, as bytes in and out.

import { sha256Hex } from "../client/sha256.ts";
import type {
  CheckpointRead,
  CheckpointsRemoved,
  CheckpointView,
  CheckpointWritesKept,
  CheckpointWriteView,
  ThreadView,
} from "@holdpoint/core/wire/checkpoint";
import { base64Of, bytesOfBase64 } from "../client/base64.ts";
import { isApiError } from "../client/error.ts";
import { invalidAnswer } from "../client/job.ts";
import type { RequestOptions } from "../client/options.ts";
import { call, type Transport } from "../client/transport.ts";

export interface CheckpointPlace extends RequestOptions {
  /** Default: empty, the agent itself; part graphs have names. */
  readonly namespace?: string;
}

export interface NewCheckpoint {
  /** Default: one that is made here. */
  readonly id?: string;
  readonly parent?: string | null;
  readonly step?: number | null;
  readonly run?: string | null;
  /** What reads the bytes again: a word of the agent's own. */
  readonly codec: string;
  readonly state: Uint8Array;
  /** True puts it in the place of what has the id, while no run goes on from that. Default: false. */
  readonly replace?: boolean;
}

export interface NewWrite {
  /** From 0 on the first write of a task stays, below 0 the last one. */
  readonly index: number;
  readonly channel: string;
  readonly codec: string;
  readonly data: Uint8Array;
}

export interface TaskWrites {
  readonly task: string;
  readonly taskPath?: string;
  readonly writes: readonly NewWrite[];
}

export interface SavedWrite extends NewWrite {
  readonly task: string;
  readonly taskPath: string;
}

export interface SavedCheckpoint extends Readonly<CheckpointView> {
  readonly state: Uint8Array;
  /** What tasks wrote after it; empty unless they were asked for. */
  readonly writes: readonly SavedWrite[];
}

export interface ReadOptions extends CheckpointPlace {
  /** True brings what tasks wrote after it. Default: false. */
  readonly writes?: boolean;
}

export interface ListOptions extends RequestOptions {
  /** Default: all of the thread. */
  readonly namespace?: string;
  /** Only what was saved before the one with this id. */
  readonly before?: string;
}

export interface ForkTarget {
  readonly thread: string;
  /** Default: that of the checkpoint. */
  readonly namespace?: string;
  /** Default: the same in another thread or namespace, else a new one. */
  readonly id?: string;
}

/** A slow line moves so many bytes in a second; more state is given more time. */
const BYTES_PER_SECOND = 250_000;
/** One call is tried three times within its time. */
const TRIES = 3;

/** The checkpoints of this agent. Nobody else's are reached by it, and no person's key opens it. */
export class CheckpointStore {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Saves a state. The same id with the same state again is the checkpoint that is there.
   *
   * @throws HoldpointApiError `checkpoint_exists`, `checkpoint_too_large`, `checkpoint_in_use`
   */
  async save(
    thread: string,
    checkpoint: NewCheckpoint,
    { namespace, signal }: CheckpointPlace = {},
  ): Promise<CheckpointView> {
    const { state, ...rest } = checkpoint;
    const body = {
      ...rest,
      id: checkpoint.id ?? newId(),
      ...(namespace !== undefined && { namespace }),
      state: base64Of(state),
      digest: await digestOf(state),
    };
    const view = (await this.#post(threadPath(thread), body, {
      signal,
      bytes: state.length,
    })) as CheckpointView | null;
    if (view?.id === body.id && view.digest === body.digest) return view;
    throw invalidAnswer("the answer is not the checkpoint that was saved");
  }

  /** One with its state; null when there is none with this id. */
  async read(
    thread: string,
    id: string,
    { namespace, writes = false, signal }: ReadOptions = {},
  ): Promise<SavedCheckpoint | null> {
    const include = writes ? "state,writes" : "state";
    const path = checkpointPath(thread, id) + queryOf({ namespace, include });
    try {
      return await savedOf((await this.#get(path, signal)) as CheckpointRead | null);
    } catch (error) {
      if (isApiError(error, "checkpoint_not_found")) return null;
      throw error;
    }
  }

  /** The one that was saved last; null when the thread has none in this namespace. */
  latest(thread: string, options: ReadOptions = {}): Promise<SavedCheckpoint | null> {
    return this.read(thread, "latest", options);
  }

  /** Newest first, without states; asks for more as they are taken. */
  list(thread: string, { signal, ...query }: ListOptions = {}): AsyncGenerator<CheckpointView> {
    return this.#pages<CheckpointView>(threadPath(thread), query, signal);
  }

  /** The threads of this agent, by name. */
  threads({ signal }: RequestOptions = {}): AsyncGenerator<ThreadView> {
    return this.#pages<ThreadView>("/threads", {}, signal);
  }

  /** Saves what a task wrote after a checkpoint; it may come before the checkpoint does. */
  async write(
    thread: string,
    id: string,
    { task, taskPath, writes }: TaskWrites,
    { namespace, signal }: CheckpointPlace = {},
  ): Promise<CheckpointWritesKept> {
    const body = {
      ...(namespace !== undefined && { namespace }),
      task,
      ...(taskPath !== undefined && { task_path: taskPath }),
      writes: writes.map(({ data, ...write }) => ({ ...write, data: base64Of(data) })),
    };
    const bytes = writes.reduce((sum, { data }) => sum + data.length, 0);
    const path = `${checkpointPath(thread, id)}/writes`;
    return (await this.#post(path, body, { signal, bytes })) as CheckpointWritesKept;
  }

  /**
   * Copies a checkpoint with its writes, to try from there what would have happened otherwise.
   *
   * @param id of the checkpoint, or `latest`
   * @throws HoldpointApiError `checkpoint_not_found`, `checkpoint_exists`
   */
  async fork(
    thread: string,
    id: string,
    to: ForkTarget,
    { namespace, signal }: CheckpointPlace = {},
  ): Promise<CheckpointView> {
    const isBeside = to.thread === thread && (to.namespace ?? namespace) === namespace;
    // A repeat after a lost reply is the same copy.
    const body = { ...to, ...(to.id === undefined && isBeside && { id: newId() }) };
    const path = `${checkpointPath(thread, id)}/fork${queryOf({ namespace })}`;
    return (await this.#post(path, body, { signal, bytes: 0 })) as CheckpointView;
  }

  /**
   * Removes one checkpoint; false when there was none.
   *
   * @throws HoldpointApiError `checkpoint_in_use` while a run goes on from it
   */
  async delete(
    thread: string,
    id: string,
    { namespace, signal }: CheckpointPlace = {},
  ): Promise<boolean> {
    const path = checkpointPath(thread, id) + queryOf({ namespace });
    try {
      await call(this.#transport, { method: "DELETE", path, signal });
      return true;
    } catch (error) {
      if (isApiError(error, "checkpoint_not_found")) return false;
      throw error;
    }
  }

  /**
   * Removes all checkpoints of a thread, in every namespace; answers how many there were.
   *
   * @throws HoldpointApiError `checkpoint_in_use` while a run goes on from one of them
   */
  async deleteThread(thread: string, { signal }: RequestOptions = {}): Promise<number> {
    const path = `/threads/${segmentOf(thread)}`;
    const answer = await call(this.#transport, { method: "DELETE", path, signal });
    return (answer as CheckpointsRemoved).checkpoints;
  }

  async *#pages<Item>(
    path: string,
    query: Query,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Item> {
    let cursor: string | undefined;
    do {
      const answer = await this.#get(path + queryOf({ ...query, cursor }), signal);
      const page = answer as { items?: readonly Item[]; next_cursor?: string | null } | null;
      if (page?.items === undefined) throw invalidAnswer("the answer is not a page of a list");
      yield* page.items;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  #get(path: string, signal: AbortSignal | undefined): Promise<unknown> {
    return call(this.#transport, { method: "GET", path, signal });
  }

  #post(
    path: string,
    body: unknown,
    { signal, bytes }: RequestOptions & { readonly bytes: number },
  ): Promise<unknown> {
    const timeoutMs = this.#transport.timeoutMs + (TRIES * bytes * 1_000) / BYTES_PER_SECOND;
    return call(this.#transport, { method: "POST", path, body, signal, timeoutMs });
  }
}

function threadPath(thread: string): string {
  return `/threads/${segmentOf(thread)}/checkpoints`;
}

function checkpointPath(thread: string, id: string): string {
  return `${threadPath(thread)}/${segmentOf(id)}`;
}

function segmentOf(name: string): string {
  if (name !== "" && name !== "." && name !== "..") return encodeURIComponent(name);
  throw new TypeError(`\`${name}\` cannot name a thread or a checkpoint`);
}

type Query = Readonly<Record<string, string | undefined>>;

function queryOf(parts: Query): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) {
    if (value !== undefined) query.set(name, value);
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}

function newId(): string {
  return `ckp_${globalThis.crypto.randomUUID().replaceAll("-", "")}`;
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  return `sha256:${await sha256Hex(bytes)}`;
}

/** SECURITY: an agent goes on from nothing but the bytes that the digest names. */
async function savedOf(read: CheckpointRead | null): Promise<SavedCheckpoint> {
  if (typeof read?.state !== "string" || typeof read.digest !== "string") {
    throw invalidAnswer("the answer is not a checkpoint with its state");
  }
  const { state: text, writes = [], ...checkpoint } = read;
  const state = bytesOfBase64(text);
  if ((await digestOf(state)) === read.digest) {
    return { ...checkpoint, state, writes: writes.map(writeOf) };
  }
  throw invalidAnswer("the state is not the one that its digest names");
}

function writeOf(view: CheckpointWriteView): SavedWrite {
  const { task_path: taskPath, data, ...write } = view;
  return { ...write, taskPath, data: bytesOfBase64(data) };
}
