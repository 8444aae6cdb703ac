// The thread beside: takes a task, answers with its result or with what went wrong.

import { parentPort } from "node:worker_threads";
import { type TaskName, tasks } from "./tasks.ts";

export interface TaskMessage {
  readonly id: number;
  readonly name: TaskName;
  readonly task: unknown;
}

export interface ResultMessage {
  readonly id: number;
  readonly result: unknown;
  /** Null when there is a result. */
  readonly fault: string | null;
}

parentPort?.on("message", ({ id, name, task }: TaskMessage) => {
  const run = tasks[name] as (task: unknown) => unknown;
  let message: ResultMessage;
  try {
    message = { id, result: run(task), fault: null };
  } catch (error) {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    message = { id, result: null, fault };
  }
  parentPort?.postMessage(message);
});
