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
  const rest = walker(glob.slice(star));
  return (name) => name.startsWith(head) && rest(name, head.length);
}

/** What may stand at one place of a pattern: a letter, or one of the two stars. */
const anyButDot = -1;
const anyAtAll = -2;

/**
 * Follows every way through the pattern at once, from a place in the name on.
 * SECURITY: names come from outside; the work is bounded by pattern length times name length, and
 * nothing is allocated for a letter.
 */
function walker(glob: string): (name: string, from: number) => boolean {
  const tokens = Int32Array.from(glob.match(/\*\*|\*|[^*]/gs) ?? [], (token) =>
    token === "**" ? anyAtAll : token === "*" ? anyButDot : token.charCodeAt(0),
  );
  const end = tokens.length;
  const reached = new Uint8Array(end + 1);
  return (name, from) => {
    reached.fill(0);
    reached[0] = 1;
    skipStars(tokens, reached);
    for (let at = from; at < name.length; at += 1) {
      const letter = name.charCodeAt(at);
      let isOpen = false;
      reached[end] = 0;
      // From the end, so that no step is taken twice for one letter.
      for (let place = end - 1; place >= 0; place -= 1) {
        if (reached[place] === 0) continue;
        const token = tokens[place];
        if (token === letter) reached[place + 1] = 1;
        const stays = token === anyAtAll || (token === anyButDot && letter !== dot);
        reached[place] = stays ? 1 : 0;
        isOpen ||= stays || token === letter;
      }
      if (!isOpen) return false;
      skipStars(tokens, reached);
    }
    return reached[end] === 1;
  };
}

/** A star may stand for nothing. */
function skipStars(tokens: Int32Array, reached: Uint8Array): void {
  for (let place = 0; place < tokens.length; place += 1) {
    if (reached[place] === 1 && (tokens[place] ?? 0) < 0) reached[place + 1] = 1;
  }
}

const dot = ".".charCodeAt(0);
const NAME_GLOB_LENGTH_MAX = 256;
