// A checkpoint saver of LangGraph on Holdpoint's own store: threads are sealed at rest and live on any machine.

import type { RunnableConfig } from "@langchain/core/runnables";
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
  getCheckpointId,
  maxChannelVersion,
  type PendingWrite,
  type SerializerProtocol,
  TASKS,
  WRITES_IDX_MAP,
} from "@langchain/langgraph-checkpoint";
import type { CheckpointStore, SavedCheckpoint } from "./checkpoint/store.ts";

/** What the saver needs of the client. */
export interface SaverClient {
  readonly checkpoints: CheckpointStore;
}

export interface HoldpointSaverOptions {
  /** How values become bytes. Default: LangGraph's own JSON. */
  readonly serde?: SerializerProtocol;
  /** Of how many threads the last checkpoint's channels are remembered, so that a save is one call. Default: 256. */
  readonly threadsRemembered?: number;
}

/** Where a run's checkpoints lie. */
interface Place {
  readonly thread: string;
  readonly namespace: string;
}

/** Which channels a checkpoint holds, each with the version of its value. */
interface Held {
  readonly id: string;
  readonly versions: ChannelVersions;
}

interface Packed {
  readonly checkpoint: Checkpoint;
  readonly metadata: CheckpointMetadata;
}

/** In front of the serializer's own word, in the codec of each state and write. */
const CODEC_PREFIX = "langgraph+";
const THREADS_REMEMBERED = 256;
/** Checkpoints of a history that are read at once. */
const READ_AHEAD = 8;
/** From this format on, sends are a channel; before, they were writes of the parent. */
const FORMAT_WITH_SENDS = 4;

/**
 * Keeps the threads of a graph with Holdpoint: `new StateGraph(…).compile({ checkpointer: new HoldpointSaver(hp) })`.
 *
 * Every checkpoint is whole: it can be read, forked and resumed when its ancestors are gone. What another agent
 * saved is not seen, and a state that was changed at rest is refused (`seal_broken`).
 */
export class HoldpointSaver extends BaseCheckpointSaver {
  /** Tells the adapter that a thread's state lies with Holdpoint already. */
  readonly isHoldpointSaver = true;
  readonly #store: CheckpointStore;
  readonly #remembered: Map<string, Held> = new Map();
  readonly #rememberedMax: number;

  constructor(client: SaverClient, options: HoldpointSaverOptions = {}) {
    super(options.serde);
    this.#store = client.checkpoints;
    this.#rememberedMax = options.threadsRemembered ?? THREADS_REMEMBERED;
  }

  /** The named checkpoint, or the newest one of the thread. */
  async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const place = placeOf(config);
    return place === undefined ? undefined : this.#tuple(place, getCheckpointId(config));
  }

  /** Newest first. Without a thread: of all threads of the agent. */
  async *list(
    config: RunnableConfig,
    options: CheckpointListOptions = {},
  ): AsyncGenerator<CheckpointTuple> {
    let left = options.limit ?? Infinity;
    const before = options.before === undefined ? "" : getCheckpointId(options.before);
    const only = getCheckpointId(config);
    const wanted = Object.entries(options.filter ?? {});
    for await (const group of this.#places(config)) {
      if (left <= 0) return;
      const places = group.filter(
        ({ id }) => (only === "" || id === only) && (before === "" || id < before),
      );
      const tuples = await Promise.all(places.map(({ id, ...place }) => this.#tuple(place, id)));
      for (const tuple of tuples) {
        // Deleted since it was listed.
        if (tuple === undefined) continue;
        const metadata = (tuple.metadata ?? {}) as Readonly<Record<string, unknown>>;
        if (!wanted.every(([name, value]) => metadata[name] === value)) continue;
        if ((left -= 1) < 0) return;
        yield tuple;
      }
    }
  }

  async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const place = requirePlace(config);
    const parent = getCheckpointId(config);
    const values = await this.#valuesOf(place, parent, checkpoint, newVersions);
    const packed: Packed = { checkpoint: { ...checkpoint, channel_values: values }, metadata };
    const [type, state] = await this.serde.dumpsTyped(packed);
    const { thread, namespace } = place;
    const saved = {
      id: checkpoint.id,
      ...(parent !== "" && { parent }),
      ...(Number.isSafeInteger(metadata.step) && { step: metadata.step }),
      codec: CODEC_PREFIX + type,
      state,
      // LangGraph writes a checkpoint again where it ends one early; what a resumption is bound to stays.
      replace: true,
    };
    await this.#store.save(thread, saved, { namespace });
    this.#remember(place, packed.checkpoint);
    return configOf(place, checkpoint.id);
  }

  /** The first write of a task's position stays, but its errors, interrupts and resumes are the last ones. */
  async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    const place = requirePlace(config);
    const checkpoint = getCheckpointId(config);
    if (checkpoint === "") throw new Error('the config names no "checkpoint_id" to put writes to');
    if (writes.length === 0) return;
    const packed = await Promise.all(
      writes.map(async ([channel, value], position) => {
        const [type, data] = await this.serde.dumpsTyped(value);
        const index = WRITES_IDX_MAP[channel] ?? position;
        return { index, channel, codec: CODEC_PREFIX + type, data };
      }),
    );
    const { namespace } = place;
    const task = { task: taskId, writes: packed };
    await this.#store.write(place.thread, checkpoint, task, { namespace });
  }

  /** @throws HoldpointApiError `checkpoint_in_use` while a suspended run still needs it */
  async deleteThread(threadId: string): Promise<void> {
    for (const key of this.#remembered.keys()) {
      if (key.startsWith(keyOf({ thread: threadId, namespace: "" }))) this.#remembered.delete(key);
    }
    await this.#store.deleteThread(threadId);
  }

  /** Without an id: the newest one. */
  async #tuple(place: Place, id: string): Promise<CheckpointTuple | undefined> {
    const saved = await this.#store.read(place.thread, id === "" ? "latest" : id, {
      namespace: place.namespace,
      writes: true,
    });
    if (saved === null) return undefined;
    const { checkpoint, metadata } = (await this.#load(saved.codec, saved.state)) as Packed;
    this.#remember(place, checkpoint);
    if (checkpoint.v < FORMAT_WITH_SENDS && saved.parent !== null) {
      await this.#moveSends(checkpoint, place, saved.parent);
    }
    return {
      config: configOf(place, saved.id),
      checkpoint,
      metadata,
      pendingWrites: await this.#writesOf(saved),
      ...(saved.parent !== null && { parentConfig: configOf(place, saved.parent) }),
    };
  }

  /** What was sent in the old formats lies with the parent; the graph looks for it in a channel. */
  async #moveSends(checkpoint: Checkpoint, place: Place, parent: string): Promise<void> {
    const { namespace } = place;
    const saved = await this.#store.read(place.thread, parent, { namespace, writes: true });
    const writes = saved === null ? [] : await this.#writesOf(saved);
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_values[TASKS] = writes
      .filter(([, channel]) => channel === TASKS)
      .map(([, , value]) => value);
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  async #writesOf(saved: SavedCheckpoint): Promise<CheckpointPendingWrite[]> {
    const sorted = saved.writes.toSorted(
      (a, b) => compare(a.task, b.task) || Math.sign(a.index - b.index),
    );
    return Promise.all(
      sorted.map(async ({ task, channel, codec, data }): Promise<CheckpointPendingWrite> => [
        task,
        channel,
        await this.#load(codec, data),
      ]),
    );
  }

  async #load(codec: string, data: Uint8Array): Promise<unknown> {
    if (codec.startsWith(CODEC_PREFIX)) {
      return this.serde.loadsTyped(codec.slice(CODEC_PREFIX.length), data);
    }
    throw new Error(`the checkpoint's codec is ${codec}: it is not one of a LangGraph thread`);
  }

  /**
   * What the checkpoint holds: the channels that changed, and those that the parent has in the same version. A
   * value that neither says is no part of it.
   */
  async #valuesOf(
    place: Place,
    parent: string,
    checkpoint: Checkpoint,
    newVersions: ChannelVersions,
  ): Promise<Record<string, unknown>> {
    const { channel_values: given, channel_versions: versions } = checkpoint;
    const changed = Object.keys(given).filter((channel) => Object.hasOwn(newVersions, channel));
    const values = pick(given, changed);
    if (parent === "") return values;
    const held = await this.#held(place, parent);
    // A parent that retention has taken: what was given is all there is.
    if (held === null) return { ...given };
    const carried = Object.keys(held.versions).filter(
      (channel) =>
        !Object.hasOwn(newVersions, channel) && versions[channel] === held.versions[channel],
    );
    const absent = carried.filter((channel) => !Object.hasOwn(given, channel));
    Object.assign(values, pick(given, carried));
    if (absent.length > 0) Object.assign(values, pick(await this.#read(place, parent), absent));
    return values;
  }

  async #held(place: Place, id: string): Promise<Held | null> {
    const known = this.#remembered.get(keyOf(place));
    if (known?.id === id) return known;
    const saved = await this.#tuple(place, id);
    return saved === undefined ? null : heldBy(saved.checkpoint);
  }

  async #read(place: Place, id: string): Promise<Record<string, unknown>> {
    return (await this.#tuple(place, id))?.checkpoint.channel_values ?? {};
  }

  #remember(place: Place, checkpoint: Checkpoint): void {
    const key = keyOf(place);
    this.#remembered.delete(key);
    this.#remembered.set(key, heldBy(checkpoint));
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > this.#rememberedMax && oldest !== undefined) {
      this.#remembered.delete(oldest);
    }
  }

  /** The names of checkpoints in groups, newest first within a thread. */
  async *#places(config: RunnableConfig): AsyncGenerator<(Place & { readonly id: string })[]> {
    const { thread_id: asked, checkpoint_ns: namespace } = config.configurable ?? {};
    const threads = asked === undefined ? this.#store.threads() : [{ thread: String(asked) }];
    for await (const { thread } of threads) {
      let group: (Place & { readonly id: string })[] = [];
      const where = namespace === undefined ? {} : { namespace: String(namespace) };
      for await (const found of this.#store.list(thread, where)) {
        group.push({ thread, namespace: found.namespace, id: found.id });
        if (group.length < READ_AHEAD) continue;
        yield group;
        group = [];
      }
      yield group;
    }
  }
}

function placeOf(config: RunnableConfig): Place | undefined {
  const { thread_id: thread, checkpoint_ns: namespace } = config.configurable ?? {};
  if (thread === undefined) return undefined;
  return { thread: String(thread), namespace: String(namespace ?? "") };
}

function requirePlace(config: RunnableConfig): Place {
  const place = placeOf(config);
  if (place !== undefined) return place;
  throw new Error('the config names no thread: pass { configurable: { thread_id: "…" } }');
}

function configOf({ thread, namespace }: Place, id: string): RunnableConfig {
  return { configurable: { thread_id: thread, checkpoint_ns: namespace, checkpoint_id: id } };
}

function heldBy({ id, channel_values: values, channel_versions: versions }: Checkpoint): Held {
  return { id, versions: pick(versions, Object.keys(values)) };
}

/** A text that begins with the whole thread, so that no thread's key begins with another's. */
function keyOf({ thread, namespace }: Place): string {
  return `${JSON.stringify(thread)} ${namespace}`;
}

function pick<T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name] as T]),
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
