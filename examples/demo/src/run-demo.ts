// Runs the demo once: opens the world, lets the agent work behind Holdpoint, and reports what became of it.

import { Holdpoint, type JobView } from "@holdpoint/sdk";
import { framework } from "./agent/framework.ts";
import type { Watch } from "./agent/guarded-tool.ts";
import { scriptedModel } from "./agent/scripted-model.ts";
import type { ToolAnswer } from "./agent/tool-answer.ts";
import { agentTools } from "./agent/tools.ts";
import { type DemoReport, makeReport, takeSnapshot } from "./report.ts";
import { openWorld, type World } from "./world/world.ts";

export interface DemoStep {
  /** One sentence for a person. */
  readonly text: string;
  readonly jobId?: string;
  /** State of that job, as far as the agent knows. */
  readonly state?: string;
}

export interface DemoOptions {
  /** The Holdpoint server, such as `http://localhost:8081`. */
  readonly url: string;
  /** Not needed against a development server. */
  readonly apiKey?: string;
  /** Files and mails go to a new folder below this one; default: the temporary folder. It stays afterwards. */
  readonly folder?: string;
  readonly onStep?: (step: DemoStep) => void;
  /** Ends the run: held actions are withdrawn, the rest is cleaned up, and the promise rejects. */
  readonly signal?: AbortSignal;
}

/** How long the server may take to answer at all, in milliseconds. */
const firstAnswerMs = 5_000;

const instructions =
  "You work off support tickets. Read ticket 4711, do what it asks, and respect every refusal.";

/**
 * Runs the agent to its end, which may take as long as people take to answer.
 *
 * @throws what the Holdpoint SDK throws when the server is away or refuses the calls; the signal's
 *   reason when aborted.
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  options.signal?.throwIfAborted();
  const hp = new Holdpoint({
    url: options.url,
    ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
  });
  try {
    // Asked first: without a server there is nothing to show, and no reason to prepare it.
    await hp.request({
      method: "GET",
      path: "/me",
      timeoutMs: firstAnswerMs,
      signal: options.signal,
    });
    return await runInWorld(hp, options);
  } finally {
    hp.close();
  }
}

async function runInWorld(hp: Holdpoint, options: DemoOptions): Promise<DemoReport> {
  const tell = options.onStep ?? (() => undefined);
  tell({ text: "Preparing a table of customers, a mail server and a folder of files" });
  const world = await openWorld(options.folder);
  try {
    tell({ text: `The agent starts; its files are in ${world.folder}` });
    return await letAgentWork(hp, world, tell, options.signal);
  } finally {
    await world.close();
  }
}

async function letAgentWork(
  hp: Holdpoint,
  world: World,
  tell: (step: DemoStep) => void,
  signal: AbortSignal | undefined,
): Promise<DemoReport> {
  const before = await takeSnapshot(world);
  const calls: ToolAnswer[] = [];
  const waiting = new Set<string>();
  const watch: Watch = {
    proposed(tool, job) {
      if (job.job.state === "APPROVAL") waiting.add(job.job.id);
      tell({ text: proposedText(hp, tool, job), jobId: job.job.id, state: job.job.state });
    },
    asked({ job: { id, state } }, question, answer) {
      tell({ text: `A reviewer asks: ${question} The agent answers: ${answer}`, jobId: id, state });
    },
    answered(answer) {
      calls.push(answer);
      if (answer.jobId !== null) waiting.delete(answer.jobId);
      tell(answeredStep(answer));
    },
  };
  const agent = new framework.Agent({
    name: "Support agent",
    instructions,
    model: scriptedModel(),
    tools: agentTools(hp, world, watch),
  });
  try {
    const result = await framework.run(agent, "Work off ticket 4711.", {
      maxTurns: 12,
      ...(signal !== undefined && { signal }),
    });
    signal?.throwIfAborted();
    const summary = String(result.finalOutput ?? "");
    const report = await makeReport(world, before, { summary, calls });
    tell({ text: finishedText(report) });
    return report;
  } catch (error) {
    await withdraw(hp, waiting);
    throw error instanceof framework.ToolCallError ? error.error : error;
  }
}

function finishedText({ customers, config, mails, proposals }: DemoReport): string {
  return [
    `The agent has finished. Customers: ${customers.rowsBefore} before, ${customers.rowsAfter} now`,
    `${config.path}: ${config.changed ? "changed" : "as it was"}`,
    `new files: ${[...proposals, ...mails].join(", ") || "none"}`,
  ].join("; ");
}

/** Nobody should be asked to decide for an agent that is gone. */
async function withdraw(hp: Holdpoint, jobIds: ReadonlySet<string>): Promise<void> {
  // The server may be what failed: withdrawing is tried for as long as a person at a terminal waits.
  const signal = AbortSignal.timeout(3_000);
  const reason = "the demo agent was stopped";
  await Promise.allSettled([...jobIds].map((id) => hp.cancel(id, { reason, signal })));
}

function proposedText(hp: Holdpoint, tool: string, job: JobView): string {
  const { resource } = job.action.target;
  const what = resource === null ? tool : `${tool} on ${resource}`;
  switch (job.job.state) {
    case "APPROVAL":
      return `${what} is held by ${ruleOf(job)}. Decide at ${hp.url}/approvals/${job.job.id}`;
    case "DENIED":
      return `${what} is denied by ${ruleOf(job)}`;
    default:
      return job.constraints === null
        ? `${what} may run, says ${ruleOf(job)}`
        : `${what} may run within limits, says ${ruleOf(job)}: ${JSON.stringify(job.constraints)}`;
  }
}

function ruleOf(job: JobView): string {
  return job.policy_rule_id === null ? "the default" : `rule ${job.policy_rule_id}`;
}

function answeredStep(answer: ToolAnswer): DemoStep {
  const why = answer.reason === null ? "" : `: ${answer.reason}`;
  const text = `${answer.tool} ${endings[answer.status]}${why}`;
  return answer.jobId === null
    ? { text }
    : { text, jobId: answer.jobId, state: stateAfter[answer.status] };
}

const endings: Readonly<Record<ToolAnswer["status"], string>> = {
  done: "ran",
  changed: "ran, as people changed it",
  denied: "did not run, denied",
  rejected: "did not run, rejected",
  expired: "did not run, nobody answered in time",
  cancelled: "did not run, withdrawn",
  revoked: "did not run, its approval was taken back",
  failed: "failed",
};

const stateAfter: Readonly<Record<ToolAnswer["status"], string>> = {
  done: "SUCCEEDED",
  changed: "SUCCEEDED",
  denied: "DENIED",
  rejected: "REJECTED",
  expired: "EXPIRED",
  cancelled: "CANCELLED",
  revoked: "REVOKED",
  failed: "FAILED",
};
