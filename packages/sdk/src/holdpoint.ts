// The client of one Holdpoint server: how an agent proposes, waits, redeems and reports.

import type { JobView, RedeemAnswer } from "@holdpoint/core/wire/response";
import type { Action, Duration } from "./action/action.ts";
import { durationMs } from "./action/duration.ts";
import { proposalOf, runningOf } from "./action/wire.ts";
import { invalidAnswer, jobPath, readJob } from "./client/job.ts";
import { isApiError } from "./client/error.ts";
import { type OnQuestion, openQuestions } from "./client/question.ts";
import { hasNoTakeover, type Takeover } from "./client/takeover.ts";
import { call, type Call, type Transport } from "./client/transport.ts";
import { waitForAnswer } from "./client/wait.ts";
import { type Approval, approvalOf } from "./guard/approval.ts";
import {
  type GuardedTool,
  type GuardOptions,
  makeGuard,
  type Report,
  type ToolFunction,
} from "./guard/guard.ts";

export interface HoldpointOptions {
  /** Default: the environment's `HOLDPOINT_URL`, else `http://localhost:8081`. */
  readonly url?: string;
  /** Default: the environment's `HOLDPOINT_API_KEY`; a development server needs none. */
  readonly apiKey?: string;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  /** The longest that one call other than a wait may take, repeats included, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
  /** How often such a call is tried at most. Default: as often as fits into `timeoutMs`. */
  readonly attemptsMax?: number;
}

/** For every call. */
export interface RequestOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface WaitOptions extends RequestOptions {
  /** The longest wait. Default: as long as the hold lives. */
  readonly timeout?: Duration;
  /** Answers questions of reviewers meanwhile; what it throws ends the wait. Default: they stay open. */
  readonly onQuestion?: OnQuestion;
}

export interface TakeoverOptions extends RequestOptions {
  /** The longest wait. Default: no end. */
  readonly timeout?: Duration;
}

export interface ApprovalOptions extends RequestOptions {
  /** How long people have to answer; the policy may shorten it. Default: the policy's. */
  readonly timeout?: Duration;
  /** Answers questions of reviewers meanwhile; what it throws ends the wait. Default: they stay open. */
  readonly onQuestion?: OnQuestion;
}

export interface RemediateOptions extends RequestOptions {
  /** Id of the new job. Default: the server's choice. */
  readonly newJobId?: string;
  /** Key of the new job. Default: made from the job and the remediation. */
  readonly idempotencyKey?: string;
}

const URL_DEFAULT = "http://localhost:8081";
const TIMEOUT_MS_DEFAULT = 30_000;

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

  constructor(options: HoldpointOptions = {}) {
    const url = options.url ?? environment("HOLDPOINT_URL") ?? URL_DEFAULT;
    this.#transport = {
      url: new URL(url).href.replace(/\/+$/, ""),
      apiKey: options.apiKey ?? environment("HOLDPOINT_API_KEY"),
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS_DEFAULT,
      attemptsMax: options.attemptsMax ?? Infinity,
      closed: this.#closing.signal,
    };
  }

  /** The server's address, without a trailing slash. */
  get url(): string {
    return this.#transport.url;
  }

  /**
   * Proposes an action; the answer is the policy's decision. A held one is in state `APPROVAL`: wait for it.
   * A denial is an answer, not an error. The same idempotency key with the same action is the same job.
   */
  async propose(action: Action, options: RequestOptions = {}): Promise<JobView> {
    const idempotencyKey = action.idempotencyKey ?? globalThis.crypto.randomUUID();
    const body = proposalOf({ ...action, idempotencyKey });
    return readJob(
      await this.request({ method: "POST", path: "/actions", body, ...options }),
      action.jobId,
    );
  }

  /** The job as it is now. */
  async job(jobId: string, options: RequestOptions = {}): Promise<JobView> {
    return readJob(await this.request({ method: "GET", path: jobPath(jobId), ...options }), jobId);
  }

  /**
   * Waits until the job is no longer in state `APPROVAL`, by long polls: nothing is asked twice a second, and
   * restarts of the server are waited out.
   *
   * @throws WaitTimedOut at `timeout`; the job then still waits. The signal's reason when aborted.
   */
  wait(jobId: string, options: WaitOptions = {}): Promise<JobView> {
    const { timeout, signal, onQuestion } = options;
    const timeoutMs = timeout === undefined ? null : durationMs(timeout);
    const onChange = this.#answering(onQuestion, signal);
    return waitForAnswer(this.#transport, jobId, { timeoutMs, signal, onChange });
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
    return readJob(await this.#post(`${jobPath(jobId)}/answers`, body, options), jobId);
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
  async redeem(
    grant: JobView | string,
    action: Action,
    options: RequestOptions = {},
  ): Promise<RedeemAnswer["execution"]> {
    const token = typeof grant === "string" ? grant : grant.grant?.token;
    if (token == null)
      throw new TypeError("the job carries no grant; ask for one with `freshGrant`");
    const body = { grant: token, action: runningOf(action) };
    const answer = (await this.#post("/grants/redeem", body, options)) as RedeemAnswer | null;
    if (typeof answer?.execution?.id === "string") return answer.execution;
    throw invalidAnswer("the answer to the redemption names no execution");
  }

  /** The job with a fresh grant, while it is `APPROVED`. */
  async freshGrant(jobId: string, options: RequestOptions = {}): Promise<JobView> {
    return readJob(await this.#post(`${jobPath(jobId)}/grant`, {}, options), jobId);
  }

  /** Reports how the execution ended. */
  async report(jobId: string, outcome: Report, options: RequestOptions = {}): Promise<JobView> {
    const body = {
      status: outcome.status,
      ...(outcome.executionId !== undefined && { execution_id: outcome.executionId }),
      ...(outcome.summary !== undefined && { summary: outcome.summary }),
      ...(outcome.outputDigest !== undefined && { output_digest: outcome.outputDigest }),
      ...(outcome.effect != null && { effect: outcome.effect }),
    };
    return readJob(await this.#post(`${jobPath(jobId)}/outcome`, body, options), jobId);
  }

  /** Withdraws an action that has not run. */
  async cancel(
    jobId: string,
    options: RequestOptions & { reason?: string } = {},
  ): Promise<JobView> {
    const { reason, ...rest } = options;
    const body = reason === undefined ? {} : { reason };
    return readJob(await this.#post(`${jobPath(jobId)}/cancel`, body, rest), jobId);
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
  async remediate(
    jobId: string,
    remediation: string,
    options: RemediateOptions = {},
  ): Promise<JobView> {
    const { newJobId, idempotencyKey, signal } = options;
    const body = {
      remediation,
      ...(newJobId !== undefined && { job_id: newJobId }),
      ...(idempotencyKey !== undefined && { idempotency_key: idempotencyKey }),
    };
    const path = `${jobPath(jobId)}/remediate`;
    return readJob(await this.request({ method: "POST", path, body, signal }), newJobId);
  }

  /**
   * Puts a tool function behind Holdpoint. Each call of what comes back proposes the action, waits for people
   * if it is held, redeems the grant, runs the function with the approved parameters, and reports the outcome.
   * Without a live grant the function never runs; when the server is away, neither.
   *
   * @throws (the guarded function) ActionDenied, ActionRejected, ApprovalExpired, ActionCancelled, ActionRevoked,
   *   ActionAlreadyExecuted, ConstraintNotSupported, RuntimeExceeded, HoldpointUnreachable, HoldpointApiError, and
   *   what the tool itself throws.
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
    const waitOn = (job: JobView, signal: AbortSignal | undefined): Promise<JobView> =>
      this.#waitOn(job, signal, options.onQuestion);
    const door = {
      waitOn,
      propose: this.propose.bind(this),
      job: this.job.bind(this),
      freshGrant: this.freshGrant.bind(this),
      redeem: this.redeem.bind(this),
      report: this.report.bind(this),
    };
    return makeGuard(door, fn, options);
  }

  /** Any other call of the API, with the same repeats and errors. The answer is the JSON as it came. */
  request(request: Call): Promise<unknown> {
    return call(this.#transport, request);
  }

  /** Ends every call and wait under way. Held jobs stay as they are. */
  close(): void {
    this.#closing.abort(new DOMException("the Holdpoint client was closed", "AbortError"));
  }

  #waitOn(
    job: JobView,
    signal: AbortSignal | undefined,
    onQuestion: OnQuestion | undefined,
  ): Promise<JobView> {
    const onChange = this.#answering(onQuestion, signal);
    const limits = { timeoutMs: null, signal, known: job, onChange };
    return waitForAnswer(this.#transport, job.job.id, limits);
  }

  /** Hands each open question to the callback, once, and sends what it says. */
  #answering(
    onQuestion: OnQuestion | undefined,
    signal: AbortSignal | undefined,
  ): ((job: JobView) => Promise<void>) | undefined {
    if (onQuestion === undefined) return undefined;
    const seen = new Set<string>();
    return async (job) => {
      for (const question of openQuestions(job)) {
        if (seen.has(question.id)) continue;
        seen.add(question.id);
        const text = await onQuestion(question, job);
        if (text === null) continue;
        try {
          await this.answer(job.job.id, question.id, text, { signal });
        } catch (error) {
          // People decided, or another process of the agent answered, meanwhile: the wait tells.
          if (!isApiError(error) || error.status !== 409) throw error;
        }
      }
    };
  }

  #post(path: string, body: unknown, options: RequestOptions): Promise<unknown> {
    const idempotencyKey = globalThis.crypto.randomUUID();
    return this.request({ method: "POST", path, body, idempotencyKey, signal: options.signal });
  }
}

function environment(name: string): string | undefined {
  const value = typeof process === "undefined" ? undefined : process.env[name];
  return value === "" ? undefined : value;
}
