// Runs the heavy questions about policies in a thread of their own, so that decisions do not wait for them.

import { Worker } from "node:worker_threads";
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

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Study {
  #worker: Worker | null = null;
  #next = 1;
  readonly #waiting = new Map<number, Waiting>();

  /** Loads and checks the text of a policy. */
  async examine(task: ExamineTask): Promise<Examined> {
    if (task.source.length <= inlineLengthMax) return examine(task);
    return this.run("examine", task);
  }

  /** Loads without the checks. */
  async load(source: string): Promise<Examined> {
    return source.length <= inlineLengthMax ? load({ source }) : this.run("load", { source });
  }

  /** What a draft changes, whether its tests pass, and what it decides otherwise. */
  async draft(task: DraftTask): Promise<DraftFindings> {
    const length = task.after.length + (task.before?.length ?? 0);
    if (length <= inlineLengthMax && task.corpus.length <= inlineCorpusMax) return draft(task);
    return this.run("draft", task);
  }

  async run<Name extends TaskName>(name: Name, task: TaskOf<Name>): Promise<ResultOf<Name>> {
    if (this.#waiting.size >= waitingMax) {
      throw new HoldpointError("study_full", {
        message: "too many policies are being looked at; try again in a while",
      });
    }
    const worker = (this.#worker ??= this.#start());
    const id = this.#next;
    this.#next += 1;
    const message: TaskMessage = { id, name, task };
    const result = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    worker.ref();
    worker.postMessage(message);
    return (await result) as ResultOf<Name>;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#failAll("the server stops");
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.js", import.meta.url));
    worker.on("message", ({ id, result, fault }: ResultMessage) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      // Nobody waits: the thread must not keep the process alive.
      if (this.#waiting.size === 0) worker.unref();
      if (fault === null) waiting?.resolve(result);
      else waiting?.reject(new Error(`the thread beside failed: ${fault}`));
    });
    const lose = (why: string): void => {
      if (this.#worker !== worker) return;
      // The next question starts a new thread.
      this.#worker = null;
      this.#failAll(why);
    };
    worker.on("error", (error) => lose(error.message));
    worker.on("exit", () => lose("its thread ended"));
    worker.unref();
    return worker;
  }

  #failAll(why: string): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new Error(`a question about a policy was lost: ${why}`));
    }
    this.#waiting.clear();
  }
}
