// What the agent of a test does: the calls that its scripted model makes at once, and the effect that each has.

import { appendFile } from "node:fs/promises";

/** The topic of each tool says what the policy of the tests does with it. */
export const topics = {
  read: "job.adapter.read",
  bounded: "job.adapter.bounded",
  refund: "job.adapter.refund",
  quick: "job.adapter.quick",
  drop: "job.adapter.drop",
} as const;

export type ToolName = keyof typeof topics;

export const policy = `
version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: read
    match: { topics: [job.adapter.read] }
    decision: allow
  - id: bounded
    match: { topics: [job.adapter.bounded] }
    decision: allow_with_constraints
    reason: For a minute at most, and for small amounts
    constraints: { max_runtime_sec: 60 }
  - id: refund
    match: { topics: [job.adapter.refund] }
    decision: require_approval
    reason: Somebody has to look at it
  - id: quick
    match: { topics: [job.adapter.quick] }
    decision: require_approval
    reason: Somebody has to look at it at once
    timeout: 1s
  - id: hidden
    match: { topics: [job.adapter.hidden] }
    decision: allow_with_constraints
    reason: Accounts are nobody's business
    constraints: { redact: [iban] }
  - id: payments
    match: { topics: ["job.payment.*"] }
    decision: require_approval
    reason: Money leaves the house
  - id: reading
    match: { topics: ["job.crm.read"] }
    decision: allow
  - id: by-name
    match: { topics: ["job.tool.*"] }
    decision: allow
  - id: drop
    match: { topics: [job.adapter.drop] }
    decision: deny
    reason: This is never automated
`;

/** Arguments of every tool. */
export type Args = { readonly item: string; readonly amount: number };

export interface PlannedCall {
  readonly id: string;
  readonly tool: ToolName;
  readonly args: Args;
}

/** A run of an agent. It is JSON: another process takes the run up with the same plan. */
export interface Plan {
  readonly url: string;
  readonly thread: string;
  /** File that gets a line for each effect. */
  readonly effects: string;
  readonly calls: readonly PlannedCall[];
  /** True for a process that is killed when it has had an effect, before it can say so. */
  readonly dies?: boolean;
  /** How long the client goes on trying a server that is away. */
  readonly timeoutMs?: number;
}

/** How a pass of the agent went. */
export interface PassReport {
  /** Whether the agent is through; else it waits for people. */
  readonly ended: boolean;
  /** Jobs that people are asked about. */
  readonly held: readonly string[];
  /** What the model was told of each call that has its answer, by the call's id. */
  readonly told: Readonly<Record<string, string>>;
}

/** An agent of one framework whose model makes the planned calls in its first turn and ends in its second. */
export interface Harness {
  /** Runs it until it ends or waits for people; whatever the framework saves is with Holdpoint, or in files beside. */
  start(plan: Plan): Promise<PassReport>;
  /** Takes up what was saved, with the answers that are there. */
  resume(plan: Plan): Promise<PassReport>;
}

/** The tool behind each name: one line in the file is one effect. */
export async function act(plan: Plan, tool: ToolName, { item, amount }: Args): Promise<string> {
  await appendFile(plan.effects, `${tool} ${item} ${amount}\n`);
  if (plan.dies === true) process.kill(process.pid, "SIGKILL");
  return `${tool} done for ${item}: ${amount}`;
}

export const toolNames = Object.keys(topics) as ToolName[];

/** Resolves for everybody when so many have come: two workers are inside of the same body at the same time. */
export function meeting(count: number): () => Promise<void> {
  let came = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    came += 1;
    if (came === count) open();
    return all;
  };
}
