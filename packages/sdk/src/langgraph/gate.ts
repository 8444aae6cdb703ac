// The gate of a call inside a graph: it interrupts the thread while people are asked, and runs the call once.

import { interrupt } from "@langchain/langgraph";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Claims } from "../action/action.ts";
import type { CallState, GuardedCall, GuardOptions, ToolFunction } from "../guard/options.ts";
import { asksPeople } from "../guard/tool-gate.ts";
import { interruptOf } from "@holdpoint/core/job/interrupt";
import { callPlace, type GraphConfig } from "./call-place.ts";

/** What the gate needs of the client. */
export interface GateClient {
  calls<P extends object, R>(
    fn: ToolFunction<P, R>,
    options: GuardOptions<P, R>,
  ): GuardedCall<P, R>;
}

export interface GateOptions<P extends object, R> extends GuardOptions<P, R> {
  /** Names the call where one node or one tool call makes several of the same topic. Default: none. */
  readonly call?: string | ((params: P) => string);
  /** The agent's own words, from the parameters. */
  readonly claims?: (params: P, config: GraphConfig | undefined) => Claims;
}

export interface Passed<R> {
  readonly result: R;
  /** As it stood when the call was let through. */
  readonly job: JobView;
}

/** Proposes the call, interrupts while it is held, then runs it, or gives the outcome that it had before. */
export async function passGate<P extends object, R>(
  calls: GuardedCall<P, R>,
  options: GateOptions<P, R>,
  params: P,
  config: GraphConfig | undefined,
): Promise<Passed<R>> {
  const { call: name, claims, topic } = options;
  const agent = await callPlace(config, topic, typeof name === "function" ? name(params) : name);
  const signal = config?.signal;
  let state: CallState = await calls.propose(params, {
    agent,
    redeem: true,
    ...(claims !== undefined && { claims: claims(params, config) }),
    ...(signal !== undefined && { signal }),
  });
  for (;;) {
    interruptWhile(state);
    try {
      const result = await calls.run(state, params, { ...(signal !== undefined && { signal }) });
      return { result, job: state.job };
    } catch (error) {
      // A stricter policy or another effect sent it back to people between the answer and the run.
      if (!isHeldAgain(error)) throw error;
      state = { job: error.job, status: "held" };
    }
  }
}

/**
 * INVARIANT: whether it interrupts follows from the decision of the policy alone, never from the answer of people:
 * LangGraph counts the interrupts of a pass, and calls that run side by side would take each other's resumes. The
 * value that a resume brings is ignored; the record says what people decided.
 */
function interruptWhile(state: CallState): void {
  if (!asksPeople(state.job)) return;
  do interrupt(interruptOf(state.job, null));
  while (state.status === "held");
}

function isHeldAgain(error: unknown): error is Error & { readonly job: JobView } {
  return error instanceof Error && error.name === "ActionHeld" && "job" in error;
}
