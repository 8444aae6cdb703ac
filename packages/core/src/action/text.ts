// Makes text from agents safe to show, and finds what in it tries to steer its reader.

// Letters of joined emoji and of scripts that need them: harmless between visible characters.
const joiners = new Set([0x200c, 0x200d, 0xfe0f]);
const hidden = /[\p{Cs}\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u;
const hiddenAll = /[\p{Cs}\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;
/** Halves of a character that a cut went through: no database and no channel takes them. */
const loneSurrogates = /\p{Cs}/gu;
const emoji = /\p{Extended_Pictographic}/u;

/**
 * Draws control, zero-width, bidirectional and private characters as `‹U+202E›`, keeps line feeds
 * and tabs, so that what a person sees is what stands there. SECURITY: the input is the agent's.
 */
export function visibleText(text: string): string {
  if (!hidden.test(text)) return text;
  return text.replaceAll(hiddenAll, (character, offset: number) => {
    if (character === "\n" || character === "\t") return character;
    const code = character.codePointAt(0) ?? 0;
    if (joiners.has(code) && emoji.test(text.slice(Math.max(0, offset - 2), offset)))
      return character;
    return `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
  });
}

/** One line of visible text, cut in the middle when it is longer than `lengthMax`. */
export function visibleLine(text: string, lengthMax: number): string {
  const line = visibleText(text).replaceAll(/\s+/g, " ").trim();
  if (line.length <= lengthMax) return line;
  const half = Math.floor((lengthMax - 1) / 2);
  return `${line.slice(0, half)}…${line.slice(line.length - half)}`.replaceAll(loneSurrogates, "");
}

export type ClaimFlag = "hidden_characters" | "mixed_scripts" | "markup" | "urgency" | "authority";

const patterns: readonly (readonly [ClaimFlag, RegExp])[] = [
  ["markup", /<\/?[a-z][^>]{0,200}>|\[[^\]]{1,200}\]\([^)]{1,400}\)|https?:\/\//i],
  [
    "urgency",
    /\b(urgent(ly)?|immediately|asap|right away|no time|hurry|before it is too late|do not (check|verify|review)|no need to (check|verify|review))\b/i,
  ],
  [
    "authority",
    /\b(already (been )?approved|pre-?approved|approved by|authori[sz]ed by|the (ceo|cto|cfo|boss|director) (said|wants|asked)|just (click|press) approve|safe to approve|ignore (the|this|any) (policy|rule|warning))\b/i,
  ],
];
const mixed =
  /\p{Script=Latin}[\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}\p{Script=Greek}]\p{Script=Latin}/u;

/** What in the agent's words a reader should be warned of. */
export function flagsOf(texts: readonly (string | null)[]): readonly ClaimFlag[] {
  const found = new Set<ClaimFlag>();
  for (const text of texts) {
    if (text === null) continue;
    if (visibleText(text) !== text) found.add("hidden_characters");
    if (mixed.test(text)) found.add("mixed_scripts");
    for (const [flag, pattern] of patterns) if (pattern.test(text)) found.add(flag);
  }
  return [...found].sort();
}
