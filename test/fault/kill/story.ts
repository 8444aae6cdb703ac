// The lives that jobs lead under the kills: which calls, in which order, and which at the same time.

import type { JobView } from "@holdpoint/core/wire/response";
import { pick } from "../../random.ts";

export const policy = `version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: reads
    match: { topics: ["job.*.read"] }
    decision: allow
  - id: writes
    match: { topics: ["job.*.write"] }
    decision: require_approval
    reason: Writes are looked at
    timeout: 1h
  - id: drops
    match: { topics: ["job.*.drop"] }
    decision: deny
    reason: Nothing is dropped
`;

export type Verb = "propose" | "comment" | "approve" | "reject" | "modify" | "redeem" | "outcome";

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One request, repeated with the same key and content until it is answered. */
export interface Call {
  readonly verb: Verb;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly key: string | null;
  /** How often it was sent. */
  tries: number;
  /** Null while nobody was told anything. */
  answer: Answer | null;
}

/** Each inner list is sent at the same time; the next one follows when all are answered. */
const plans = {
  allowed: [["propose"], ["redeem"], ["outcome"]],
  rivals: [["propose"], ["redeem", "redeem", "redeem"], ["outcome"]],
  approved: [["propose"], ["approve"], ["redeem"], ["outcome"]],
  discussed: [["propose"], ["comment", "comment"], ["approve"], ["redeem"], ["outcome"]],
  modified: [["propose"], ["modify"], ["redeem"], ["outcome", "outcome"]],
  rejected: [["propose"], ["reject"]],
  contested: [["propose"], ["approve", "reject"], ["redeem"], ["outcome"]],
  proposedTwice: [["propose", "propose"], ["approve"], ["redeem"], ["outcome"]],
  denied: [["propose"]],
  left: [["propose"]],
} as const satisfies Record<string, readonly (readonly Verb[])[]>;

type Plan = keyof typeof plans;
const planNames = Object.keys(plans) as [Plan, ...Plan[]];
const topics: Partial<Record<Plan, string>> = {
  allowed: "job.table.read",
  rivals: "job.table.read",
  denied: "job.table.drop",
};

export class Story {
  readonly name: string;
  readonly plan: Plan;
  readonly #random: () => number;
  readonly #proposal: Readonly<Record<string, unknown>>;
  readonly #proposalKey: { readonly header: string | null };
  readonly past: Call[] = [];
  now: readonly Call[] = [];
  #at = -1;

  constructor(name: string, random: () => number) {
    this.name = name;
    this.plan = pick(random, planNames);
    this.#random = random;
    const isHeader = random() < 0.5;
    this.#proposalKey = { header: isHeader ? `key-${name}` : null };
    this.#proposal = {
      topic: topics[this.plan] ?? "job.table.write",
      params: { story: name, amount: Math.floor(random() * 1e6), text: "ü".repeat(random() * 400) },
      ...(random() < 0.5 && { job_id: `job-${name}` }),
      ...(!isHeader && { idempotency_key: `key-${name}` }),
    };
  }

  get calls(): readonly Call[] {
    return [...this.past, ...this.now];
  }

  /** Of the job, once somebody was told; null before. */
  get view(): JobView | null {
    const told = this.calls.find(({ verb, answer }) => verb === "propose" && answer?.body["job"]);
    return (told?.answer?.body as JobView | undefined) ?? null;
  }

  /** Goes on to the next stage when this one is answered; false at the end, or when no job came of it. */
  advance(job: JobView | null): boolean {
    if (this.now.some((call) => call.answer === null)) return true;
    this.past.push(...this.now);
    this.now = [];
    this.#at += 1;
    const stage: readonly Verb[] | undefined = plans[this.plan][this.#at];
    const canGoOn = stage?.[0] === "propose" || (job !== null && !isOver(job));
    if (stage === undefined || !canGoOn) return false;
    this.now = stage.map((verb, place) => this.#call(verb, place, job));
    return true;
  }

  #call(verb: Verb, place: number, job: JobView | null): Call {
    const id = job?.job.id ?? "";
    const made = { verb, tries: 0, answer: null };
    const key = `${verb}-${this.name}-${place}`;
    // Without a key these are repeatable too: the same person, the same words.
    const maybeKey = this.#random() < 0.6 ? key : null;
    const words = `${verb} ${this.name} ${place}`;
    switch (verb) {
      case "propose":
        return { ...made, path: "/actions", body: this.#proposal, key: this.#proposalKey.header };
      case "redeem":
        return { ...made, path: "/grants/redeem", body: redemption(job), key };
      case "outcome":
        return { ...made, path: `/jobs/${id}/outcome`, body: this.#outcome(), key: maybeKey };
      case "comment":
        return { ...made, path: `/approvals/${id}/comment`, body: { note: words }, key };
      case "modify": {
        const params = { ...job?.action.params, amount: -1 };
        return { ...made, path: `/approvals/${id}/modify`, body: { params, reason: words }, key };
      }
      case "approve":
      case "reject": {
        const body = { reason: words, job_hash: job?.job_hash };
        return { ...made, path: `/approvals/${id}/${verb}`, body, key: maybeKey };
      }
    }
  }

  #outcome(): Record<string, unknown> {
    return { status: "SUCCEEDED", summary: `done ${this.name}`, effect: { rows: 1 } };
  }
}

function redemption(job: JobView | null): Record<string, unknown> {
  const action = { topic: job?.action.topic, params: job?.action.params };
  return { grant: job?.grant?.token, action };
}

function isOver(job: JobView): boolean {
  return job.job.state === "REJECTED" || job.job.state === "DENIED";
}
