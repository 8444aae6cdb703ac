// Writes a finding for a person at a terminal: its place, the line of the file, and what to do.

import type { Finding } from "../policy/finding.ts";

/** `source` is the text of the file; `file` is its name, which begins the first line. */
export function renderFinding(finding: Finding, source: string, file: string = "policy"): string {
  const { line, column, severity, code, message, help } = finding;
  const lines = [`${file}:${line}:${column}: ${severity} [${code}] ${message}`];
  const written = lineOf(source, line);
  if (written !== null) lines.push(...quote(written, finding));
  if (help !== null) lines.push(`${" ".repeat(GUTTER)} = help: ${help}`);
  return lines.join("\n");
}

/** The line with marks below what is meant; a long line is cut around it. */
function quote(written: string, { line, column, endColumn }: Finding): readonly string[] {
  const from = column - 1;
  const until = endColumn === undefined ? column : endColumn - 1;
  const start = from > WIDTH_MAX - MARGIN ? from - MARGIN : 0;
  const shown = written.slice(start, start + WIDTH_MAX);
  const head = start > 0 ? "…" : "";
  const tail = start + WIDTH_MAX < written.length ? "…" : "";
  const width = Math.min(Math.max(1, until - from), WIDTH_MAX - (from - start));
  // A tab keeps its width only when it is repeated.
  const before = shown.slice(0, from - start).replace(/[^\t]/g, " ");
  const indent = " ".repeat(head.length);
  return [
    `${String(line).padStart(GUTTER)} | ${head}${shown}${tail}`,
    `${" ".repeat(GUTTER)} | ${indent}${before}${"^".repeat(width)}`,
  ];
}

function lineOf(source: string, line: number): string | null {
  let at = 0;
  for (let count = 1; count < line; count += 1) {
    const next = source.indexOf("\n", at);
    if (next < 0) return null;
    at = next + 1;
  }
  const end = source.indexOf("\n", at);
  const written = source.slice(at, end < 0 ? source.length : end).replace(/\r$/, "");
  return written === "" ? null : written;
}

/** Columns for the number of the line. */
const GUTTER = 5;
/** Characters of a line that are shown. */
const WIDTH_MAX = 120;
/** Characters before the place when the line is cut. */
const MARGIN = 40;
