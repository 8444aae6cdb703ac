// Colours a policy file for reading; it need not understand YAML, only never change a character.

export type TokenKind = "plain" | "comment" | "key" | "text" | "literal" | "mark";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const pattern =
  /(?<comment>(?:^|(?<=\s))#.*$)|(?<key>[\w.$-]+(?=\s*:(?:\s|$)))|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?<literal>(?<![\w.-])(?:true|false|null|-?\d+(?:\.\d+)?(?:ms|s|m|h|d|%)?)(?![\w.-]))|(?<mark>[{}[\],:>|&*!-])/g;

/** The tokens of one line; joined they are the line. */
export function tokensOf(line: string): readonly Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const match of line.matchAll(pattern)) {
    if (match.index > from) tokens.push({ kind: "plain", text: line.slice(from, match.index) });
    tokens.push({ kind: kindOf(match.groups), text: match[0] });
    from = match.index + match[0].length;
  }
  if (from < line.length) tokens.push({ kind: "plain", text: line.slice(from) });
  return tokens;
}

function kindOf(groups: Readonly<Record<string, string | undefined>> | undefined): TokenKind {
  for (const kind of ["comment", "key", "text", "literal", "mark"] as const) {
    if (groups?.[kind] !== undefined) return kind;
  }
  return "plain";
}
