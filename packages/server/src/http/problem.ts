// The one mapping from errors to answers: application/problem+json (RFC 9457) with a stable code.

import { entryOf, HoldpointError, isHoldpointError } from "@holdpoint/core/error/error";
import type { Problem } from "@holdpoint/core/wire/response";
import { FileRefused, findingView } from "../flow/file-refused.ts";

export interface ProblemAnswer {
  readonly status: number;
  readonly problem: Problem;
}

/** SPEC: RFC 9457, a type is a URI that names the problem; docs/reference/errors.md explains each. */
const typeBase = "urn:holdpoint:error:";

/** A fault of ours says nothing about itself; its cause goes to the program log. */
export function problemOf(error: unknown, instance: string): ProblemAnswer {
  const known = isHoldpointError(error)
    ? error
    : new HoldpointError("internal", {
        message: "the request was not carried out; the log says why",
      });
  const entry = entryOf(known.code);
  const { message, path, facts } = known.detail;
  return {
    status: entry.status,
    problem: {
      type: `${typeBase}${known.code}`,
      title: entry.title,
      status: entry.status,
      code: known.code,
      detail: message,
      retry: entry.retry,
      instance,
      ...(path === undefined ? {} : { path }),
      ...(facts === undefined ? {} : { facts: { ...facts } }),
      ...(error instanceof FileRefused ? { findings: error.findings.map(findingView) } : {}),
    },
  };
}
