// What callers say about a guarded tool and about one call of it, and what they get back.

import type { JobView } from "@holdpoint/core/wire/response";
import type {
  AgentRun,
  Claims,
  Cost,
  Duration,
  Effect,
  Evidence,
  Target,
  Tool,
} from "../action/action.ts";
import type { OnQuestion } from "../client/question.ts";
import type { Constraints } from "./constraint.ts";

/** What the tool function is given beside its parameters. */
export interface ToolContext {
  /** Aborts when `max_runtime_sec` is over or the caller aborts: pass it on to whatever takes long. */
  readonly signal: AbortSignal;
  /** What the call has to keep to; the guard keeps those it knows, see `honours`. */
  readonly constraints: Constraints;
  readonly job: JobView;
  /** The job's id, the same in every process: give it to systems that take a key, so that a repeat has no second effect. */
  readonly idempotencyKey: string;
}

/** A tool function. It gets the parameters that were approved, which people may have changed. */
export type ToolFunction<P extends object, R> = (params: P, context: ToolContext) => Promise<R> | R;

/** What can be said about one call from its parameters. */
export interface Description {
  readonly target?: Target | null;
  readonly cost?: Cost | null;
  /** Added to the guard's own. */
  readonly riskTags?: readonly string[];
  readonly reversible?: boolean | null;
  readonly evidence?: readonly Evidence[] | null;
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly claims?: Claims | null;
}

/** What became of a call of which no outcome was reported, as the system that it went to says. */
export type Reconciled<R> =
  | { readonly status: "SUCCEEDED"; readonly result: R }
  | { readonly status: "FAILED"; readonly reason: string };

/** What `reconcile` is given beside the job. */
export interface ReconcileContext<P extends object> {
  readonly params: P;
  /** As the tool got it: the job's id. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal | undefined;
}

export interface GuardOptions<P extends object, R> {
  /** Dotted, lower case: `job.payment.refund`. Policies match on it. */
  readonly topic: string;
  /** The tool behind the call. Default: none. */
  readonly tool?: Tool | string;
  readonly riskTags?: readonly string[];
  /** Whether the action can be undone, always or by its parameters. */
  readonly reversible?: boolean | ((params: P) => boolean | null);
  /** Target, cost and so on, from the parameters. Runs before anything is proposed. */
  readonly describe?: (params: P) => Description | Promise<Description>;
  /**
   * What will happen, computed without doing it: a count of rows, a diff. Computed for the proposal, and anew right
   * before the redemption: another effect than the one shown goes back to people.
   */
  readonly preview?: (params: P) => Effect | null | Promise<Effect | null>;
  /** How long people have to answer; the policy may shorten it. Default: the policy's. */
  readonly timeout?: Duration;
  /** The same key with the same parameters is one job and one effect, whichever process asks. Default: made from run and call, else a random one per call. */
  readonly idempotencyKey?: string | ((params: P) => string);
  /**
   * Constraints that the tool function itself keeps, from `context.constraints`. The guard keeps `max_runtime_sec`,
   * `network_allowlist`, `max_rows` and `max_recipients` (of a preview), `pin` and `redact`. Default: none.
   */
  readonly honours?: readonly string[];
  /** A sentence about the result for the record. Default: none. */
  readonly summary?: (result: R) => string;
  /** The effect that it really had; the server flags a drift from the preview. */
  readonly effectOf?: (result: R) => Effect | null;
  /**
   * What is recorded as output, and given to a repeat of the call: the result (`true`), nothing (`false`), or what
   * this makes of it. A result that is not JSON, or too large, is recorded by its digest. Default: `true`.
   */
  readonly record?: boolean | ((result: R) => unknown);
  /**
   * What the same call gives once it has run: its recorded outcome (`result`), or `ActionAlreadyExecuted` (`error`).
   * Default: `result`.
   */
  readonly replay?: "result" | "error";
  /** Asks the system behind the tool what became of a call of which no outcome came; null when it cannot tell. */
  readonly reconcile?: (
    job: JobView,
    context: ReconcileContext<P>,
  ) => Reconciled<R> | null | Promise<Reconciled<R> | null>;
  /**
   * The tool has no second effect when it is called again with the same `context.idempotencyKey`: a call of which no
   * outcome came is then run again. Default: false.
   */
  readonly idempotent?: boolean;
  /** Answers questions of reviewers while the action waits; what it throws ends the call. Default: they stay open. */
  readonly onQuestion?: OnQuestion;
  /**
   * `awaited`: the result comes once its outcome is on record. `behind`: it comes at once, and the outcome is
   * reported in the background; await `hp.flush()` before the process ends, or the call ends as UNKNOWN. Default:
   * `awaited`.
   */
  readonly report?: "awaited" | "behind";
  /** Told when the outcome could not be reported; operators then see the job as UNKNOWN. Default: nobody. */
  readonly onUnreported?: (error: unknown, job: JobView) => void;
}

export interface CallOptions {
  /** Ends the waiting, and is passed on to the tool. The job stays; cancel it if it is of no use any more. */
  readonly signal?: AbortSignal;
  /** Instead of the guard's. */
  readonly idempotencyKey?: string;
  /** Run and call name the call: the same names with the same parameters are one job and one effect. */
  readonly agent?: AgentRun;
  readonly evidence?: readonly Evidence[];
  /** Id of your own rejected or denied job that this call stands in for. */
  readonly replaces?: string;
  /** Told of the job once the proposal is answered, before any wait: the moment to show where to decide. */
  readonly onProposed?: (job: JobView) => void;
}

/** For the proposal of a call whose later steps are taken apart. */
export interface ProposeOptions extends CallOptions {
  readonly claims?: Claims;
  /**
   * Redeems at once what is released without asking anybody; `approved` also what people have approved by now. `run`
   * has to follow, in this process: a call with a name that is not made within a minute is reported as not executed,
   * and any other ends as UNKNOWN. Default: false.
   */
  readonly redeem?: boolean | "approved";
}

/** For the last step of a call that was proposed before. */
export interface RunOptions {
  /** Ends the waiting, and is passed on to the tool. */
  readonly signal?: AbortSignal;
  /** Whether to wait while people are asked, instead of throwing `ActionHeld`. Default: false. */
  readonly wait?: boolean;
}

/** Where a call stands. Only `released` may run; `done`, `executing` and `unknown` have run or may have. */
export type CallStatus =
  | "released"
  | "held"
  | "denied"
  | "rejected"
  | "expired"
  | "cancelled"
  | "revoked"
  | "executing"
  | "done"
  | "unknown";

/** A proposed call, as it stood when the server answered. */
export interface CallState {
  readonly job: JobView;
  readonly status: CallStatus;
}

/** A guarded tool: the result, or one of the errors that say why it did not run. */
export type GuardedTool<P extends object, R> = (
  params: P,
  claims?: Claims,
  options?: CallOptions,
) => Promise<R>;

/** A guarded tool in steps, which may be taken in several processes: what an adapter for a framework is made of. */
export interface GuardedCall<P extends object, R> {
  /** Proposes the call, or attaches to it when it was proposed before. Never waits for people. */
  readonly propose: (params: P, options?: ProposeOptions) => Promise<CallState>;
  /**
   * Redeems the grant, runs the tool, reports; or gives the outcome that is recorded already. What `state` says is
   * not trusted: the server's answer counts.
   *
   * @param state of `propose`, or the job, of this process or another
   * @param params as they were proposed; without them those of the job are run. Others are refused.
   * @throws ActionHeld while people are asked, and otherwise what `Holdpoint.guard` throws
   */
  readonly run: (state: CallState | JobView, params?: P, options?: RunOptions) => Promise<R>;
  /** The job of a named call as this client was told of it last, where that lasts; null: only the server knows. */
  readonly told: (jobId: string) => JobView | null;
  /** Proposes, waits, runs: what `Holdpoint.guard` gives. */
  readonly call: GuardedTool<P, R>;
}
