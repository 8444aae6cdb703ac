// What a message to an agent's webhook says, looked up when it is sent: no token, no state, and nothing that is over.

import type { Job } from "@holdpoint/core/job/job";
import type { Resumption } from "@holdpoint/core/job/resumption";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Engine } from "./context.ts";
import type { AgentMessage } from "./run-notice.ts";

/** Null says that there is nothing to tell any more; a number that it is to be told then. */
export type Words = { readonly type: string; readonly data: JsonObject } | number | null;

export async function wordsOf(engine: Engine, message: AgentMessage): Promise<Words> {
  const { tenant, resumption, job, fence } = message;
  const run = await engine.store.findResumption(tenant, resumption);
  if (run === null) return null;
  if (job !== null) return wordsOfAnswer(engine, { tenant, run, job });
  if (fence !== null) {
    if (run.state !== "claimed" || run.fence !== fence) return null;
    if ((run.dueAt ?? 0) > engine.clock.now()) return run.dueAt;
    return readyWords(engine, tenant, run);
  }
  if (run.state !== "waiting" || run.dueAt === null) return null;
  if (run.dueAt > engine.clock.now()) return run.dueAt;
  return readyWords(engine, tenant, run);
}

interface Answer {
  readonly tenant: string;
  readonly run: Resumption;
  readonly job: string;
}

/** The answer that lets the run go on is told as that; each other one by itself. */
async function wordsOfAnswer(engine: Engine, { tenant, run, job: id }: Answer): Promise<Words> {
  const found = await engine.store.findJob(tenant, id);
  if (found === null) return null;
  if (run.state === "waiting" && run.dueAt !== null && isDeciding(run, id)) {
    return readyWords(engine, tenant, run);
  }
  const { job } = found.file;
  const { run: name, thread } = job.action.actor;
  return {
    type: "job.settled",
    data: { job_id: job.id, run: name, thread, ...answerOf(job) },
  };
}

/** In the order of the answers: the last of all of them, the first, or any. */
function isDeciding({ mode, settled }: Resumption, job: string): boolean {
  if (mode === "each") return true;
  return (mode === "all" ? settled.at(-1) : settled[0]) === job;
}

async function readyWords(engine: Engine, tenant: string, run: Resumption): Promise<Words> {
  const jobs: JsonObject[] = [];
  for (const id of run.jobs) {
    const found = await engine.store.findJob(tenant, id);
    if (found !== null) jobs.push({ id, ...answerOf(found.file.job) });
  }
  const { id, thread, run: name, queue } = run;
  return { type: "run.ready", data: { resumption: id, thread, run: name, queue, jobs } };
}

function answerOf({ state, resolution, action }: Job): JsonObject {
  return {
    state,
    call: action.actor.call ?? null,
    resolution: resolution && {
      kind: resolution.kind,
      reason: resolution.reason,
      code: resolution.code,
    },
  };
}
