// Reads the text of an expression into its tree, within limits that keep every later step small.

import { isBidiControl, parseLimits } from "./parse-limits.ts";
import { checkShape } from "./parse-shape.ts";
import { asMacro } from "./parse-macro.ts";
import { readConstant } from "./parse-constant.ts";
import { lex, syntaxFault, type Token } from "./lex.ts";
import type { CallExpr, Expr, MapExpr } from "./ast.ts";
import type { CelFault } from "./fault.ts";

export type ParsedCel =
  | { readonly ok: true; readonly ast: Expr }
  | { readonly ok: false; readonly faults: readonly CelFault[] };

export function parseCel(source: string): ParsedCel {
  const fault = sourceFault(source);
  if (fault !== null) return { ok: false, faults: [fault] };
  const lexed = lex(source);
  const parser = new Parser(lexed.tokens);
  const ast = parser.parseWhole();
  // The lexer saw the whole text, the parser perhaps only its start: the first place is the cause.
  const faults = [parser.fault, lexed.fault].filter((one) => one !== null);
  const first = faults.toSorted((a, b) => a.at - b.at)[0] ?? checkShape(ast);
  return first === null ? { ok: true, ast } : { ok: false, faults: [first] };
}

function sourceFault(source: string): CelFault | null {
  if (source.length > parseLimits.sourceLength) {
    const message = `the expression is longer than ${parseLimits.sourceLength} characters`;
    const place = { at: parseLimits.sourceLength, end: source.length };
    return { ...syntaxFault(message, place, null), code: "too_long" };
  }
  for (let at = 0; at < source.length; at++) {
    if (!isBidiControl(source.charCodeAt(at))) continue;
    const help = "write it as an escape, such as `\\u202e`, so that readers see it";
    return syntaxFault("a character that changes the direction of text", { at, end: at + 1 }, help);
  }
  return null;
}

const binaryLevels: ReadonlyMap<string, number> = new Map([
  ["||", 1],
  ["&&", 2],
  ...["<", "<=", ">", ">=", "==", "!=", "in"].map((sign) => [sign, 3] as const),
  ["+", 4],
  ["-", 4],
  ["*", 5],
  ["/", 5],
  ["%", 5],
]);

const wordsForSigns: ReadonlyMap<string, string> = new Map([
  ["and", "use `&&`"],
  ["or", "use `||`"],
  ["not", "use `!`"],
  ["is", "use `==`"],
  ["AND", "use `&&`"],
  ["OR", "use `||`"],
  ["NOT", "use `!`"],
]);

const reservedWords: ReadonlySet<string> = new Set(
  (
    "as break const continue else for function if import let loop package namespace return var " +
    "void while"
  ).split(" "),
);
const literalWords: ReadonlySet<string> = new Set(["true", "false", "null", "in"]);

/**
 * INVARIANT: after the first fault the parser stands at the end of the tokens, so every loop ends; the
 * tree is then of no use and nobody sees it.
 */
class Parser {
  fault: CelFault | null = null;
  readonly #tokens: readonly Token[];
  #index = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parseWhole(): Expr {
    const ast = this.#expression();
    const token = this.#peek();
    if (token.kind !== "end") this.#fail(token, ...this.#unexpected(token));
    return ast;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#index + ahead] ?? this.#last();
  }

  #last(): Token {
    return this.#tokens.at(-1) ?? { kind: "end", text: "", bytes: null, at: 0, end: 0 };
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== "end") this.#index++;
    return token;
  }

  #isSign(text: string): boolean {
    const token = this.#peek();
    return token.kind === "sign" && token.text === text;
  }

  #takeSign(text: string): boolean {
    if (!this.#isSign(text)) return false;
    this.#index++;
    return true;
  }

  #expect(text: string, what: string): Token {
    const token = this.#peek();
    if (this.#isSign(text)) return this.#take();
    const [message, help] = this.#unexpected(token);
    this.#fail(token, `${message}: ${what} wants \`${text}\` here`, help);
    return token;
  }

  #fail(
    place: { readonly at: number; readonly end: number },
    message: string,
    help: string | null,
  ) {
    this.fault ??= syntaxFault(message, place, help);
    this.#index = this.#tokens.length - 1;
  }

  #unexpected(token: Token): [string, string | null] {
    const before = this.#tokens[this.#index - 1];
    const help = wordsForSigns.get(token.text) ?? wordsForSigns.get(before?.text ?? "") ?? null;
    if (token.kind === "end") return ["the expression ends too early", help];
    if (token.kind === "string") return ["unexpected string literal", help];
    if (token.text === "=") return ["unexpected `=`", "use `==`"];
    return [`unexpected \`${token.text}\``, help];
  }

  #expression(): Expr {
    if (++this.#nesting > parseLimits.depth) {
      const token = this.#peek();
      const message = `the expression has more than ${parseLimits.depth} levels of nesting`;
      this.fault ??= { ...syntaxFault(message, token, null), code: "too_large" };
      this.#index = this.#tokens.length - 1;
      return nothing(token);
    }
    const condition = this.#binary(1);
    const sign = this.#peek();
    let expr = condition;
    if (this.#takeSign("?")) {
      const yes = this.#binary(1);
      this.#expect(":", "a choice with `?`");
      const no = this.#expression();
      const place = { at: condition.at, end: no.end, nameAt: sign.at };
      expr = { kind: "call", name: "?:", target: null, args: [condition, yes, no], ...place };
    }
    this.#nesting--;
    return expr;
  }

  /** All operators of one level and above, to the left; chains of `||` and `&&` become a flat tree. */
  #binary(level: number): Expr {
    if (level > 5) return this.#unary();
    const operands: Expr[] = [this.#binary(level + 1)];
    const signs: Token[] = [];
    for (;;) {
      const token = this.#peek();
      const isOperator = token.kind === "sign" || (token.kind === "ident" && token.text === "in");
      if (!isOperator || binaryLevels.get(token.text) !== level) break;
      signs.push(this.#take());
      operands.push(this.#binary(level + 1));
    }
    return level <= 2 ? balance(operands, signs) : chain(operands, signs);
  }

  #unary(): Expr {
    const signs: Token[] = [];
    while (this.#isSign("!") || this.#isSign("-")) {
      const next = this.#peek(1).kind;
      const isNegative = next === "int" || next === "double";
      if (this.#isSign("-") && isNegative && signs.at(-1)?.text !== "-") break;
      const sign = this.#take();
      if (signs.length > 0 && signs[0]?.text !== sign.text) {
        this.#fail(sign, `unexpected \`${sign.text}\``, "put the operand into parentheses");
      }
      signs.push(sign);
    }
    let expr = this.#member();
    for (const sign of signs.toReversed()) {
      const place = { at: sign.at, end: expr.end, nameAt: sign.at };
      expr = { kind: "call", name: sign.text, target: null, args: [expr], ...place };
    }
    return expr;
  }

  #member(): Expr {
    let expr = this.#primary();
    for (;;) {
      if (this.#takeSign(".")) expr = this.#afterDot(expr);
      else if (this.#takeSign("[")) {
        const index = this.#expression();
        const close = this.#expect("]", "an index");
        expr = { kind: "index", operand: expr, index, at: expr.at, end: close.end };
      } else if (this.#isSign("{") && isNamePath(expr)) {
        this.#fail(this.#peek(), "messages cannot be built in a policy", null);
      } else return expr;
    }
  }

  #afterDot(operand: Expr): Expr {
    const name = this.#take();
    if (name.kind !== "ident" && name.kind !== "quoted") {
      const help = name.text === "?" ? "test with `has(…)` before reading" : null;
      this.#fail(name, "the name of a field is missing after `.`", help);
      return operand;
    }
    if (name.kind === "ident" && literalWords.has(name.text)) {
      this.#fail(name, `\`${name.text}\` cannot be the name of a field`, "write it in back-ticks");
    }
    if (name.kind === "ident" && this.#takeSign("(")) return this.#call(operand, name);
    const place = { at: operand.at, end: name.end, fieldAt: name.at };
    return { kind: "select", operand, field: name.text, isTest: false, ...place };
  }

  #call(target: Expr | null, name: Token): Expr {
    const args = this.#listUntil(")", "a call");
    const close = this.#tokens[this.#index - 1] ?? name;
    const place = { at: target?.at ?? name.at, end: close.end, nameAt: name.at };
    const call: CallExpr = { kind: "call", name: name.text, target, args, ...place };
    const macro = asMacro(call);
    if (macro === null) return call;
    if ("severity" in macro) {
      this.fault ??= macro;
      this.#fail(call, macro.message, macro.help);
      return call;
    }
    return macro;
  }

  #listUntil(close: string, what: string): Expr[] {
    const items: Expr[] = [];
    if (this.#takeSign(close)) return items;
    for (;;) {
      items.push(this.#expression());
      if (this.#takeSign(close)) return items;
      if (!this.#takeSign(",")) {
        this.#expect(close, what);
        return items;
      }
      if (close === "]" && this.#takeSign(close)) return items;
    }
  }

  #primary(): Expr {
    const token = this.#take();
    if (token.kind === "ident") return this.#named(token);
    if (token.kind === "sign") return this.#signed(token);
    if (token.kind === "end" || token.kind === "quoted") {
      this.#fail(token, ...this.#unexpected(token));
      return nothing(token);
    }
    return this.#constant(token, null);
  }

  #constant(token: Token, minus: Token | null): Expr {
    const constant = readConstant(token, minus === null ? "" : "-");
    const place = { at: (minus ?? token).at, end: token.end };
    if (typeof constant !== "string") return { kind: "constant", constant, ...place };
    this.#fail(place, constant, null);
    return nothing(token);
  }

  #named(token: Token): Expr {
    const { at, end } = token;
    if (token.text === "true" || token.text === "false") {
      const constant = { type: "bool", value: token.text === "true" } as const;
      return { kind: "constant", constant, at, end };
    }
    if (token.text === "null") return { kind: "constant", constant: { type: "null" }, at, end };
    if (token.text === "in" || reservedWords.has(token.text)) {
      const [message, help] = this.#unexpected(token);
      this.#fail(
        token,
        reservedWords.has(token.text) ? `${message}: a reserved word` : message,
        help,
      );
      return nothing(token);
    }
    if (this.#takeSign("(")) return this.#call(null, token);
    return { kind: "ident", name: token.text, at, end };
  }

  #signed(token: Token): Expr {
    if (token.text === "(") {
      const inner = this.#expression();
      this.#expect(")", "an open parenthesis");
      return inner;
    }
    if (token.text === "[") {
      const items = this.#listUntil("]", "a list");
      return { kind: "list", items, at: token.at, end: this.#endOfLast(token) };
    }
    if (token.text === "{") return this.#map(token);
    // Only `#unary` leaves a minus here, and only before a number that it belongs to.
    if (token.text === "-") {
      const number = this.#take();
      if (number.kind === "int" || number.kind === "double") return this.#constant(number, token);
    }
    this.#index--;
    this.#fail(token, ...this.#unexpected(token));
    return nothing(token);
  }

  #endOfLast(fallback: Token): number {
    return (this.#tokens[this.#index - 1] ?? fallback).end;
  }

  #map(open: Token): Expr {
    const entries: MapExpr["entries"][number][] = [];
    while (!this.#isSign("}")) {
      const key = this.#expression();
      this.#expect(":", "a map");
      entries.push({ key, value: this.#expression() });
      if (!this.#takeSign(",")) break;
    }
    this.#expect("}", "a map");
    return { kind: "map", entries, at: open.at, end: this.#endOfLast(open) };
  }
}

function nothing(token: Token): Expr {
  return { kind: "constant", constant: { type: "null" }, at: token.at, end: token.end };
}

/** `a.b` before a brace would be the name of a message. */
function isNamePath(expr: Expr): boolean {
  if (expr.kind === "ident") return true;
  return expr.kind === "select" && isNamePath(expr.operand);
}

function chain(operands: readonly Expr[], signs: readonly Token[]): Expr {
  const [first, ...rest] = operands;
  return rest.reduce((left, right, index) => join(left, signs[index], right), first as Expr);
}

/** The same value by the rules of `||` and `&&`, which do not mind how a chain is grouped. */
function balance(operands: readonly Expr[], signs: readonly Token[]): Expr {
  if (operands.length <= 2) return chain(operands, signs);
  const middle = operands.length >> 1;
  const left = balance(operands.slice(0, middle), signs.slice(0, middle - 1));
  return join(left, signs[middle - 1], balance(operands.slice(middle), signs.slice(middle)));
}

function join(left: Expr, sign: Token | undefined, right: Expr): Expr {
  const place = { at: left.at, end: right.end, nameAt: sign?.at ?? left.end };
  return { kind: "call", name: sign?.text ?? "", target: null, args: [left, right], ...place };
}
