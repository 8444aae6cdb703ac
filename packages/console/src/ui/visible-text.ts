// Finds what the eye cannot see in a text, so that it can be drawn: hidden, control and bidirectional characters.

export type Segment =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "hidden"; readonly text: string; readonly name: string };

// SECURITY: agents choose these texts. Besides the Unicode classes, U+2800 is a letter-sized blank.
const hiddenPattern =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u{2800}]/u;
const hiddenRuns = new RegExp(hiddenPattern.source, "gu");
/** Joiners and selectors inside an emoji are part of its drawing; anywhere else they hide something. */
const emojiRuns =
  /(?:\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}]?\u{FE0F}?(?:\u{200D}\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}]?\u{FE0F}?)*)|[0-9#*]\u{FE0F}\u{20E3}/gu;

/** How one code point is drawn when it has no shape of its own. */
function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
}

/** `lines` keeps line feeds and tabs as they are: for texts of several lines. */
export function segmentsOf(text: string, lines: boolean): readonly Segment[] {
  if (!hiddenPattern.test(text)) return text === "" ? [] : [{ kind: "text", text }];
  const drawn = emojiSpans(text);
  const segments: Segment[] = [];
  let plainFrom = 0;
  for (const match of text.matchAll(hiddenRuns)) {
    const [character] = match;
    if (lines && (character === "\n" || character === "\t")) continue;
    if (drawn.some(([from, to]) => match.index >= from && match.index < to)) continue;
    if (match.index > plainFrom) {
      segments.push({ kind: "text", text: text.slice(plainFrom, match.index) });
    }
    segments.push({ kind: "hidden", text: character, name: nameOf(character) });
    plainFrom = match.index + character.length;
  }
  if (plainFrom < text.length) segments.push({ kind: "text", text: text.slice(plainFrom) });
  return segments;
}

function emojiSpans(text: string): readonly (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  for (const match of text.matchAll(emojiRuns)) {
    spans.push([match.index, match.index + match[0].length]);
  }
  return spans;
}

export function hasHidden(text: string, lines: boolean): boolean {
  return segmentsOf(text, lines).some((segment) => segment.kind === "hidden");
}

/** The same text with every hidden character written out. */
export function writtenOut(text: string, lines: boolean): string {
  return segmentsOf(text, lines)
    .map((segment) => (segment.kind === "hidden" ? segment.name : segment.text))
    .join("");
}

const scripts = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
];

/** Words that mix look-alike alphabets, such as a Cyrillic letter in a Latin name. */
export function mixedWords(text: string): readonly string[] {
  const words = text.match(/[\p{L}\p{M}\p{N}_-]+/gu) ?? [];
  return words.filter((word) => scripts.filter((script) => script.test(word)).length > 1);
}

export interface Cut {
  readonly head: string;
  readonly tail: string;
  readonly hidden: number;
}

/** Cuts a long text in the middle, at whole characters; null when it is short enough. */
export function cutMiddle(text: string, lengthMax: number, linesMax: number): Cut | null {
  const lines = text.split("\n");
  if (lines.length > linesMax) {
    const head = lines.slice(0, Math.ceil(linesMax * 0.6)).join("\n");
    const tail = lines.slice(-Math.floor(linesMax * 0.3)).join("\n");
    if (head.length + tail.length <= lengthMax) {
      return { head, tail, hidden: text.length - head.length - tail.length };
    }
  }
  if (text.length <= lengthMax) return null;
  const head = wholeEnd(text.slice(0, Math.ceil(lengthMax * 0.6)));
  const tail = wholeStart(text.slice(-Math.floor(lengthMax * 0.3)));
  return { head, tail, hidden: text.length - head.length - tail.length };
}

function wholeEnd(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}

function wholeStart(text: string): string {
  return /^[\uDC00-\uDFFF]/.test(text) ? text.slice(1) : text;
}
