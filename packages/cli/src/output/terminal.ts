// Where a command writes: plain text in colours for people, or JSON for programs.

import { styleText } from "node:util";
import { visibleText } from "@holdpoint/core/action/text";

export type Style = Parameters<typeof styleText>[0];

export interface Terminal {
  /** True when programs read the output: only JSON goes to standard output. */
  readonly json: boolean;
  /** True when a person can be asked. */
  readonly interactive: boolean;
  /** Characters in a line. */
  readonly columns: number;
  /** A line to standard output. What comes from agents has to go through `safe` first. */
  print(line?: string): void;
  /** A value to standard output, as one JSON document. */
  printJson(value: unknown): void;
  /** A line to standard error. */
  note(line: string): void;
  style(style: Style, text: string): string;
}

const COLUMNS_DEFAULT = 100;

export function makeTerminal(options: { readonly json: boolean }): Terminal {
  const { stdout, stderr, stdin, env } = process;
  const wanted = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  const unwanted = env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "";
  const coloured = wanted || (stdout.isTTY && !unwanted && env["TERM"] !== "dumb");
  return {
    json: options.json,
    interactive: stdin.isTTY && stdout.isTTY && !options.json,
    columns: stdout.columns > 0 ? stdout.columns : COLUMNS_DEFAULT,
    print: (line = "") => void stdout.write(`${line}\n`),
    printJson: (value) => void stdout.write(`${safeJson(value)}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    style: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  };
}

/**
 * Text from elsewhere, fit for a terminal. SECURITY: escape sequences, control, zero-width and
 * bidirectional characters are drawn, not sent; line feeds and tabs stay.
 */
export function safe(text: string): string {
  return visibleText(text).replaceAll("\r", "‹U+000D›");
}

/** The same on one line. */
export function safeLine(text: string): string {
  return safe(text).replaceAll(/[\n\t]+/g, " ");
}

/** JSON whose strings carry no character that a terminal acts on: the same value, written with escapes. */
export function safeJson(value: unknown): string {
  return withoutHidden(JSON.stringify(value, null, 2));
}

/** The same in one line. */
export function safeJsonLine(value: unknown): string {
  return withoutHidden(JSON.stringify(value));
}

function withoutHidden(json: string): string {
  return json.replaceAll(HIDDEN, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

// Line feeds are those between the members: inside of strings JSON.stringify has escaped them.
const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
