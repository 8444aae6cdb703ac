// Runs the embedded PostgreSQL of the customer table off the main thread, which stays free for waits.

import { parentPort } from "node:worker_threads";
import { PGlite, types } from "@electric-sql/pglite";
import { type Answer, customerSchema, type Question } from "./customer-row.ts";

if (parentPort === null) throw new Error("the customer table runs in a worker thread");
const port = parentPort;
// A day stays text: a Date would move it by the reader's time zone.
const db = await PGlite.create({ parsers: { [types.DATE]: (text: string) => text } });
await db.exec(customerSchema);

port.on("message", (question: Question | "close") => {
  if (question === "close") {
    void db.close().then(() => port.close());
    return;
  }
  void db.query(question.sql, [...question.values]).then(
    (result) =>
      tell({ id: question.id, ok: true, rows: result.rows, changed: result.affectedRows ?? 0 }),
    (error: unknown) => tell({ id: question.id, ok: false, message: String(error) }),
  );
});
port.postMessage("ready");

function tell(answer: Answer): void {
  port.postMessage(answer);
}
