// What a guard throws instead of a result: the answer was no, or the action could not be run as allowed.

import type { JobView } from "@holdpoint/core/wire/response";

/** Common to all of them: the job, and why. Recognise each by its `name`. */
export abstract class ActionStopped extends Error {
  /** The job as it was when this was thrown. */
  readonly job: JobView;
  /** Why, in the words of the policy or the reviewer. */
  readonly reason: string;

  constructor(job: JobView, what: string, reason: string, options?: ErrorOptions) {
    super(`${what}: ${reason}`, options);
    this.job = job;
    this.reason = reason;
  }
}

/** Policy says no. `code` is `action_denied`. */
export class ActionDenied extends ActionStopped {
  override readonly name: string = "ActionDenied";
  readonly code = "action_denied";
  /** The rule that denied it; null when the default did. */
  readonly ruleId: string | null;

  constructor(job: JobView, reason: string = reasonOf(job)) {
    const by = job.resolution?.by;
    const ruleId = by?.kind === "policy" && by.id !== "default" ? by.id : job.policy_rule_id;
    super(job, `denied by ${ruleId ?? "policy"}`, reason);
    this.ruleId = ruleId;
  }
}

/** People said no. */
export class ActionRejected extends ActionStopped {
  override readonly name: string = "ActionRejected";
  /** The reviewer's structured reason (`wrong_target`, `wrong_amount`, …); null when only words were given. */
  readonly code: string | null;
  /** `abort`: end the run; `reroute`: another way may be tried; `escalate`: a person takes over. */
  readonly onReject: "abort" | "reroute" | "escalate" | null;
  /** Who rejected it. */
  readonly by: string | null;
  /** The task for people that the rejection opened; `Holdpoint.waitForTakeover` waits for its end. */
  readonly takeover: JobView["takeover"];

  constructor(job: JobView) {
    const { resolution } = job;
    const by = resolution === null ? null : (resolution.by.name ?? resolution.by.id);
    super(job, `rejected${by === null ? "" : ` by ${by}`}`, reasonOf(job));
    this.code = resolution?.code ?? null;
    this.onReject = resolution?.on_reject ?? null;
    this.by = by;
    this.takeover = job.takeover ?? null;
  }
}

/** Nobody answered in time, or the approval was not used in time: blocked. `code` is `approval_expired`. */
export class ApprovalExpired extends ActionStopped {
  override readonly name: string = "ApprovalExpired";
  readonly code = "approval_expired";

  constructor(job: JobView) {
    super(job, "expired", reasonOf(job));
  }
}

/** The agent or an operator withdrew the action. `code` is `action_cancelled`. */
export class ActionCancelled extends ActionStopped {
  override readonly name: string = "ActionCancelled";
  readonly code = "action_cancelled";

  constructor(job: JobView) {
    super(job, "cancelled", reasonOf(job));
  }
}

/** The approval was taken back before it was used. `code` is `action_revoked`. */
export class ActionRevoked extends ActionStopped {
  override readonly name: string = "ActionRevoked";
  readonly code = "action_revoked";

  constructor(job: JobView) {
    super(job, "revoked", reasonOf(job));
  }
}

/** People are still asked. `code` is `action_held`. */
export class ActionHeld extends ActionStopped {
  override readonly name: string = "ActionHeld";
  readonly code = "action_held";

  constructor(job: JobView) {
    super(job, "not run", "it still waits for people");
  }
}

/** The same call was run before, and failed; it is not run again. `code` is `action_failed`. */
export class ActionFailed extends ActionStopped {
  override readonly name: string = "ActionFailed";
  readonly code = "action_failed";

  constructor(job: JobView, reason: string = job.outcome?.summary ?? "no reason was recorded") {
    super(job, "it ran before and failed", reason);
  }
}

/**
 * The same call was begun before and no outcome came: it may have had its effect. It is not run again; `reconcile`,
 * `idempotent` or a person (`settle`) is the way out. `code` is `outcome_unknown`.
 */
export class OutcomeUnknown extends ActionStopped {
  override readonly name: string = "OutcomeUnknown";
  readonly code = "outcome_unknown";

  constructor(job: JobView) {
    super(job, "not run again", "it was begun before, and nobody reported how it ended");
  }
}

/**
 * The same call was run before, or is running elsewhere, and its result is not to be had: it is not run again.
 * `job.outcome` has what was reported. `code` is `already_executed`.
 */
export class ActionAlreadyExecuted extends ActionStopped {
  override readonly name: string = "ActionAlreadyExecuted";
  readonly code = "already_executed";

  constructor(job: JobView) {
    const summary = job.outcome?.summary;
    super(job, "not run again", summary ?? `the job is ${job.job.state}`);
  }
}

/** The action may only run under a constraint that this guard cannot keep. `code` is `constraint_not_supported`. */
export class ConstraintNotSupported extends ActionStopped {
  override readonly name: string = "ConstraintNotSupported";
  readonly code = "constraint_not_supported";
  /** Names of the constraints, as the policy writes them. */
  readonly constraints: readonly string[];

  constructor(job: JobView, constraints: readonly string[]) {
    const list = constraints.map((name) => `\`${name}\``).join(", ");
    super(job, "not run", `nothing here enforces ${list}; name it in \`honours\` if the tool does`);
    this.constraints = constraints;
  }
}

/** The action would break, or broke, a constraint that it may run under. `code` is `constraint_violated`. */
export class ConstraintViolated extends ActionStopped {
  override readonly name: string = "ConstraintViolated";
  readonly code = "constraint_violated";
  /** Name of the constraint, as the policy writes it. */
  readonly constraint: string;

  constructor(job: JobView, constraint: string, detail: string, options?: ErrorOptions) {
    super(job, `\`${constraint}\` is not kept`, detail, options);
    this.constraint = constraint;
  }
}

/** The tool ran longer than `max_runtime_sec` and was told to stop. `code` is `runtime_exceeded`. */
export class RuntimeExceeded extends ActionStopped {
  override readonly name: string = "RuntimeExceeded";
  readonly code = "runtime_exceeded";
  readonly maxRuntimeSec: number;

  constructor(job: JobView, maxRuntimeSec: number) {
    super(job, "stopped", `it ran longer than the ${maxRuntimeSec} s that it was allowed`);
    this.maxRuntimeSec = maxRuntimeSec;
  }
}

/**
 * For a tool to throw when it is sure that nothing has happened; the record then says so. The guard throws it on.
 * `code` is `not_executed`.
 */
export class NotExecuted extends Error {
  override readonly name: string = "NotExecuted";
  readonly code = "not_executed";
}

/** The agent was paused or ended by its people: nothing of it runs. `code` is `agent_paused` or `agent_killed`. */
export class AgentPaused extends Error {
  override readonly name: string = "AgentPaused";
  readonly code: string;

  constructor(code: string, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/**
 * Not a failure: the run ends here and goes on with the outcome, by whichever worker. What is thrown in its place
 * would lose the run: let it pass. `code` is `interrupted`.
 */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
  readonly code = "interrupted";
  /** The held calls that the run waits for. */
  readonly jobs: readonly JobView[];
  /** What goes on once they are answered. */
  readonly resumption: { readonly id: string };

  constructor(jobs: readonly JobView[], resumption: { readonly id: string }) {
    const ids = jobs.map(({ job }) => job.id).join(", ");
    super(`the run waits for people (${ids}) and goes on as ${resumption.id}`);
    this.jobs = jobs;
    this.resumption = resumption;
  }
}

const NO_ANSWERS = new Set([
  "ActionDenied",
  "ActionRejected",
  "ApprovalExpired",
  "ActionCancelled",
  "ActionRevoked",
]);

/** An answer that was no. */
export type Refusal =
  | ActionDenied
  | ActionRejected
  | ApprovalExpired
  | ActionCancelled
  | ActionRevoked;

/** True when the answer was no (denied, rejected, expired, cancelled, revoked): tell the agent why, let it replan. */
export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && NO_ANSWERS.has(error.name) && "job" in error;
}

/** Why the job stands where it stands, in the words of who decided. */
export function reasonOf(job: JobView): string {
  return job.resolution?.reason ?? job.policy_reason;
}

/** The error for a job whose answer is not "run it". */
export function stopOf(job: JobView): ActionStopped {
  switch (job.job.state) {
    case "DENIED":
      return new ActionDenied(job);
    case "REJECTED":
      return new ActionRejected(job);
    case "EXPIRED":
      return new ApprovalExpired(job);
    case "CANCELLED":
      return new ActionCancelled(job);
    case "REVOKED":
      return new ActionRevoked(job);
    case "APPROVAL":
      return new ActionHeld(job);
    case "APPROVED":
    case "EXECUTING":
    case "SUCCEEDED":
    case "FAILED":
    case "UNKNOWN":
      return new ActionAlreadyExecuted(job);
  }
}
