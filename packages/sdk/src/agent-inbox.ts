// Agent Inbox: held jobs as its interrupts, its answers as reviews, and outcomes as what a graph is resumed with.

import { maskObject } from "@holdpoint/core/action/mask";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Action, JsonObject } from "./action/action.ts";
import { plainObject } from "./action/plain-json.ts";
import type { Call } from "./client/transport.ts";
import type { CallOutcome } from "./interrupt/outcome.ts";
import { reviewCall } from "./shape/review-call.ts";
import { isSameJson } from "./shape/same-json.ts";
import { refusalText } from "./shape/told.ts";
import { type ToAction, toolAction } from "./shape/tool-action.ts";
import { typedLike } from "./shape/typed-like.ts";

interface ActionRequest {
  action: string;
  args: Record<string, unknown>;
}

/** SPEC: Agent Inbox, `HumanInterrupt`. */
export interface HumanInterrupt {
  action_request: ActionRequest;
  config: {
    allow_ignore: boolean;
    allow_respond: boolean;
    allow_edit: boolean;
    allow_accept: boolean;
  };
  description?: string;
}

/** SPEC: Agent Inbox, `HumanResponse`; a graph is resumed with a list of one. */
export interface HumanResponse {
  type: "accept" | "ignore" | "response" | "edit";
  args: null | string | ActionRequest;
}

/** A held job as an interrupt for the inbox. Secrets in its arguments are hidden. */
export function humanInterruptOf(job: JobView): HumanInterrupt {
  const { title, why } = job.decision_summary;
  return {
    action_request: { action: nameOf(job), args: maskObject(job.action.params) },
    config: { allow_ignore: true, allow_respond: true, allow_edit: true, allow_accept: true },
    description: `${title}\n\n${why}`,
  };
}

export interface ReviewOptions {
  /** Looks at edited arguments once more and throws when they are wrong, such as a schema's `parse`. */
  readonly validate?: (args: JsonObject) => unknown;
}

/**
 * The review that an answer of the inbox comes to, for `request` of a client with the credential of the person who gave
 * it; null when it was ignored: the hold goes on. SECURITY: the inbox hands every argument back as text; of an accepted
 * call nothing is taken from it, and an edit counts only where it can be read as the types of the original.
 *
 * @param job as it was shown
 * @throws TypeError for an answer that does not fit the job; what `validate` throws
 */
export function reviewCallOf(
  job: JobView,
  answer: HumanResponse | readonly HumanResponse[],
  options: ReviewOptions = {},
): Call | null {
  const response = oneOf(answer);
  const shown = { jobId: job.job.id, jobHash: job.job_hash };
  switch (response.type) {
    case "accept":
      return reviewCall(shown, { kind: "approve" });
    case "ignore":
      return null;
    case "response": {
      if (typeof response.args !== "string") throw new TypeError("the response is no text");
      return reviewCall(shown, { kind: "reject", reason: response.args });
    }
    case "edit": {
      const before = maskObject(job.action.params);
      const params = editOf(nameOf(job), before, response);
      options.validate?.(params);
      const isUnchanged = isSameJson(params, before);
      return reviewCall(shown, isUnchanged ? { kind: "approve" } : { kind: "modify", params });
    }
    default:
      throw new TypeError("the answer is none of accept, ignore, response and edit");
  }
}

function oneOf(answer: HumanResponse | readonly HumanResponse[]): HumanResponse {
  if (!isList(answer)) return answer;
  const [only, ...others] = answer;
  if (only === undefined || others.length > 0) {
    throw new TypeError(`one answer is expected, not ${answer.length}`);
  }
  return only;
}

function isList(
  answer: HumanResponse | readonly HumanResponse[],
): answer is readonly HumanResponse[] {
  return Array.isArray(answer);
}

function editOf(name: string, before: JsonObject, { args }: HumanResponse): JsonObject {
  if (typeof args !== "object" || args === null) throw new TypeError("the edit has no arguments");
  if (args.action !== name) throw new TypeError(`the edit is to ${args.action}, not ${name}`);
  return plainObject(typedLike(before, args.args), "args");
}

/**
 * The call of a graph's interrupt as an action, for `hp.interrupt`.
 *
 * @param toAction what to propose. Default: topic `tool.<name>`, with the arguments as parameters
 */
export function actionOf(interrupt: HumanInterrupt, toAction: ToAction = toolAction): Action {
  const { action_request: request, description } = interrupt;
  const call = { name: request.action, args: request.args };
  return toAction(description === undefined ? call : { ...call, description }, 0);
}

/**
 * What the graph is resumed with. The tool still has to be guarded: the graph runs it, as often as it is resumed.
 * SECURITY: an accepted call carries the arguments of the graph itself; whatever is not plainly approved is none.
 *
 * @throws TypeError when the outcome still waits, or when the interrupt takes no such answer
 */
export function responsesOf(interrupt: HumanInterrupt, outcome: CallOutcome): HumanResponse[] {
  const { action_request: request, config } = interrupt;
  if (outcome.status !== "approved") return [refusalOf(config, refusalText(outcome))];
  const approved = outcome.action.params ?? {};
  if (isSameJson(approved, plainObject(request.args, "args"))) {
    if (!config.allow_accept) throw new TypeError("the interrupt takes no `accept`");
    return [{ type: "accept", args: { action: request.action, args: { ...request.args } } }];
  }
  if (config.allow_edit) {
    return [{ type: "edit", args: { action: request.action, args: { ...approved } } }];
  }
  return [
    refusalOf(
      config,
      "People changed the action, and this interrupt takes no edits. It was not executed; do not retry it unless asked.",
    ),
  ];
}

function refusalOf(config: HumanInterrupt["config"], message: string): HumanResponse {
  if (config.allow_respond) return { type: "response", args: message };
  if (config.allow_ignore) return { type: "ignore", args: null };
  throw new TypeError("the interrupt takes neither `response` nor `ignore`");
}

function nameOf({ action }: JobView): string {
  return action.tool?.name ?? action.topic;
}
