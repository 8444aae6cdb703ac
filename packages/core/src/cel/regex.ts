// Patterns of `matches`: RE2 syntax, compiled when the policy is loaded, run in time that the meter knows.

import { RE2JS } from "re2js";
import { isNarrow } from "./regex-width.ts";
import type { Meter } from "./meter.ts";

/** UTF-16 units of a pattern. */
export const patternLengthMax = 256;
/** Instructions of a compiled pattern. */
export const patternSizeMax = 300;
/** UTF-16 units of the text that a pattern is tried on. */
export const subjectLengthMax = 4_096;

export interface Pattern {
  /** Instructions. */
  readonly size: number;
  /**
   * True when all states of the pattern's automaton were made beforehand: each character is then one
   * look into a table. Else the engine may have to follow every instruction at every character.
   */
  readonly isNarrow: boolean;
  /** True when the pattern is found anywhere in the text. Pays before it looks. */
  readonly isIn: (text: string, meter: Meter) => boolean;
}

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly message: string };

/**
 * Patterns by their text: rules share them, and a policy is read many times before it changes. What is
 * kept depends on the text alone, so no answer depends on what was read before.
 */
const kept = new Map<string, CompiledPattern>();
const keptMax = 256;

export function compilePattern(source: string): CompiledPattern {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const compiled = compileAnew(source);
  const oldest = kept.size >= keptMax ? kept.keys().next().value : undefined;
  if (oldest !== undefined) kept.delete(oldest);
  kept.set(source, compiled);
  return compiled;
}

function compileAnew(source: string): CompiledPattern {
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
  const narrow = isNarrow(compiled, size);
  const perCharacter = narrow ? 0.5 : size / 2;
  const isIn = (text: string, meter: Meter): boolean => {
    meter.charge(2 + (text.length + 1) * perCharacter);
    return compiled.test(text);
  };
  return { ok: true, pattern: { size, isNarrow: narrow, isIn } };
}

/** The text is the reason of a refusal; the library has no other way to refuse than to throw. */
function tryCompile(source: string): RE2JS | string {
  try {
    return RE2JS.compile(source);
  } catch (thrown) {
    return `the pattern is not RE2: ${thrown instanceof Error ? thrown.message : "unreadable"}`;
  }
}
