// Collects what the static check finds, and finds the place of each thing in the text.

import type { Instant } from "../base/clock.ts";
import type { GroupCandidate } from "../policy/directory.ts";
import type { Finding } from "../policy/finding.ts";
import type { CheckCode } from "../policy/finding-codes.ts";
import type { Policy, Rule } from "../policy/policy.ts";
import type { Registry } from "../policy/registry.ts";
import { type Source, sourceFromYaml } from "../policy-file/source.ts";
import type { SourceNode } from "../policy-file/source-tree.ts";

export interface Found extends Pick<Finding, "severity" | "path" | "message" | "help"> {
  readonly code: CheckCode;
}

export type Report = (found: Found) => void;

/** A finding before its place in the text is looked for. */
export interface Unplaced extends Omit<Finding, "line" | "column"> {
  /** Null when the path has to say where it is. */
  readonly place: { readonly line: number; readonly column: number } | null;
}

/** A rule or invariant, and where it stands. */
export interface PlacedRule {
  readonly rule: Rule;
  /** JSON Pointer into the file. */
  readonly path: string;
  readonly isInvariant: boolean;
  /** Place in the file, invariants before rules. */
  readonly position: number;
}

/** What every part of the check is given. */
export interface Check {
  readonly policy: Policy;
  /** Invariants, then rules. */
  readonly rules: readonly PlacedRule[];
  /** Ids of rules that an exception may lift. */
  readonly lifted: ReadonlySet<string>;
  /** Null leaves out what depends on the time. */
  readonly now: Instant | null;
  readonly registry: Registry | null;
  /** Who may review at all; null when only the file is known. */
  readonly people: readonly GroupCandidate[] | null;
  /** Names of rosters of the people file; null when they are not known. */
  readonly rosters: readonly string[] | null;
  readonly report: Report;
}

export function placedRules(policy: Policy): readonly PlacedRule[] {
  const place = (section: string, isInvariant: boolean, before: number) => {
    return (rule: Rule, index: number): PlacedRule => {
      return { rule, path: `/${section}/${index}`, isInvariant, position: before + index };
    };
  };
  return [
    ...policy.invariants.map(place("invariants", true, 0)),
    ...policy.rules.map(place("rules", false, policy.invariants.length)),
  ];
}

/** A JSON Pointer (RFC 6901). */
export function pointerTo(...keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Finds the place of a JSON Pointer in the text, or of the nearest thing around it. */
export function locator(
  text: string | undefined,
): (path: string) => { line: number; column: number } {
  let source: Source | null = null;
  return (path) => {
    if (text === undefined) return { line: 1, column: 1 };
    source ??= sourceFromYaml(text);
    let node: SourceNode | null | undefined = source.root;
    let at = 0;
    for (const key of path.split("/").slice(1)) {
      const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
      if (node?.kind === "list") node = node.items[Number(name)];
      else if (node?.kind === "map") node = node.fields.find((field) => field.key === name)?.value;
      else node = undefined;
      if (node === undefined || node === null) break;
      at = node.at;
    }
    return source.locate(at);
  };
}

/**
 * Leaves of each code as many as a person reads, and counts the others.
 * INVARIANT: what is left out is no error.
 */
export function limitFindings(findings: readonly Unplaced[]): readonly Unplaced[] {
  const counts = new Map<string, number>();
  const kept = findings.filter(({ code, severity }) => {
    if (severity === "error") return true;
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    return count <= FINDINGS_OF_A_CODE_MAX;
  });
  if (kept.length === findings.length) return findings;
  const message = [...counts]
    .filter(([, count]) => count > FINDINGS_OF_A_CODE_MAX)
    .map(([code, count]) => `${count - FINDINGS_OF_A_CODE_MAX} more of \`${code}\``)
    .join(", ");
  const limited: Unplaced = {
    severity: "note",
    code: "check_limited",
    message: `not listed: ${message}`,
    path: "",
    help: null,
    place: { line: 1, column: 1 },
  };
  return [...kept, limited];
}

const FINDINGS_OF_A_CODE_MAX = 100;
