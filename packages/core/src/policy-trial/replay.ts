// Decides recorded actions again by another policy, and says what would be different.

import { isoOf, type Instant } from "../base/clock.ts";
import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import { actionJson } from "./action-json.ts";
import type { CompiledPolicy } from "../policy-decide/compile.ts";
import {
  type Decision,
  type DecisionKind,
  decisionKinds,
  type EvaluationInput,
  isHold,
  type Requirement,
  strictnessOf,
} from "../policy/decision.ts";
import { compareDecisions } from "./diff-decisions.ts";
import { evaluate } from "../policy-decide/evaluate.ts";
import { inputFromRecord, withEdit } from "../policy/recorded-input.ts";
import { GapFinder } from "./replay-gaps.ts";
import { LoadTally } from "./replay-load.ts";
import { VelocityRecount } from "./replay-velocity.ts";
import type { ReplayObstacle, ReplayReport, ReplaySample, Verdict } from "../policy/report.ts";

/** One event of the record, as the audit export has it. */
export interface ReplayRecord {
  readonly type: string;
  readonly job: string | null;
  readonly actor: { readonly kind: string };
  /** Null once erased. */
  readonly payload: JsonObject | null;
}

/** Records in the order in which they were written. */
export function replay(compiled: CompiledPolicy, records: Iterable<ReplayRecord>): ReplayReport {
  const replaying = new Replay(compiled);
  for (const record of records) replaying.add(record);
  return replaying.report();
}

/** What is known of a job while its events are read. */
interface JobSoFar {
  /** Payload of its proposal with later edits; null when one was not among the records, or is erased. */
  proposal: JsonObject | null;
  /** What the policy would do with the action as it stands; null while that cannot be told. */
  kind: DecisionKind | null;
  isAnswered: boolean;
}

interface Recorded extends Verdict {
  readonly requirements: readonly Requirement[];
  readonly constraints: Decision["constraints"];
}

/** Takes one record after the other, so that a caller can read a long record in pages. */
export class Replay {
  readonly #compiled: CompiledPolicy;
  readonly #gaps: GapFinder;
  readonly #recount: VelocityRecount;
  readonly #jobs = new Map<string, JobSoFar>();
  readonly #obstacles = new Map<ReplayObstacle, { count: number; jobs: string[] }>();
  readonly #transitions = new Map<string, number>();
  readonly #rules = new Map<string, { before: Verdict; after: Verdict; count: number }>();
  readonly #samples: ReplaySample[] = [];
  readonly #load: { readonly before: LoadTally; readonly after: LoadTally };
  readonly #agreement = new Map<string, { allow: number; hold: number; deny: number }>();
  readonly #directions = { same: 0, loosened: 0, tightened: 0 };
  #decisions = 0;
  #since: Instant | null = null;
  #until: Instant | null = null;

  constructor(compiled: CompiledPolicy) {
    this.#compiled = compiled;
    this.#gaps = new GapFinder(compiled);
    this.#recount = new VelocityRecount(compiled);
    const { policy } = compiled;
    this.#load = { before: new LoadTally(policy), after: new LoadTally(policy) };
  }

  add(record: ReplayRecord): void {
    const { job: id, type, payload } = record;
    if (id === null) return;
    if (type === "job.proposed") {
      if (isServersOwn(payload)) return;
      this.#jobs.set(id, { proposal: payload, kind: null, isAnswered: false });
      this.#decide(id, record);
    } else if (this.#jobs.has(id)) {
      if (type === "job.modified" || type === "job.returned") this.#decide(id, record);
      else this.#answer(id, record);
    }
  }

  #decide(id: string, { type, payload }: ReplayRecord): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#decisions += 1;
    job.kind = null;
    const before = recordedDecision(payload);
    const read = inputFromRecord(payload, job.proposal);
    if (type === "job.modified") job.proposal = withEdit(job.proposal, payload);
    if (!read.ok) {
      this.#recount.miss();
      return this.#skip(id, read.code);
    }
    if (before === null) return this.#skip(id, "record_damaged");
    this.#since ??= read.input.now;
    this.#until = read.input.now;
    const counted = this.#recount.complete(read.input, type === "job.proposed");
    const gaps = { masked: read.masked, uncounted: counted.uncertain };
    const obstacle = this.#gaps.find(counted.input, gaps);
    if (obstacle !== null) return this.#skip(id, obstacle);
    const after = evaluate(this.#compiled, counted.input);
    job.kind = after.kind;
    this.#compare({ id, input: counted.input, before, after });
    if (type === "job.modified") return;
    const { now } = read.input;
    if (isHold(before.decision)) this.#load.before.add(before.requirements, now);
    if (isHold(after.kind)) this.#load.after.add(after.requirements, now);
  }

  #compare(one: { id: string; input: EvaluationInput; before: Recorded; after: Decision }): void {
    const { id, input, before, after } = one;
    const was: Decision = {
      ...after,
      kind: before.decision,
      ruleId: before.rule,
      requirements: before.requirements,
      constraints: before.constraints,
    };
    const { direction } = compareDecisions(was, after);
    this.#directions[direction] += 1;
    const transition = `${before.decision} ${after.kind}`;
    this.#transitions.set(transition, (this.#transitions.get(transition) ?? 0) + 1);
    if (direction === "same") return;
    const verdicts = {
      before: { decision: before.decision, rule: before.rule },
      after: { decision: after.kind, rule: after.ruleId },
    };
    const key = JSON.stringify(verdicts);
    const rule = this.#rules.get(key) ?? { ...verdicts, count: 0 };
    rule.count += 1;
    this.#rules.set(key, rule);
    if (rule.count > samplesPerPair || this.#samples.length >= samplesMax) return;
    const action = actionJson(input);
    this.#samples.push({
      job: id,
      at: isoOf(input.now),
      ...verdicts,
      reason: after.reason,
      action,
    });
  }

  /** Counted once per job, for the action that people decided about. */
  #answer(id: string, record: ReplayRecord): void {
    const people = answerOf(record);
    const job = this.#jobs.get(id);
    if (people === null || job === undefined || job.isAnswered) return;
    job.isAnswered = true;
    if (job.kind === null) return;
    const counts = this.#agreement.get(people) ?? { allow: 0, hold: 0, deny: 0 };
    counts[isHold(job.kind) ? "hold" : job.kind === "deny" ? "deny" : "allow"] += 1;
    this.#agreement.set(people, counts);
  }

  #skip(id: string, why: ReplayObstacle): void {
    const obstacle = this.#obstacles.get(why) ?? { count: 0, jobs: [] };
    obstacle.count += 1;
    if (obstacle.jobs.length < jobsShownMax) obstacle.jobs.push(id);
    this.#obstacles.set(why, obstacle);
  }

  report(): ReplayReport {
    const obstacles = [...this.#obstacles].sort(([, a], [, b]) => b.count - a.count);
    const replayable = this.#decisions - obstacles.reduce((sum, [, { count }]) => sum + count, 0);
    return {
      coverage: {
        decisions: this.#decisions,
        replayable,
        not_replayable: obstacles.map(([why, { count, jobs }]) => ({ why, count, jobs })),
        since: this.#since === null ? null : isoOf(this.#since),
        until: this.#until === null ? null : isoOf(this.#until),
      },
      ...this.#directions,
      transitions: this.#transitionList(),
      rules: [...this.#rules.values()].sort((a, b) => b.count - a.count),
      samples: this.#samples,
      load: { before: this.#load.before.report(), after: this.#load.after.report() },
      agreement: (["approved", "rejected", "expired"] as const).map((people) => {
        const { allow, hold, deny } = this.#agreement.get(people) ?? { allow: 0, hold: 0, deny: 0 };
        return { people, would_allow: allow, would_hold: hold, would_deny: deny };
      }),
    };
  }

  #transitionList(): ReplayReport["transitions"] {
    const pairs = decisionKinds.flatMap((from) => decisionKinds.map((to) => ({ from, to })));
    return pairs
      .map(({ from, to }) => ({ from, to, count: this.#transitions.get(`${from} ${to}`) ?? 0 }))
      .filter(({ count }) => count > 0)
      .sort(
        (a, b) =>
          strictnessOf(b.from) - strictnessOf(a.from) || strictnessOf(b.to) - strictnessOf(a.to),
      );
  }
}

/** What the server proposes itself has people asked beyond what the policy says. */
function isServersOwn(payload: JsonObject | null): boolean {
  const action = payload?.["action"];
  const topic = isJsonObject(action) ? action["topic"] : null;
  return typeof topic === "string" && topic.startsWith("holdpoint.");
}

/** How people ended a hold, or that nobody did. */
function answerOf({ type, actor }: ReplayRecord): "approved" | "rejected" | "expired" | null {
  if (type === "job.approved") return "approved";
  if (type === "job.rejected") return actor.kind === "person" ? "rejected" : null;
  return type === "job.expired" ? "expired" : null;
}

function recordedDecision(payload: JsonObject | null): Recorded | null {
  if (payload === null) return null;
  // What people rejected before made the decision stricter; policy is compared with policy.
  const own = isJsonObject(payload["memory"]) ? payload["memory"] : payload;
  const { decision, rule, requirements, constraints } = own as Record<string, Json | undefined>;
  const kind = decisionKinds.find((one) => one === decision);
  if (kind === undefined || !Array.isArray(requirements)) return null;
  return {
    decision: kind,
    rule: typeof rule === "string" ? rule : null,
    requirements: requirements.flatMap(requirementOf),
    constraints: isJsonObject(constraints) ? (constraints as Decision["constraints"]) : null,
  };
}

function requirementOf(json: Json): Requirement[] {
  if (!isJsonObject(json)) return [];
  const { kind, name, count, denyCount, after, blind } = json as Record<string, Json | undefined>;
  if (kind !== "any" && kind !== "role" && kind !== "group") return [];
  if (typeof name !== "string" || typeof count !== "number") return [];
  return [
    {
      kind,
      name,
      count,
      denyCount: typeof denyCount === "number" ? denyCount : 1,
      after: typeof after === "string" ? after : null,
      ...(blind === true ? { blind } : {}),
    },
  ];
}

/** Actions that are shown, and of each pair of rules. */
const samplesMax = 50;
const samplesPerPair = 5;
const jobsShownMax = 10;
