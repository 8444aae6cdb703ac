// A server on a hand-moved clock whose policy allows, bounds and holds, with an agent that guards its tools.

import { Holdpoint, type JobView } from "@holdpoint/sdk";
import { type Line, startLine, stopLine } from "./line-world.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: open
    match: { topics: ["job.open.*"] }
    decision: allow
  - id: gate
    match: { topics: ["job.held.*"] }
    decision: require_approval
    reason: People look at it
    timeout: 1h
  - id: never
    match: { topics: ["job.never.*"] }
    decision: deny
    reason: That is never automated
    remediations: [{ id: softer, title: Archive it, set: { topic: job.open.archive } }]
  - id: rows
    match: { topics: ["job.rows.*"] }
    decision: allow_with_constraints
    constraints: { max_rows: 5, max_recipients: 1 }
  - id: pinned
    match: { topics: ["job.pinned.*"] }
    decision: allow_with_constraints
    constraints: { pin: { dry_run: true } }
  - id: hidden
    match: { topics: ["job.hidden.*"] }
    decision: allow_with_constraints
    constraints: { redact: [iban, customer.street] }
  - id: quick
    match: { topics: ["job.quick.*"] }
    decision: allow_with_constraints
    constraints: { max_runtime_sec: 1 }
`;

/** After so long without an outcome the server says that it is unknown. */
const OUTCOME_MS = 900_000;

export interface GuardWorld {
  readonly line: Line;
  readonly hp: Holdpoint;
  readonly url: string;
  readonly agentKey: string;
  /** What tools have done, one line each. */
  readonly effects: string[];
  /** A person's word about a job. */
  person(verb: string, job: JobView, body?: object): Promise<unknown>;
  /** Lets the time for an outcome run out. */
  forget(jobId: string): Promise<void>;
}

export async function startGuardWorld(): Promise<GuardWorld> {
  const line = await startLine();
  const url = `http://127.0.0.1:${line.server.port}`;
  const published = await line.publish(policy);
  if (published.status >= 300) throw new Error(JSON.stringify(published.body));
  const agentKey = await line.makeKey("agent", "billing");
  const ann = await line.makeKey("person", "ann");
  const hp = new Holdpoint({ url, apiKey: agentKey });
  return {
    line,
    hp,
    url,
    agentKey,
    effects: [],
    person: async (verb, { job }, body = {}) => {
      const answer = await line.post(`/approvals/${job.id}/${verb}`, body, { key: ann });
      if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    },
    forget: async (jobId) => {
      line.pass(OUTCOME_MS);
      const { job } = await hp.wait(jobId, { until: "ended" });
      if (job.state !== "UNKNOWN") throw new Error(`${jobId} is ${job.state}`);
    },
  };
}

export async function stopGuardWorld({ line, hp }: GuardWorld): Promise<void> {
  hp.close();
  await stopLine(line);
}
