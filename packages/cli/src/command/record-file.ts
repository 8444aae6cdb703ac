// Reads exported audit events: one JSON document in each line, as `GET /audit/events` lists them.

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { isJsonObject, type Json, type JsonObject } from "@holdpoint/core/base/json/value";
import type { RecordedAction } from "@holdpoint/core/policy-trial/diff";
import { inputFromRecord } from "@holdpoint/core/policy/recorded-input";
import type { ReplayRecord } from "@holdpoint/core/policy-trial/replay";
import { readJson } from "@holdpoint/core/base/json/read";
import { bodyBytesMax, canonicalDepthMax, jsonNodesMax } from "@holdpoint/core/base/limits";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";

/** An event holds an action, its decision and its trace. */
const bounds = {
  bytesMax: 4 * bodyBytesMax,
  depthMax: canonicalDepthMax,
  nodesMax: 4 * jsonNodesMax,
};

/** Line by line, so that a record of any length fits. `-` is the standard input. */
export async function* readRecords(file: string): AsyncGenerator<ReplayRecord> {
  const input = file === "-" ? process.stdin : createReadStream(file, "utf8");
  let number = 0;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number += 1;
      if (line.trim() !== "") yield recordOf(line, `${file}:${number}`);
    }
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(`cannot read \`${file}\`: ${why}`);
  }
}

function recordOf(line: string, place: string): ReplayRecord {
  const read = readJson(line, bounds);
  if (!read.ok) {
    throw new CommandFailed(`${place} is not usable JSON: ${read.fault.detail}`, exitCodes.usage);
  }
  const event = read.value;
  const type = isJsonObject(event) ? event["type"] : null;
  if (!isJsonObject(event) || typeof type !== "string") {
    throw new CommandFailed(`${place} is no audit event: it has no type`, exitCodes.usage);
  }
  const { job_id: job, actor, payload } = event as Record<string, Json | undefined>;
  const kind = isJsonObject(actor) ? actor["kind"] : null;
  return {
    type,
    job: typeof job === "string" ? job : null,
    actor: { kind: typeof kind === "string" ? kind : "" },
    payload: isJsonObject(payload) ? payload : null,
  };
}

/** The proposals among exported events that carry what they were decided from. */
export async function readCorpus(
  file: string,
): Promise<{ readonly actions: readonly RecordedAction[]; readonly left: number }> {
  const actions: RecordedAction[] = [];
  let left = 0;
  for await (const { type, job, payload } of readRecords(file)) {
    if (type !== "job.proposed" || job === null) continue;
    const read = inputFromRecord(payload as JsonObject | null);
    if (read.ok) actions.push({ job, input: read.input });
    else left += 1;
  }
  return { actions, left };
}
