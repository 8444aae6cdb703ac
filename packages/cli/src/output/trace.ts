// Why policy decided as it did, rule by rule.

import type { TraceView } from "@holdpoint/core/wire/response";
import { safeLine, type Terminal } from "./terminal.ts";

export function printTrace(terminal: Terminal, trace: TraceView): void {
  const { rules_considered: considered, rules_total: total } = trace;
  terminal.print(
    terminal.style("dim", `${considered} of ${total} rules looked at (${trace.combine})`),
  );
  for (const rule of trace.rules) {
    const mark = rule.matched ? terminal.style("green", "✓") : terminal.style("dim", "·");
    const won = rule.won ? terminal.style("bold", "  ← decides") : "";
    terminal.print(`${mark} ${safeLine(rule.rule)} ${rule.decision}${won}${asideOf(rule)}`);
    for (const clause of rule.clauses) {
      const sign = (clause.error ?? null) === null ? (clause.matched ? "✓" : "✗") : "?";
      terminal.print(`    ${sign} ${clause.clause}: ${safeLine(clause.because)}`);
    }
  }
  for (const note of trace.notes) terminal.print(`  ${safeLine(note)}`);
}

/** Why a rule that matches does not count; empty when it does. */
function asideOf({ matched, mode, exception }: TraceView["rules"][number]): string {
  if (typeof exception === "string") return `  (lifted by the exception ${safeLine(exception)})`;
  if (!matched || mode === undefined || mode === "enforce") return "";
  return `  (in ${mode} mode: does not count)`;
}
