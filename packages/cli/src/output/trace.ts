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
