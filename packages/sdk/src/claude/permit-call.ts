// One call of the CLI: proposed, waited for, redeemed and permitted; the guard's tool function is the CLI's own run of it.

import type { JobView } from "@holdpoint/core/wire/response";
import type { Claims, Duration, JsonObject } from "../action/action.ts";
import type { Constraints } from "../guard/constraint.ts";
import { ActionHeld, ConstraintNotSupported, NotExecuted } from "../guard/error.ts";
import type { GuardedCall, GuardOptions, ToolFunction } from "../guard/options.ts";
import { noteOfChange } from "../guard/tell.ts";
import { callIdsOf } from "../interrupt/call-id.ts";
import type { Permits, ToolEnd } from "./permits.ts";

/** What the gate needs of the client. */
export interface ClaudeClient {
  calls<P extends object, R>(
    fn: ToolFunction<P, R>,
    options: GuardOptions<P, R>,
  ): GuardedCall<P, R>;
  wait(
    job: string,
    options: { readonly signal?: AbortSignal | undefined; readonly timeout?: Duration },
  ): Promise<JobView>;
}

/** How a tool is gated. `honours` names constraints that the tool keeps by itself: the CLI can keep none for it. */
export type ClaudeToolGate = Partial<
  Omit<GuardOptions<JsonObject, unknown>, "tool" | "idempotencyKey" | "idempotent">
> & {
  /** The agent's own words, from the input. Default: none. */
  readonly claims?: (input: JsonObject) => Claims;
  /** Told of the job once the proposal is answered, before any wait: the moment to show where to decide. */
  readonly onProposed?: (job: JobView) => void;
};

type Answer =
  | { behavior: "allow"; updatedInput: Record<string, unknown> }
  | { behavior: "deny"; message: string };

interface Tool {
  readonly name: string;
  readonly gate: ClaudeToolGate & { readonly topic: string };
  readonly permits: Permits;
  readonly abortController: AbortController;
}

interface Order {
  readonly run: string;
  readonly call: string;
  readonly params: JsonObject;
  readonly signal: AbortSignal;
  readonly holdFor: Duration | undefined;
  readonly onError: ((error: unknown) => void) | undefined;
}

/** Kept before the tool runs; `max_runtime_sec` by ending the session. */
const KEPT = new Set(["pin", "max_rows", "max_recipients", "max_runtime_sec"]);

/** Throws whatever says why the call may not run. */
export async function permitCall(hp: ClaudeClient, tool: Tool, order: Order): Promise<Answer> {
  const { name, gate } = tool;
  const { params, signal } = order;
  let permit: (answer: Answer) => void = () => undefined;
  const permitted = new Promise<Answer>((resolve) => {
    permit = resolve;
  });
  let ended: Promise<unknown> = Promise.resolve();
  let note: string | null = null;
  const onUnreported = (error: unknown, job: JobView): void => {
    gate.onUnreported?.(error, job);
    order.onError?.(error);
  };
  const calls = hp.calls<JsonObject, unknown>(
    async (input, context) => {
      const unkept = unkeptOf(context.constraints, gate.honours);
      if (unkept.length > 0) throw new NotExecuted(`nothing keeps ${unkept.join(", ")} here`);
      if (signal.aborted) throw new NotExecuted("the session went on without the call");
      return runInCli(tool, order.call, { input, context, note, reported: () => ended, permit });
    },
    { ...gate, tool: name, onUnreported },
  );
  const call = order.holdFor === undefined ? order.call : await callOf(gate.topic, name, params);
  const proposed = await calls.propose(params, {
    agent: { run: order.run, thread: order.run, call },
    signal,
    ...(gate.claims !== undefined && { claims: gate.claims(params) }),
    ...(gate.onProposed !== undefined && { onProposed: gate.onProposed }),
  });
  const check = (job: JobView): void => {
    note = noteOfChange(job);
    const unkept = unkeptOf(job.constraints, gate.honours);
    if (unkept.length > 0) throw new ConstraintNotSupported(job, unkept);
  };
  const pass = passWhenReleased(hp, { calls, proposed: proposed.job, check }, order);
  ended = pass.catch(() => undefined);
  // What ends before the CLI was let run it, was recorded before or was refused.
  return Promise.race([permitted, pass.then(recorded)]);
}

interface Run {
  readonly input: JsonObject;
  readonly context: { readonly signal: AbortSignal };
  readonly note: string | null;
  readonly reported: () => Promise<unknown>;
  readonly permit: (answer: Answer) => void;
}

/** Permits the call, and resolves with what the CLI says came of it. */
function runInCli(tool: Tool, call: string, run: Run): Promise<unknown> {
  const { permits, abortController } = tool;
  return new Promise((resolve, reject) => {
    const end = (how: ToolEnd): void => {
      if (how instanceof Error) reject(how);
      else resolve(how.is ?? null);
    };
    run.context.signal.addEventListener(
      "abort",
      () => {
        permits.forget(call);
        abortController.abort(run.context.signal.reason);
      },
      { once: true },
    );
    // Asked for later: the report is made of what this promise gives.
    const reported = Promise.resolve().then(run.reported);
    permits.permit(call, { end, reported, note: run.note });
    run.permit({ behavior: "allow", updatedInput: { ...run.input } });
  });
}

interface Proposed {
  readonly calls: GuardedCall<JsonObject, unknown>;
  readonly proposed: JobView;
  /** Throws for a released job that may not run here. */
  readonly check: (job: JobView) => void;
}

/** Waits as long as it may, then runs; goes back to waiting when people are asked again. */
async function passWhenReleased(
  hp: ClaudeClient,
  { calls, proposed, check }: Proposed,
  { params, signal, holdFor }: Order,
): Promise<unknown> {
  let job = proposed;
  for (;;) {
    if (job.job.state === "APPROVAL") job = await answered(hp, job, signal, holdFor);
    signal.throwIfAborted();
    if (job.job.state === "APPROVED") check(job);
    try {
      return await calls.run(job, params);
    } catch (error) {
      if (!(error instanceof ActionHeld)) throw error;
      ({ job } = error);
    }
  }
}

async function answered(
  hp: ClaudeClient,
  job: JobView,
  signal: AbortSignal,
  timeout: Duration | undefined,
): Promise<JobView> {
  try {
    return await hp.wait(job.job.id, { signal, ...(timeout !== undefined && { timeout }) });
  } catch (error) {
    if (error instanceof Error && error.name === "WaitTimedOut") throw new ActionHeld(job);
    throw error;
  }
}

/** For a call that has run before, here or elsewhere: the CLI is not to run it again, and the model gets its result. */
function recorded(result: unknown): Answer {
  const text = typeof result === "string" ? result : JSON.stringify(result);
  return {
    behavior: "deny",
    message: `This call was made before and is not made again. Its recorded result: ${text}`,
  };
}

function unkeptOf(constraints: Constraints | null, honours: readonly string[] = []): string[] {
  return Object.keys(constraints ?? {}).filter((one) => !KEPT.has(one) && !honours.includes(one));
}

/** The same for the same tool and input, so that the model's next attempt attaches to it. */
async function callOf(topic: string, tool: string, params: JsonObject): Promise<string> {
  const [id = ""] = await callIdsOf([{ topic, tool: { name: tool }, params }]);
  return id;
}
