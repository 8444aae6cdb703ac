// A file of policy, tools or people that does not load: told whole to who sent it, and recorded when nobody did.

import { HoldpointError } from "@holdpoint/core/error/error";
import type { Finding } from "@holdpoint/core/policy/finding";
import type { EventType } from "@holdpoint/core/record/event";
import type { FindingView } from "@holdpoint/core/wire/response";
import type { Engine } from "./context.ts";
import { record } from "./record.ts";

/** The refusal of a file, with everything that is wrong with it. */
export class FileRefused extends HoldpointError {
  readonly findings: readonly Finding[];

  constructor(
    code: "policy_invalid" | "tools_invalid" | "people_invalid",
    findings: readonly Finding[],
  ) {
    const errors = findings.filter((finding) => finding.severity === "error");
    const [first] = errors;
    const place = first === undefined ? "1:1" : placeOf(first);
    super(code, {
      message: `${errors.length} error${errors.length === 1 ? "" : "s"}; first, at ${place}: ${first?.message ?? ""}`,
    });
    this.findings = findings;
  }
}

/** What came as JSON has no lines: its findings all stand at 1:1, and their path says where. */
function placeOf({ line, column, path }: Finding): string {
  return line === 1 && column === 1 && path !== "" ? path : `${line}:${column}`;
}

export function findingView({ endColumn, ...finding }: Finding): FindingView {
  return endColumn === undefined ? finding : { ...finding, end_column: endColumn };
}

const findingsTold = 20;
const readers: Readonly<Record<RefusedFile["type"], string>> = {
  "policy.refused": "policy-file",
  "tools.refused": "tools-file",
  "people.refused": "people-file",
};

export interface RefusedFile {
  readonly tenant: string;
  readonly type: Extract<EventType, "policy.refused" | "tools.refused" | "people.refused">;
  readonly file: string;
}

/** What runs stays as it is, and the record says that somebody tried to change it. */
export async function recordRefusedFile(
  engine: Engine,
  { tenant, type, file }: RefusedFile,
  refused: FileRefused,
): Promise<void> {
  const errors = refused.findings.filter(({ severity }) => severity === "error");
  const events = record(engine, tenant, [
    {
      type,
      at: engine.clock.now(),
      actor: { kind: "system", id: readers[type] },
      jobId: null,
      revision: null,
      before: null,
      after: null,
      jobHash: null,
      snapshot: null,
      payload: {
        file,
        errors: errors.length,
        findings: errors
          .slice(0, findingsTold)
          .map(({ code, message, line, column }) => ({ code, message, line, column })),
      },
    },
  ]);
  const nothing = { job: null, expected: null, bundle: null, review: null, answer: null };
  await engine.store.commit(tenant, { ...nothing, outbox: [], events });
  engine.hub.changed(tenant, []);
}
