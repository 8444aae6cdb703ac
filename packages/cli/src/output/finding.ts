// Findings about a file for a person: place, words, the line itself with a mark under it.

import { renderFinding } from "@holdpoint/core/policy-file/render-finding";
import type { FindingView } from "@holdpoint/core/wire/response";
import { safe, type Terminal } from "./terminal.ts";

export function printFindings(
  terminal: Terminal,
  from: { readonly file: string; readonly text: string },
  findings: readonly FindingView[],
): void {
  for (const finding of findings) {
    const text = renderFinding(finding, from.text, from.file);
    const [head = "", ...rest] = safe(text).split("\n");
    terminal.print(terminal.style(colours[finding.severity], head));
    for (const line of rest) terminal.print(line);
  }
}

const colours = { error: "red", warning: "yellow", note: "dim" } as const;
