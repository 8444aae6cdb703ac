// One agent or worker of a suspended run as a process of its own, which dies at the step that it is told to.

import { appendFileSync, readFileSync } from "node:fs";
import process from "node:process";
import { Holdpoint, Interrupted } from "@holdpoint/sdk";

const [, , url, apiKey, file] = process.argv;

function die() {
  process.kill(process.pid, "SIGKILL");
  // Nothing more is done until the signal has ended the process.
  return new Promise(() => undefined);
}

/** True when the process is to die at this moment: `before` or `after` a step named by the end of its path. */
function isTime(doom, when, path) {
  return doom !== undefined && doom.when === when && path.endsWith(doom.step);
}

function clientOf(doom) {
  return new Holdpoint({
    url,
    apiKey,
    fetch: async (input, init) => {
      const { pathname } = new URL(input);
      if (isTime(doom, "before", pathname)) await die();
      const response = await fetch(input, init);
      if (isTime(doom, "after", pathname)) await die();
      if (pathname.endsWith("/complete") && response.ok) process.send({ at: "completed" });
      return response;
    },
  });
}

async function suspend({ id, doom }) {
  const action = { topic: "job.held.pay", params: { id }, agent: { call: "pay" } };
  const options = { run: id, thread: id, queue: id, state: { id } };
  try {
    await clientOf(doom).interrupt(action, options);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const [job] = error.jobs;
    process.send({ at: "suspended", job: job.job.id, resumption: error.resumption.id });
  }
}

/** The other system: it can be asked what it has done, and does twice what it is told twice. */
async function pay(doom, key) {
  if (isTime(doom, "before", "effect")) await die();
  appendFileSync(file, `${key}\n`);
  if (isTime(doom, "after", "effect")) await die();
  return { paid: true };
}

async function work({ id, doom }) {
  const hp = clientOf(doom);
  const tool = hp.guard((_params, { idempotencyKey }) => pay(doom, idempotencyKey), {
    topic: "job.held.pay",
    idempotent: true,
    reconcile: (_job, { idempotencyKey }) =>
      readFileSync(file, "utf8").split("\n").includes(idempotencyKey)
        ? { status: "SUCCEEDED", result: { paid: true } }
        : null,
  });
  const worker = hp.worker({
    queues: [id],
    resume: async ({ state, run }) => {
      await tool({ id: state.id }, {}, { agent: { run, call: "pay" } });
      process.send({ at: "done" });
    },
    onError: (error) => process.send({ at: "failed", message: String(error) }),
  });
  await worker.run();
}

process.on("message", (order) => {
  void (order.role === "agent" ? suspend(order) : work(order)).catch((error) =>
    process.send({ at: "failed", message: String(error) }),
  );
});
process.send({ at: "ready" });
