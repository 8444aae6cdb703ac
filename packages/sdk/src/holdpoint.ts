// The client of one Holdpoint server: how an agent proposes, waits, redeems and reports.

import type { JobView, OutputView, RedeemAnswer } from "@holdpoint/core/wire/response";
import type { Action } from "./action/action.ts";
import { durationMs } from "./action/duration.ts";
import { CheckpointStore } from "./checkpoint/store.ts";
import { answering } from "./client/answering.ts";
import { jobPath, readJob } from "./client/job.ts";
import {
  type ApprovalOptions,
  type CancelOptions,
  type HoldpointOptions,
  type ProposalOptions,
  type RemediateOptions,
  type RequestOptions,
  type TakeoverOptions,
  transportOf,
  type WaitOptions,
} from "./client/options.ts";
import type { OnQuestion } from "./client/question.ts";
import type { Report } from "./client/report.ts";
import { hasNoTakeover, type Takeover } from "./client/takeover.ts";
import { call, type Call, type Transport } from "./client/transport.ts";
import {
  cancelJob,
  findJob,
  findOutput,
  post,
  proposeAction,
  redeemGrant,
  remediateJob,
  renewGrant,
  reportOutcome,
} from "./client/verbs.ts";
import { waitForAnswer } from "./client/wait.ts";
import {
  type JobRef,
  type WaitAllOptions,
  type WaitEachOptions,
  waitFor,
  type WaitFirstOptions,
} from "./client/wait-many.ts";
import { type Approval, approvalOf } from "./guard/approval.ts";
import { ReportsBehind } from "./guard/behind.ts";
import type { GuardDoor } from "./guard/door.ts";
import { makeCalls } from "./guard/guard.ts";
import type { GuardedCall, GuardedTool, GuardOptions, ToolFunction } from "./guard/options.ts";
import { LocalDoor } from "./local/door.ts";
import { type LazyLocal, localOf } from "./local/lazy.ts";
import type { LocalControl } from "./client/local-options.ts";
import { type InterruptOptions, interruptRun } from "./interrupt/interrupt.ts";
import type { CallOutcome } from "./interrupt/outcome.ts";
import { Resumptions } from "./worker/resumptions.ts";
import { Worker, type WorkerOptions } from "./worker/worker.ts";

/**
 * A client of one server. It holds no connection open between calls; `close` ends what is under way.
 *
 * Every call throws {@link HoldpointApiError} for a refusal and {@link HoldpointUnreachable} when no
 * answer came in time. Calls are repeated while the connection or the server fails; a repeat never has
 * a second effect.
 */
export class Holdpoint {
  readonly #transport: Transport;
  readonly #closing: AbortController = new AbortController();
  readonly #local: LazyLocal | null;
  readonly #behind = new ReportsBehind();

  constructor(options: HoldpointOptions = {}) {
    this.#transport = transportOf(options, this.#closing.signal);
    this.#local = localOf(this.#transport, options);
  }

  /** The server's address, without a trailing slash. */
  get url(): string {
    return this.#transport.url;
  }

  /** Where this agent keeps the state of its runs. */
  get checkpoints(): CheckpointStore {
    return new CheckpointStore(this.#transport);
  }

  /** Of a client that decides locally; null of any other. */
  get local(): LocalControl | null {
    return this.#local;
  }

  /**
   * Proposes an action; the answer is the policy's decision. A held one is in state `APPROVAL`: wait for it.
   * A denial is an answer, not an error. The same idempotency key with the same action is the same job.
   * `redeem` redeems in the same call what is released without asking anybody.
   */
  propose(action: Action, options: ProposalOptions = {}): Promise<JobView> {
    return proposeAction(this.#transport, action, options);
  }

  /** The job as it is now. */
  job(jobId: string, options: RequestOptions = {}): Promise<JobView> {
    return findJob(this.#transport, jobId, options);
  }

  /**
   * Waits until the job is no longer in state `APPROVAL`, or with `until: "ended"` until it has run, by long polls:
   * nothing is asked twice a second, and restarts of the server are waited out. Of several jobs, waits for `all`
   * (the default), for the `first`, or gives `each` as it is answered.
   *
   * @throws WaitTimedOut at `timeout`; the job then still waits. The signal's reason when aborted.
   * @example
   * for await (const job of hp.wait(jobs, { mode: "each" })) tell(job);
   */
  wait(job: JobRef, options?: WaitOptions): Promise<JobView>;
  wait(jobs: readonly JobRef[], options?: WaitAllOptions): Promise<JobView[]>;
  wait(jobs: readonly JobRef[], options: WaitFirstOptions): Promise<JobView>;
  wait(jobs: readonly JobRef[], options: WaitEachOptions): AsyncIterable<JobView>;
  wait(
    jobs: JobRef | readonly JobRef[],
    options: WaitAllOptions | WaitFirstOptions | WaitEachOptions = {},
  ): Promise<JobView | JobView[]> | AsyncIterable<JobView> {
    return waitFor(this.#transport, jobs, options);
  }

  /**
   * Asks for one call of a run, or for several at once. What comes back are the outcomes; when people have to be
   * asked first, the run's state is stored and `Interrupted` is thrown: end the run, and a worker (`hp.worker`) goes
   * on with it, here or elsewhere, where the same interrupt then gives the outcomes.
   *
   * A call is known by `run` and `action.agent.call`; without an id of its own, the same action in the same run is the
   * same call.
   *
   * @throws Interrupted; HoldpointApiError `idempotency_mismatch` when the call's action is another than before, …
   * @example
   * const outcome = await hp.interrupt(action, { run, thread, state: () => ({ messages }) });
   * if (outcome.status === "rejected") tellTheModel(outcome.reason);
   */
  interrupt(action: Action, options: InterruptOptions): Promise<CallOutcome>;
  interrupt(actions: readonly Action[], options: InterruptOptions): Promise<CallOutcome[]>;
  async interrupt(
    actions: Action | readonly Action[],
    options: InterruptOptions,
  ): Promise<CallOutcome | CallOutcome[]> {
    const isOne = !Array.isArray(actions);
    const list = isOne ? [actions as Action] : (actions as readonly Action[]);
    const outcomes = await interruptRun(this.#transport, list, options);
    const [first] = outcomes;
    return isOne && first !== undefined ? first : outcomes;
  }

  /**
   * Answers a question that a reviewer asked about a job of this agent; `job.watch.questions` has them. The
   * answer is shown as the agent's claim. The same answer again is no second one.
   *
   * @throws HoldpointApiError `question_not_found`, `approval_already_resolved`, `approval_not_actionable`
   */
  async answer(
    jobId: string,
    questionId: string,
    text: string,
    options: RequestOptions = {},
  ): Promise<JobView> {
    const body = { question: questionId, text };
    return readJob(await post(this.#transport, `${jobPath(jobId)}/answers`, body, options), jobId);
  }

  /**
   * Waits until people have ended the takeover of a rejected job (`done`, or `returned` to the agent); null when
   * the rejection opened none.
   *
   * @throws WaitTimedOut at `timeout`
   */
  async waitForTakeover(jobId: string, options: TakeoverOptions = {}): Promise<Takeover | null> {
    const { timeout, signal } = options;
    const timeoutMs = timeout === undefined ? null : durationMs(timeout);
    const known = await this.job(jobId, { signal });
    if (hasNoTakeover(known)) return known.takeover ?? null;
    const ended = await waitForAnswer(this.#transport, jobId, {
      timeoutMs,
      signal,
      known,
      isOver: hasNoTakeover,
      onChange: async () => undefined,
    });
    return ended.takeover;
  }

  /**
   * Proposes and waits: the answer as a value, whatever it is. To run the action, `redeem` the grant first.
   *
   * @example
   * const approval = await hp.requestApproval({ topic: "job.deploy.api", params: { version: "1.4.2" } });
   * if (approval.status === "APPROVED") {
   *   await hp.redeem(approval.job, approval.action);
   *   await deploy(approval.action.params);
   *   await hp.report(approval.job.job.id, { status: "SUCCEEDED" });
   * }
   */
  async requestApproval(action: Action, options: ApprovalOptions = {}): Promise<Approval> {
    const { timeout, signal, onQuestion } = options;
    const job = await this.propose(
      { ...action, ...(timeout !== undefined && { timeout }) },
      { signal },
    );
    const isHeld = job.job.state === "APPROVAL";
    return approvalOf(isHeld ? await this.#waitOn(job, signal, onQuestion) : job);
  }

  /** Takes up the waiting for a job that was proposed before, by this process or one that is gone. */
  async attach(jobId: string, options: WaitOptions = {}): Promise<Approval> {
    return approvalOf(await this.wait(jobId, options));
  }

  /**
   * Consumes the grant, once: only after this may the action run. A repeat after a lost reply gives the same
   * execution.
   *
   * @param grant the job, or its grant's token
   * @param action as it is about to run; any difference from what was approved is refused
   * @throws HoldpointApiError `grant_already_redeemed`, `grant_hash_mismatch`, `grant_expired`, `grant_not_live`, …
   */
  redeem(
    grant: JobView | string,
    action: Action,
    options: RequestOptions = {},
  ): Promise<RedeemAnswer["execution"]> {
    return redeemGrant(this.#transport, grant, action, options);
  }

  /** The job with a fresh grant, while it is `APPROVED`. */
  freshGrant(jobId: string, options: RequestOptions = {}): Promise<JobView> {
    return renewGrant(this.#transport, jobId, options);
  }

  /** Reports how the execution ended. */
  report(jobId: string, outcome: Report, options: RequestOptions = {}): Promise<JobView> {
    return reportOutcome(this.#transport, jobId, outcome, options);
  }

  /**
   * What the execution of a job gave, as it was recorded with its outcome.
   *
   * @throws HoldpointApiError `output_not_found` when none was recorded, or it is no longer kept
   */
  output(jobId: string, options: RequestOptions = {}): Promise<OutputView> {
    return findOutput(this.#transport, jobId, options);
  }

  /** Withdraws an action that has not run. */
  cancel(jobId: string, options: CancelOptions = {}): Promise<JobView> {
    return cancelJob(this.#transport, jobId, options);
  }

  /**
   * Proposes a job anew with one of the changes that its decision offers (`remediations`); the answer is the new
   * job. The one before is withdrawn if it still waits. The same call again is the same new job.
   *
   * @throws HoldpointApiError `remediation_not_found`, `approval_not_actionable` when it was released or has run
   * @example
   * const denied = await hp.propose({ topic: "job.db.delete", params: { table: "orders" } });
   * const [offer] = denied.remediations;
   * const retry = offer === undefined ? denied : await hp.remediate(denied.job.id, offer.id);
   */
  remediate(jobId: string, remediation: string, options: RemediateOptions = {}): Promise<JobView> {
    return remediateJob(this.#transport, jobId, remediation, options);
  }

  /**
   * Puts a tool function behind Holdpoint. Each call of what comes back proposes the action, waits for people
   * if it is held, redeems the grant, runs the function with the approved parameters, and reports the outcome.
   * Without a live grant the function never runs; when the server is away, neither.
   * The same call again (`idempotencyKey`, or `agent.run` and `agent.call`) gives what is recorded and runs nothing.
   *
   * @throws (the guarded function) ActionDenied, ActionRejected, ApprovalExpired, ActionCancelled, ActionRevoked,
   *   ActionFailed, ActionAlreadyExecuted, OutcomeUnknown, ConstraintNotSupported, ConstraintViolated, RuntimeExceeded,
   *   AgentPaused, HoldpointUnreachable, HoldpointApiError, and what the tool itself throws.
   * @example
   * const refund = hp.guard(rawRefund, {
   *   topic: "job.payment.refund",
   *   riskTags: ["payment"],
   *   describe: (p) => ({ cost: { amount: p.amount, currency: "USD" }, target: { resource: p.orderId } }),
   * });
   * await refund({ orderId: "o_7", amount: 20 }, { reasoning: "the parcel was lost", confidence: 0.9 });
   */
  guard<P extends object, R>(
    fn: ToolFunction<P, R>,
    options: GuardOptions<P, R>,
  ): GuardedTool<P, R> {
    const server = this.#door(options);
    const door = this.#local === null ? server : new LocalDoor(this.#local, server);
    return makeCalls(door, fn, options).call;
  }

  /** `guard` in steps, which may be taken in several processes: for adapters and other enforcement points. */
  calls<P extends object, R>(
    fn: ToolFunction<P, R>,
    options: GuardOptions<P, R>,
  ): GuardedCall<P, R> {
    return makeCalls(this.#door(options), fn, options);
  }

  #door<P extends object, R>(options: GuardOptions<P, R>): GuardDoor {
    return {
      known: this.#transport.known,
      propose: this.propose.bind(this),
      job: this.job.bind(this),
      waitOn: (job: JobView, signal: AbortSignal | undefined) =>
        this.#waitOn(job, signal, options.onQuestion),
      waitForEnd: ({ job }: JobView, signal: AbortSignal | undefined) =>
        this.wait(job.id, { until: "ended", signal }),
      freshGrant: this.freshGrant.bind(this),
      redeem: this.redeem.bind(this),
      report: this.report.bind(this),
      behind: (jobId, sending) => this.#behind.send(jobId, sending),
      output: this.output.bind(this),
    };
  }

  /** Runs that were suspended, step by step: what `worker` does by itself. */
  get resumptions(): Resumptions {
    return new Resumptions(this.#transport);
  }

  /**
   * A worker that takes up suspended runs, here and now, whichever process suspended them.
   *
   * @example
   * await hp.worker({
   *   resume: async ({ state, outcome, thread, claim }) => {
   *     if (outcome.status === "approved") await goOn(thread, state, outcome);
   *   },
   * }).run();
   */
  worker(options: WorkerOptions): Worker {
    return new Worker(this.resumptions, options);
  }

  /** Any other call of the API, with the same repeats and errors. The answer is the JSON as it came. */
  request(request: Call): Promise<unknown> {
    return call(this.#transport, request);
  }

  /** Resolves once every outcome that is reported in the background (`report: "behind"`) was sent, or given up. */
  flush(): Promise<void> {
    return this.#behind.flush();
  }

  /**
   * Ends every call and wait under way. Held jobs stay as they are.
   *
   * @returns ids of the jobs whose outcome was not sent yet: they end as UNKNOWN. `flush` first.
   */
  close(): readonly string[] {
    const unsent = this.#behind.unsent();
    this.#closing.abort(new DOMException("the Holdpoint client was closed", "AbortError"));
    this.#local?.close();
    return unsent;
  }

  #waitOn(
    job: JobView,
    signal: AbortSignal | undefined,
    onQuestion: OnQuestion | undefined,
  ): Promise<JobView> {
    const onChange = answering(this.#transport, onQuestion, signal);
    const limits = { timeoutMs: null, signal, known: job, onChange };
    return waitForAnswer(this.#transport, job.job.id, limits);
  }
}
