// The two kinds of pattern in a policy: dotted topics, and names of agents and tools.

import { topicLengthMax, topicSegmentsMax } from "../base/limits.ts";

/** Why a topic pattern cannot be used; null when it can. */
export function topicGlobFault(glob: string): string | null {
  if (glob.length === 0 || glob.length > topicLengthMax) {
    return `a topic has 1 to ${topicLengthMax} characters`;
  }
  const segments = glob.split(".");
  if (segments.length > topicSegmentsMax) return `a topic has at most ${topicSegmentsMax} segments`;
  for (const [index, segment] of segments.entries()) {
    if (segment === "**") {
      if (index < segments.length - 1) return "`**` stands for the rest, so it can only come last";
    } else if (segment !== "*" && !/^[a-z0-9_-]+$/.test(segment)) {
      return segment === ""
        ? "a segment between two dots is empty"
        : `\`${segment}\` is no segment: use a-z, 0-9, \`_\`, \`-\`, or \`*\` or \`**\` alone`;
    }
  }
  return null;
}

/** Why a pattern of names cannot be used; null when it can. */
export function nameGlobFault(glob: string): string | null {
  if (glob.length === 0 || glob.length > NAME_GLOB_LENGTH_MAX) {
    return `a pattern has 1 to ${NAME_GLOB_LENGTH_MAX} characters`;
  }
  if (/\*{3}/.test(glob)) return "write `*` for a part of a name or `**` for any of it";
  if (/[?[\]{}!\\^$|()\s]/.test(glob)) return "`*` and `**` are the only characters with a meaning";
  return null;
}

/** A matcher of one pattern of names: `*` is any run without a dot, `**` any run at all. */
export type NameMatcher = (name: string) => boolean;

export function nameMatcher(glob: string): NameMatcher {
  const star = glob.indexOf("*");
  if (star < 0) return (name) => name === glob;
  if (glob === "**") return () => true;
  const head = glob.slice(0, star);
  if (glob.length === star + 2 && glob.endsWith("**")) return (name) => name.startsWith(head);
  if (glob.length === star + 1) {
    return (name) => name.startsWith(head) && !name.includes(".", head.length);
  }
  const tokens = glob.match(/\*\*|\*|[^*]/gs) ?? [];
  return (name) => name.startsWith(head) && walk(tokens, name);
}

/**
 * Follows every way through the pattern at once.
 * SECURITY: names come from outside; the work is bounded by pattern length times name length.
 */
function walk(tokens: readonly string[], name: string): boolean {
  let reached = new Uint8Array(tokens.length + 1);
  reached[0] = 1;
  skipStars(tokens, reached);
  for (const letter of name) {
    const next = new Uint8Array(tokens.length + 1);
    for (const [index, token] of tokens.entries()) {
      if (reached[index] !== 1) continue;
      if (token === "**" || (token === "*" && letter !== ".")) next[index] = 1;
      else if (token === letter) next[index + 1] = 1;
    }
    skipStars(tokens, next);
    reached = next;
  }
  return reached[tokens.length] === 1;
}

/** A star may stand for nothing. */
function skipStars(tokens: readonly string[], reached: Uint8Array): void {
  for (const [index, token] of tokens.entries()) {
    if (reached[index] === 1 && token.startsWith("*")) reached[index + 1] = 1;
  }
}

const NAME_GLOB_LENGTH_MAX = 256;
