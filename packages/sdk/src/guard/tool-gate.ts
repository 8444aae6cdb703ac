// The gate of a tool that a model calls: asked before the call, passed to make it, with a sentence for the model.

import type { JobView } from "@holdpoint/core/wire/response";
import type { Claims } from "../action/action.ts";
import { ActionStopped, stopOf } from "./error.ts";
import { modelMessage } from "./model-message.ts";
import type { GuardedCall, GuardOptions, ToolFunction } from "./options.ts";
import { isToldToModel, noteOfChange } from "./tell.ts";

/** What a gate needs of the client. */
export interface ToolGateClient {
  calls<P extends object, R>(
    fn: ToolFunction<P, R>,
    options: GuardOptions<P, R>,
  ): GuardedCall<P, R>;
  wait(job: string, options: { readonly signal?: AbortSignal | undefined }): Promise<JobView>;
}

export interface ToolGateOptions<P extends object, R> extends GuardOptions<P, R> {
  /** The agent's own words, from the parameters. Default: none. */
  readonly claims?: (params: P) => Claims;
}

/** Which call it is: the same thread and call are one job and one effect, whichever process asks. */
export interface ToolCallPlace {
  readonly thread: string;
  /** The id that the model gave the call. */
  readonly call: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ToolGate<P extends object, R> {
  /**
   * Proposes the call, or attaches to it, right before the framework makes it. Waits for nobody. What needs nobody is
   * redeemed with it, and `pass` runs it.
   */
  ask(params: P, place: ToolCallPlace): Promise<JobView>;
  /** The same for a call that may be made later, or never. */
  look(params: P, place: ToolCallPlace): Promise<JobView>;
  /** The job of a call as this client was told of it last, where that lasts; null: look. */
  told(job: JobView): JobView | null;
  /**
   * Makes the call, or gives its recorded outcome; waits while people are asked.
   *
   * @throws ToldToModel for an outcome that the model goes on from; anything else is to end the run
   */
  pass(params: P, place: ToolCallPlace): Promise<Passed<R>>;
}

export interface Passed<R> {
  readonly result: R;
  /** For the model, when people changed the arguments. */
  readonly note: string | null;
}

/** A call without a result; the message is the sentence for the model. */
export class ToldToModel extends Error {
  override readonly name: string = "ToldToModel";

  constructor(cause: unknown) {
    super(modelMessage(cause), { cause });
  }
}

/** Decisions that people are asked about, and stay so whatever they answer. */
const GATED = new Set<string>(["REQUIRE_APPROVAL", "ALLOW_UNLESS_REJECTED"]);

/**
 * Whether the framework is to stop at the call. INVARIANT: it follows from the decision of the policy, never from the
 * answer of people: frameworks ask again on every resume and take another answer for another call.
 */
export function asksPeople({ job, decision }: JobView): boolean {
  return job.state === "APPROVAL" || GATED.has(decision);
}

/** True while the framework has no answer to give. */
export function isHeld({ job }: JobView): boolean {
  return job.state === "APPROVAL";
}

/** What the model is told of a call that was answered with no; null when it may run or has. */
export function refusalOf(job: JobView): string | null {
  const refused = ["DENIED", "REJECTED", "EXPIRED", "CANCELLED", "REVOKED"];
  return refused.includes(job.job.state) ? modelMessage(stopOf(job)) : null;
}

export function makeToolGate<P extends object, R>(
  hp: ToolGateClient,
  fn: ToolFunction<P, R>,
  options: ToolGateOptions<P, R>,
): ToolGate<P, R> {
  const failures = new WeakSet<Error>();
  const calls = hp.calls<P, R>(async (params, context) => {
    try {
      return await fn(params, context);
    } catch (error) {
      if (error instanceof Error) failures.add(error);
      throw error;
    }
  }, options);
  const propose = async (
    params: P,
    { thread, call, signal }: ToolCallPlace,
    redeem: boolean | "approved",
  ): Promise<JobView> => {
    const { job } = await calls.propose(params, {
      redeem,
      agent: { run: thread, thread, call },
      ...(options.claims !== undefined && { claims: options.claims(params) }),
      ...(signal !== undefined && { signal }),
    });
    return job;
  };
  return {
    ask: (params, place) => propose(params, place, true),
    look: (params, place) => propose(params, place, false),
    told: ({ job }) => calls.told(job.id),
    async pass(params, place) {
      const { signal } = place;
      let job = await propose(params, place, "approved");
      for (;;) {
        try {
          if (isHeld(job)) job = await hp.wait(job.job.id, { signal });
          const result = await calls.run(job, params, { ...(signal !== undefined && { signal }) });
          return { result, note: noteOfChange(job) };
        } catch (error) {
          // What the tool itself throws may be of another gate, which is none of this one's.
          const isOwn = error instanceof Error && failures.has(error);
          if (isOwn || isToldToModel(error)) throw new ToldToModel(error);
          if (!(error instanceof ActionStopped) || error.name !== "ActionHeld") throw error;
          // A stricter policy or another effect sent it back to people between the answer and the run.
          ({ job } = error);
        }
      }
    },
  };
}
