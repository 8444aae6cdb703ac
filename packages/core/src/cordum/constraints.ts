// Translates constraints and remediations; a constraint that we lack must not simply fall away.

import { type Members, type Place, readItems, readMembers } from "../policy-file/reading.ts";
import { type Importing, isNothing, numberOf, textOf, textsOf } from "./source.ts";

export interface ConstraintDraft {
  readonly constraints: Readonly<Record<string, unknown>> | null;
  /** Names of constraints that nothing here enforces. */
  readonly lacking: readonly string[];
}

const groups: Readonly<Record<string, readonly string[]>> = {
  budgets: ["max_runtime_ms", "max_retries", "max_artifact_bytes", "max_concurrent_jobs"],
  sandbox: ["isolated", "network_allowlist", "fs_read_only", "fs_read_write"],
  toolchain: ["allowed_tools", "allowed_commands"],
  diff: ["max_files", "max_lines", "deny_path_globs"],
};
const singles = ["redaction_level", "max_output_bytes", "allowed_destinations", "redact_patterns"];

export function translateConstraints({ reading }: Importing, place: Place): ConstraintDraft {
  const members = readMembers(reading, place, "`constraints`", [
    ...Object.keys(groups),
    ...singles,
  ]);
  const constraints: Record<string, unknown> = {};
  const lacking: string[] = [];
  if (members === null) return { constraints: null, lacking };
  for (const [group, keys] of Object.entries(groups)) {
    const member = members.get(group);
    if (member === undefined || isNothing(member)) continue;
    const parts = readMembers(reading, member, `\`${group}\``, keys);
    if (parts !== null) translateGroup(reading, parts, { constraints, lacking, group });
  }
  for (const key of singles) {
    const member = members.get(key);
    if (member !== undefined && !isNothing(member)) lacking.push(key);
  }
  const isEmpty = Object.keys(constraints).length === 0;
  return { constraints: isEmpty ? null : constraints, lacking };
}

interface GroupDraft {
  readonly constraints: Record<string, unknown>;
  readonly lacking: string[];
  readonly group: string;
}

function translateGroup(
  reading: Importing["reading"],
  parts: Members,
  { constraints, lacking, group }: GroupDraft,
): void {
  for (const [key, place] of parts) {
    if (isNothing(place)) continue;
    if (key === "max_runtime_ms") {
      const ms = numberOf(reading, parts, key) ?? 0;
      // Rounded down: an imported limit is never longer. Zero means no limit there.
      if (ms > 0) constraints["max_runtime_sec"] = Math.max(1, Math.floor(ms / 1_000));
    } else if (key === "network_allowlist") {
      constraints["network_allowlist"] = (textsOf(reading, parts, key) ?? []).map((host) =>
        host.toLowerCase(),
      );
    } else lacking.push(`${group}.${key}`);
  }
}

/** Offers of a safer way. One that cannot be said is left out: nobody is let through by that. */
export function translateRemediations(
  { reading }: Importing,
  place: Place,
): readonly Readonly<Record<string, unknown>>[] {
  const keys = [
    "id",
    "title",
    "summary",
    "replacement_topic",
    "replacement_capability",
    "add_labels",
    "remove_labels",
  ];
  const drafts: Record<string, unknown>[] = [];
  for (const item of readItems(reading, place, "`remediations`")) {
    const members = readMembers(reading, item, "a remediation", keys);
    if (members === null) continue;
    const id = textOf(reading, members, "id") ?? `remediation-${drafts.length + 1}`;
    if (members.has("remove_labels")) {
      const help = "an action is edited by what is set in it";
      reading.warn(item, "remediation_left_out", `\`${id}\` removes labels`, help);
      continue;
    }
    const labels: Record<string, string> = {};
    const added = members.get("add_labels")?.node;
    if (added?.kind === "map") {
      for (const { key, value } of added.fields) {
        if (value.kind === "scalar" && value.value !== null) labels[key] = String(value.value);
      }
    }
    const capability = textOf(reading, members, "replacement_capability");
    if (capability !== null) labels["capability"] = capability;
    const topic = textOf(reading, members, "replacement_topic");
    const title = textOf(reading, members, "title") ?? textOf(reading, members, "summary") ?? id;
    drafts.push({
      id,
      title,
      set: {
        ...(topic === null ? {} : { topic }),
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
      },
    });
  }
  return drafts;
}
