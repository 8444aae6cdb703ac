// What is told of an execution that has ended: in a few words, with what it gave, and without what is hidden.

import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json as CoreJson } from "@holdpoint/core/base/json/value";
import { outputBytesMax } from "@holdpoint/core/base/limits";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Json } from "../action/action.ts";
import { plainJson } from "../action/plain-json.ts";
import { isApiError } from "../client/error.ts";
import type { Report } from "../client/report.ts";
import { sha256Hex } from "../client/sha256.ts";
import { type Constraints, excessOf, redactedOf } from "./constraint.ts";
import type { GuardDoor } from "./door.ts";
import type { GuardOptions } from "./options.ts";
import { redacted } from "./redact.ts";

const SUMMARY_LENGTH_MAX = 500;

/** What the caller gets of a result, under these constraints. */
export function resultOf<R>(result: R, constraints: Constraints | null): R {
  const hidden = redactedOf(constraints);
  // What is hidden goes, and the rest keeps its form.
  return hidden.length === 0 ? result : (redacted(result, hidden) as R);
}

/**
 * The report of a success. The effect has happened: a fault in describing it must not look like a failure of the
 * action.
 *
 * @param result as the caller gets it
 */
export async function successOf<P extends object, R>(
  result: R,
  options: GuardOptions<P, R>,
  constraints: Constraints | null,
): Promise<Report> {
  const output = await outputOf(result, options.record ?? true);
  try {
    const effect = options.effectOf?.(result) ?? null;
    const excess = excessOf(constraints, effect);
    const words = [
      excess === null ? [] : [`over its limit: ${excess}`],
      options.summary?.(result) ?? [],
    ];
    const summary = words.flat().join("; ");
    return {
      status: "SUCCEEDED",
      ...(summary !== "" && { summary: shortened(summary) }),
      ...(effect !== null && { effect }),
      ...output,
    };
  } catch (error) {
    return { status: "SUCCEEDED", summary: `no summary: ${failureSummary(error)}`, ...output };
  }
}

/** Sends the report; one whose output the server does not take goes without it. */
export async function send(door: GuardDoor, jobId: string, report: Report): Promise<JobView> {
  try {
    return await door.report(jobId, report);
  } catch (error) {
    const isTooMuch = isApiError(error) && (error.status === 400 || error.status === 413);
    if (!isTooMuch || report.output === undefined) throw error;
    const { output: _output, ...rest } = report;
    return door.report(jobId, rest);
  }
}

/** Name and message of what was thrown, short enough for the record. */
export function failureSummary(error: unknown): string {
  return shortened(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

async function outputOf<R>(
  result: R,
  record: boolean | ((result: R) => unknown),
): Promise<Pick<Report, "output" | "outputDigest">> {
  let output: Json;
  let text: string;
  try {
    // A function that gives nothing has an output too: a repeat of its call is answered.
    output = plainJson(typeof record === "function" ? record(result) : (result ?? null), "output");
    text = canonicalJson(output as CoreJson);
  } catch {
    // Not JSON: the outcome goes without its output.
    return {};
  }
  const bytes = new TextEncoder().encode(text);
  const digest = await digestOf(bytes);
  return {
    ...(digest !== null && { outputDigest: digest }),
    ...(record !== false && bytes.length <= outputBytesMax && { output }),
  };
}

/** `sha256:` and hexadecimal digits; null in a page without a secure context. */
async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  try {
    return `sha256:${await sha256Hex(bytes)}`;
  } catch {
    return null;
  }
}

function shortened(text: string): string {
  return text.length > SUMMARY_LENGTH_MAX ? `${text.slice(0, SUMMARY_LENGTH_MAX - 1)}…` : text;
}
