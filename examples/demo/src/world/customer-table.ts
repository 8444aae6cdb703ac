// The demo's customer table: a real one, in an embedded PostgreSQL that lives in a worker thread.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Answer, Customer, Question } from "./customer-row.ts";

export interface CustomerTable {
  list(): Promise<Customer[]>;
  withStatus(status: string): Promise<Customer[]>;
  /** The rows that `deleteIds` would delete now. */
  withIds(ids: readonly number[]): Promise<Customer[]>;
  /** Deletes the rows and answers their ids. */
  deleteIds(ids: readonly number[]): Promise<number[]>;
  close(): Promise<void>;
}

const columns = "id, name, email, plan, status, closed_on";

/** Creates the table with its 24 customers; nothing of it outlives `close`. */
export async function openCustomerTable(): Promise<CustomerTable> {
  const worker = new Worker(new URL("./customer-table-worker.js", import.meta.url));
  await once(worker, "message");
  const ask = asker(worker);
  const rows = async <T>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
    (await ask(sql, values)) as T[];
  return {
    list: () => rows<Customer>(`select ${columns} from customers order by id`),
    withStatus: (status) =>
      rows<Customer>(`select ${columns} from customers where status = $1 order by id`, [status]),
    withIds: (ids) =>
      rows<Customer>(`select ${columns} from customers where id = any($1) order by id`, [ids]),
    async deleteIds(ids) {
      const gone = await rows<{ id: number }>(
        "delete from customers where id = any($1) returning id",
        [ids],
      );
      return gone.map((row) => row.id).sort((left, right) => left - right);
    },
    async close() {
      const exited = once(worker, "exit");
      worker.postMessage("close");
      await exited;
    },
  };
}

/** Sends questions to the worker and hands each its answer. */
function asker(worker: Worker): (sql: string, values: readonly unknown[]) => Promise<unknown[]> {
  const waiting = new Map<number, (answer: Answer) => void>();
  let count = 0;
  worker.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  worker.on("error", (error) => {
    for (const [id, tell] of waiting) tell({ id, ok: false, message: String(error) });
    waiting.clear();
  });
  return async (sql, values) => {
    count += 1;
    const question: Question = { id: count, sql, values };
    const answered = new Promise<Answer>((resolve) => waiting.set(question.id, resolve));
    worker.postMessage(question);
    const answer = await answered;
    if (!answer.ok) throw new Error(answer.message);
    return answer.rows;
  };
}
