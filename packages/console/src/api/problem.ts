// A refusal of the server, or of the network, as one thing that a page can show.

import type { FindingView, Problem } from "@holdpoint/core/wire/response";

export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly path: string | null;
  readonly findings: readonly FindingView[];

  constructor(problem: Partial<Problem> & { status: number; code: string; title: string }) {
    super(problem.detail ?? problem.title);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail ?? "";
    this.path = problem.path ?? null;
    this.findings = problem.findings ?? [];
  }
}

/** The server could not be reached at all. */
export function unreachable(): ApiProblem {
  return new ApiProblem({
    status: 0,
    code: "unreachable",
    title: "The server does not answer",
    detail: "check that it runs and that this machine reaches it; nothing was changed",
  });
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  try {
    const body = (await response.json()) as Partial<Problem>;
    return new ApiProblem({
      ...body,
      status: response.status,
      code: typeof body.code === "string" ? body.code : `http_${response.status}`,
      title: typeof body.title === "string" ? body.title : "The server refused",
    });
  } catch {
    return new ApiProblem({
      status: response.status,
      code: `http_${response.status}`,
      title: "The server answered with something that is not an answer",
    });
  }
}

export function asProblem(fault: unknown): ApiProblem {
  if (fault instanceof ApiProblem) return fault;
  return new ApiProblem({
    status: 0,
    code: "console_fault",
    title: "The console met a fault of its own",
    detail: fault instanceof Error ? fault.message : String(fault),
  });
}

/** What a conflict or refusal means for the person who reads it. */
const words: Readonly<Record<string, string>> = {
  approval_already_resolved:
    "This hold was decided before your answer arrived. Yours changed nothing.",
  approval_not_actionable:
    "The job is not waiting for people any more. Your answer changed nothing.",
  approval_not_authorized: "The rule asks for people that you are not one of.",
  approval_retryable_lock: "Somebody else changed the job at the same moment. Send it again.",
  approval_self_review: "Nobody reviews an action of their own, and this one counts as yours.",
  approval_stale_request:
    "The action changed since you looked. Nothing was decided: look at it again.",
  batch_mixed: "These holds are not of one kind: decide them one by one. Nothing was decided.",
  claim_conflict: "Somebody else has it now. Nothing was changed.",
  governance_closed: "Somebody judged it already. Nothing was changed.",
  incident_exists: "There is an incident of this name already.",
  override_refused: "It cannot be overridden now. Nothing was released.",
  person_not_found: "Nobody of this name is known here. Nothing was changed.",
  takeover_not_open: "Somebody finished this already. Nothing was changed.",
  approval_stale_snapshot:
    "The policy changed since you looked. Nothing was decided: look at it again.",
  approval_strong_auth_required: "The rule asks for a stronger sign-in than this one.",
  job_not_found: "There is no such job, or it is not yours to see.",
  modify_denied: "Policy denies the action as you changed it. Nothing was changed.",
  review_limit: "The job holds as many reviews and comments as it can.",
  scope_missing: "Your key does not carry the right for this.",
  delegation_refused: "Nobody can stand in like this. Nothing was changed.",
  delivery_not_dead: "Only a dead letter is sent again, and this one is none any more.",
  group_not_found: "The active policy has no such group.",
  identity_code_invalid: "No account is waiting for this code.",
  people_invalid: "This would leave the people document wrong. Nothing was changed.",
  storage_unavailable: "The server cannot reach its store. Nothing was changed; try again.",
};

export function inWords(problem: ApiProblem): string {
  return words[problem.code] ?? problem.title;
}
