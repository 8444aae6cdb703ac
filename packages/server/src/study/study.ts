// Runs the heavy questions about policies in a thread of their own, so that decisions do not wait for them.

import { Worker } from "node:worker_threads";
import type { Registry } from "@holdpoint/core/policy/registry";
import { HoldpointError } from "@holdpoint/core/error/error";
import {
  draft,
  type DraftFindings,
  type DraftTask,
  type Examined,
  examine,
  type ExamineTask,
  load,
  type ResultOf,
  type TaskName,
  type TaskOf,
} from "./tasks.ts";
import type { ResultMessage, TaskMessage } from "./worker.ts";

/** Characters of policies that are looked at where they are asked for: it takes a few milliseconds. */
const inlineLengthMax = 16_384;
/** Recorded actions that are compared there too. */
const inlineCorpusMax = 100;
/** Questions that may wait; past it callers are asked to come back. */
const waitingMax = 64;
/** Replays that may wait for each other. */
const turnsMax = 8;

/** One question may take this long; then its thread is ended, and the next one is looked at. */
const taskMsMax = 120_000;

interface Waiting {
  readonly message: TaskMessage;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Study {
  readonly #taskMsMax: number;
  #worker: Worker | null = null;
  #next = 1;
  readonly #waiting: Waiting[] = [];
  #running: Waiting | null = null;
  #timer: NodeJS.Timeout | undefined;
  #turns = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(longestMs: number = taskMsMax) {
    this.#taskMsMax = longestMs;
  }

  /** Loads and checks the text of a policy. What people approved comes `first`, and is never refused. */
  async examine(task: ExamineTask, place: "first" | "last" = "last"): Promise<Examined> {
    if (task.source.length <= inlineLengthMax) return examine(task);
    return place === "first" ? this.#ask("examine", task, true) : this.run("examine", task);
  }

  /** Work on the thread that serves, in small steps: one after the other, and not many wait. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#turns >= turnsMax) throw full();
    this.#turns += 1;
    const result = this.#lastTurn.then(work, work);
    this.#lastTurn = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#turns -= 1;
    }
  }

  /** Loads without the checks. */
  async load(source: string, registry: Registry | null = null): Promise<Examined> {
    const known = registry !== null && registry.entries.length > 0 ? { registry } : {};
    const task = { source, ...known };
    return source.length <= inlineLengthMax ? load(task) : this.run("load", task);
  }

  /** What a draft changes, whether its tests pass, and what it decides otherwise. */
  async draft(task: DraftTask): Promise<DraftFindings> {
    const length = task.after.length + (task.before?.length ?? 0);
    if (length <= inlineLengthMax && task.corpus.length <= inlineCorpusMax) return draft(task);
    return this.run("draft", task);
  }

  async run<Name extends TaskName>(name: Name, task: TaskOf<Name>): Promise<ResultOf<Name>> {
    const isBusy = this.#running !== null;
    if (this.#waiting.length + (isBusy ? 1 : 0) >= waitingMax) throw full();
    return this.#ask(name, task, false);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    clearTimeout(this.#timer);
    const all = [...(this.#running === null ? [] : [this.#running]), ...this.#waiting.splice(0)];
    this.#running = null;
    for (const { reject } of all) reject(lost("the server stops"));
    await worker?.terminate();
  }

  async #ask<Name extends TaskName>(
    name: Name,
    task: TaskOf<Name>,
    isFirst: boolean,
  ): Promise<ResultOf<Name>> {
    const message: TaskMessage = { id: this.#next, name, task };
    this.#next += 1;
    const result = new Promise<unknown>((resolve, reject) => {
      const waiting = { message, resolve, reject };
      if (isFirst) this.#waiting.unshift(waiting);
      else this.#waiting.push(waiting);
    });
    this.#go();
    return (await result) as ResultOf<Name>;
  }

  #go(): void {
    if (this.#running !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      // Nobody waits: the thread must not keep the process alive.
      this.#worker?.unref();
      return;
    }
    this.#running = next;
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    worker.postMessage(next.message);
    this.#timer = setTimeout(() => this.#stopLong(), this.#taskMsMax);
  }

  /** Takes the question that is being looked at, which has its answer now. */
  #end(): Waiting | null {
    clearTimeout(this.#timer);
    const ended = this.#running;
    this.#running = null;
    return ended;
  }

  #stopLong(): void {
    const worker = this.#worker;
    this.#worker = null;
    void worker?.terminate();
    this.#end()?.reject(
      new HoldpointError("study_too_long", {
        message: `it took more than ${this.#taskMsMax} ms; ask about a smaller policy, or fewer tests`,
      }),
    );
    this.#go();
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.js", import.meta.url));
    worker.on("message", ({ id, result, fault }: ResultMessage) => {
      if (this.#worker !== worker || this.#running?.message.id !== id) return;
      const ended = this.#end();
      if (fault === null) ended?.resolve(result);
      else ended?.reject(new Error(`the thread beside failed: ${fault}`));
      this.#go();
    });
    const lose = (why: string): void => {
      if (this.#worker !== worker) return;
      // The next question starts a new thread.
      this.#worker = null;
      this.#end()?.reject(lost(why));
      this.#go();
    };
    worker.on("error", (error) => lose(error.message));
    worker.on("exit", () => lose("its thread ended"));
    return worker;
  }
}

function full(): HoldpointError {
  return new HoldpointError("study_full", {
    message: "too many policies are being looked at; try again in a while",
  });
}

function lost(why: string): Error {
  return new Error(`a question about a policy was lost: ${why}`);
}
