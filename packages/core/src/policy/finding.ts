// What reading a policy file finds, each thing at its place, all of them at once.

export { nearest } from "../base/nearest.ts";

export interface Finding {
  severity: "error" | "warning" | "note";
  code: string;
  message: string;
  /** 1 is the first line; findings in stored JSON stand at 1:1, their path says where. */
  line: number;
  /** 1 is the first character. */
  column: number;
  /** The first character after it, when it ends on its line and its end is known. */
  endColumn?: number;
  /** JSON Pointer (RFC 6901) into the file. */
  path: string;
  help: string | null;
}

/** Errors first, then by place. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const weight = { error: 0, warning: 1, note: 2 };
  return findings.toSorted(
    (a, b) =>
      weight[a.severity] - weight[b.severity] ||
      a.line - b.line ||
      a.column - b.column ||
      (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  );
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === "error");
}
