// Translates topic patterns: theirs match across dots, ours count segments.

import { topicGlobFault } from "../policy/glob.ts";
import { quoted } from "./text.ts";

export interface TopicTranslation {
  /** Patterns of `match.topics`; null when `when` has to say it. */
  readonly topics: readonly string[] | null;
  readonly when: string | null;
}

/**
 * SPEC: their patterns are those of Go's `path.Match`: `*` is any run without `/`, so in a dotted
 * topic it crosses dots; `?` is one character, `[a-z]` a class, `\` takes a meaning away.
 */
export function translateTopics(globs: readonly string[]): TopicTranslation {
  const simple = globs.map(asTopicGlob);
  if (simple.every((glob) => glob !== null)) return { topics: simple, when: null };
  const tests = globs.map((glob) => `action.topic.matches(${quoted(regexOf(glob))})`);
  return { topics: null, when: tests.length === 1 ? (tests[0] ?? "") : `(${tests.join(" || ")})` };
}

/** The same set of topics as a pattern of ours; null when there is none. */
function asTopicGlob(glob: string): string | null {
  if (glob === "*") return "**";
  if (!/[*?[\\]/.test(glob)) return topicGlobFault(glob) === null ? glob : null;
  if (!glob.endsWith(".*")) return null;
  const head = glob.slice(0, -2);
  if (/[*?[\\]/.test(head)) return null;
  const ours = `${head}.**`;
  return topicGlobFault(ours) === null ? ours : null;
}

/** Why a pattern means nothing in `path.Match`; null when it does. */
export function pathMatchFault(glob: string): string | null {
  for (let at = 0; at < glob.length; at += 1) {
    const sign = glob[at];
    if (sign === "\\") {
      if (at + 1 >= glob.length) return "a `\\` stands at the end";
      at += 1;
    } else if (sign === "[") {
      const end = classEnd(glob, at);
      if (end < 0) return "a `[` is not closed";
      at = end;
    }
  }
  return null;
}

function classEnd(glob: string, from: number): number {
  const close = glob.indexOf("]", from + 2);
  const inside = glob.slice(from + 1, close);
  return close < 0 || inside.includes("\\") || inside.includes("[") || inside === "^" ? -1 : close;
}

function regexOf(glob: string): string {
  let regex = "^";
  for (let at = 0; at < glob.length; at += 1) {
    const sign = glob[at] ?? "";
    if (sign === "*") regex += "[^/]*";
    else if (sign === "?") regex += "[^/]";
    else if (sign === "[") {
      const end = classEnd(glob, at);
      regex += glob.slice(at, end + 1);
      at = end;
    } else if (sign === "\\") {
      at += 1;
      regex += literal(glob[at] ?? "");
    } else regex += literal(sign);
  }
  return `${regex}$`;
}

function literal(sign: string): string {
  return /[A-Za-z0-9_-]/.test(sign) ? sign : `\\${sign}`;
}
