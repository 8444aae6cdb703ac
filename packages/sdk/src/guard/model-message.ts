// The sentence for a model about a call that did not give its result: what happened, why, and what to do.

import {
  type ActionRejected,
  type ActionStopped,
  type ConstraintNotSupported,
  isRefusal,
} from "./error.ts";

const NOT_RUN = "It was not executed; do not retry it unless asked.";

const AFTER_REJECTION: Readonly<Record<NonNullable<ActionRejected["onReject"]>, string>> = {
  abort: "End this task.",
  reroute: "Another way may be tried.",
  escalate: "A person takes it over.",
};

/** What to tell the model that made the call. Whatever it is, a model that follows it does nothing twice. */
export function modelMessage(error: unknown): string {
  if (isRefusal(error)) return refusalMessage(error);
  if (!(error instanceof Error)) return failureMessage(String(error));
  switch (error.name) {
    case "ActionHeld":
    case "Interrupted":
    case "WaitTimedOut":
      return "The action waits for people to decide. It was not executed yet; do not repeat it, its result will follow.";
    case "ActionFailed":
      return `The action was run before and failed: ${ended(reasonIn(error))} Do not retry it unless asked.`;
    case "ActionAlreadyExecuted":
      return `The action was run before (${reasonIn(error)}) and is not run again. Do not retry it.`;
    case "OutcomeUnknown":
      return "The action was begun before, and it is not known whether it took effect. Do not retry it; a person has to look.";
    case "RuntimeExceeded":
      return "The action ran too long and was told to stop; it may have taken effect. Do not retry it unless asked.";
    case "ConstraintNotSupported": {
      const { constraints } = error as ConstraintNotSupported;
      return `The action may only run within limits that this tool cannot keep (${constraints.join(", ")}). ${NOT_RUN}`;
    }
    case "ConstraintViolated":
      return violationMessage(error);
    case "NotExecuted":
      return `The action did not happen: ${ended(error.message)} ${NOT_RUN}`;
    case "AgentPaused":
      return `This agent was stopped by its people: ${ended(error.message)} ${NOT_RUN}`;
    case "HoldpointUnreachable":
    case "HoldpointApiError":
      return `The action could not be cleared: ${ended(error.message)} ${NOT_RUN}`;
    default:
      return failureMessage(error.message);
  }
}

function refusalMessage(error: ActionStopped): string {
  const reason = ended(error.reason);
  switch (error.name) {
    case "ActionDenied":
      return `Policy denied the action: ${reason} ${NOT_RUN}${offers(error)}`;
    case "ActionRejected": {
      const { code, onReject } = error as ActionRejected;
      const why = code === null ? reason : ended(`${error.reason} (${code})`);
      return `People rejected the action: ${why} ${NOT_RUN}${onReject === null ? "" : ` ${AFTER_REJECTION[onReject]}`}`;
    }
    case "ApprovalExpired":
      return `Nobody released the action in time: ${reason} ${NOT_RUN}`;
    case "ActionCancelled":
      return `The action was withdrawn: ${reason} ${NOT_RUN}`;
    default:
      return `The release of the action was taken back: ${reason} ${NOT_RUN}`;
  }
}

function offers({ job }: ActionStopped): string {
  const titles = (job.remediations ?? []).map(({ title }) => title);
  return titles.length === 0 ? "" : ` Policy offers instead: ${titles.join("; ")}.`;
}

/** A request to another host is refused while the tool runs; everything else before. */
function violationMessage(error: Error): string {
  const { constraint } = error as Error & { readonly constraint: string };
  const reason = ended(reasonIn(error));
  if (constraint === "network_allowlist") {
    return `The action was stopped at a limit: ${reason} Part of it may have taken effect. Do not retry it unless asked.`;
  }
  return `The action is outside of its limits (${constraint}): ${reason} ${NOT_RUN}`;
}

function failureMessage(message: string): string {
  return `The action was run and failed: ${ended(message)} It may have taken effect in part. Do not retry it unless asked.`;
}

function reasonIn(error: Error): string {
  return "reason" in error && typeof error.reason === "string" ? error.reason : error.message;
}

function ended(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
