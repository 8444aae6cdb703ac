// Patterns of `matches`: RE2 syntax, compiled when the policy is loaded, run in time that the meter knows.

import { RE2JS } from "re2js";
import type { Meter } from "./meter.ts";

/** UTF-16 units of a pattern. */
export const patternLengthMax = 256;
/** Instructions of a compiled pattern. */
export const patternSizeMax = 300;
/** UTF-16 units of the text that a pattern is tried on. */
export const subjectLengthMax = 4_096;

/** Steps, each an instruction at a character, that one unit pays for when the engine is at its slowest. */
const stepsPerUnit = 2;

export interface Pattern {
  readonly size: number;
  /** True when the pattern is found anywhere in the text. Pays before it looks. */
  readonly isIn: (text: string, meter: Meter) => boolean;
}

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly message: string };

export function compilePattern(source: string): CompiledPattern {
  if (source.length > patternLengthMax) {
    return { ok: false, message: `the pattern is longer than ${patternLengthMax} characters` };
  }
  const compiled = tryCompile(source);
  if (typeof compiled === "string") return { ok: false, message: compiled };
  const size = compiled.programSize();
  if (size > patternSizeMax) {
    const message = `the pattern is too large: ${size} instructions, at most ${patternSizeMax}`;
    return { ok: false, message };
  }
  const isIn = (text: string, meter: Meter): boolean => {
    meter.charge(unitsOf(text.length, size));
    return compiled.test(text);
  };
  return { ok: true, pattern: { size, isIn } };
}

export function unitsOf(length: number, size: number): number {
  return 8 + ((length + 1) * size) / stepsPerUnit;
}

/** The text is the reason of a refusal; the library has no other way to refuse than to throw. */
function tryCompile(source: string): RE2JS | string {
  try {
    return RE2JS.compile(source);
  } catch (thrown) {
    return `the pattern is not RE2: ${thrown instanceof Error ? thrown.message : "unreadable"}`;
  }
}
