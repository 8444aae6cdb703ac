// An agent as a process of its own: makes the guarded calls that its parent asks for, and dies where it is told to.

import { appendFileSync, closeSync, openSync, readFileSync } from "node:fs";
import { once } from "node:events";
import process from "node:process";
import { Holdpoint } from "@holdpoint/sdk";

const [, , url, apiKey, file] = process.argv;
const hp = new Holdpoint({ url, apiKey });

/** True when the other system has taken a request with this key. */
function isDone(key) {
  return readFileSync(file, "utf8")
    .split("\n")
    .some((line) => line.endsWith(` ${key}`));
}

/** True for the first request with this key, whoever sends it. */
function isFirst(key) {
  try {
    closeSync(openSync(`${file}.${key}`, "wx"));
    return true;
  } catch {
    return false;
  }
}

/** The other system's side: what it does, once for each key when it is asked to mind it. */
async function act({ id, die, mindsKeys, holdsUp }, key) {
  if (holdsUp) {
    process.send({ at: "tool" });
    await once(process, "message");
  }
  if (die === "before") process.kill(process.pid, "SIGKILL");
  if (!mindsKeys || isFirst(key)) appendFileSync(file, `${id} ${key}\n`);
  if (die === "after") process.kill(process.pid, "SIGKILL");
  return { paid: id };
}

async function make(order) {
  const { topic, id, call, reconciles, mindsKeys } = order;
  const pay = hp.guard((_params, { idempotencyKey }) => act(order, idempotencyKey), {
    topic,
    idempotent: mindsKeys,
    ...(reconciles && {
      reconcile: (_job, { idempotencyKey }) =>
        isDone(idempotencyKey)
          ? { status: "SUCCEEDED", result: { paid: id } }
          : { status: "FAILED", reason: "no such payment" },
    }),
  });
  const options = {
    agent: { run: "run-1", call },
    onProposed: ({ job }) => process.send({ at: "proposed", job: job.id }),
  };
  return pay({ id }, {}, options);
}

process.on("message", (order) => {
  if (order.call === undefined) return;
  void make(order).then(
    (result) => process.send({ at: "end", result }),
    ({ name, message }) => process.send({ at: "end", error: { name, message } }),
  );
});
process.send({ at: "ready" });
