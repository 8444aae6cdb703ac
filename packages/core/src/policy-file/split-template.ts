// Takes a text with `${…}` apart; `$${` stands for `${` itself.

export interface TemplateExpression {
  readonly source: string;
  /** Offset into the text. */
  readonly at: number;
}

export type SplitTemplate =
  | { readonly ok: true; readonly parts: readonly (string | TemplateExpression)[] }
  | {
      readonly ok: false;
      readonly message: string;
      readonly help: string;
      readonly at: number;
      readonly end: number;
    };

export function splitTemplate(text: string): SplitTemplate {
  const parts: (string | TemplateExpression)[] = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    if (text.startsWith("$${", at)) {
      plain += "${";
      at += 3;
    } else if (text.startsWith("${", at)) {
      const end = closingOf(text, at + 2);
      if (end < 0) {
        const help = "close it with `}`, or write `$${` when `${` is meant as text";
        return { ok: false, message: "`${` is not closed", help, at, end: at + 2 };
      }
      const source = text.slice(at + 2, end);
      if (source.trim() === "") {
        const help = "write an expression between the braces";
        return { ok: false, message: "`${}` holds no expression", help, at, end: end + 1 };
      }
      if (plain !== "") parts.push(plain);
      plain = "";
      parts.push({ source, at: at + 2 });
      at = end + 1;
    } else {
      plain += text.charAt(at);
      at += 1;
    }
  }
  if (plain !== "") parts.push(plain);
  return { ok: true, parts };
}

/** Where the brace that closes an expression stands; braces in maps and in strings do not close it. */
function closingOf(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const letter = text.charAt(at);
    if (letter === '"' || letter === "'") {
      at = stringEnd(text, at);
      continue;
    }
    if (letter === "{") depth += 1;
    if (letter === "}") {
      if (depth === 0) return at;
      depth -= 1;
    }
    at += 1;
  }
  return -1;
}

function stringEnd(text: string, at: number): number {
  const quote = text.charAt(at);
  const mark = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  const isRaw = /[rR]/.test(text.charAt(at - 1));
  let next = at + mark.length;
  while (next < text.length) {
    if (text.startsWith(mark, next)) return next + mark.length;
    next += !isRaw && text.charAt(next) === "\\" ? 2 : 1;
  }
  return text.length;
}
