// Turns YAML text or stored JSON into one positioned tree, so that both are read by the same code.

import { Lexer, LineCounter, parseDocument } from "yaml";
import { jsonDepthMax, policyBytesMax, policyNodesMax } from "../base/limits.ts";
import type { Json } from "../base/json/value.ts";
import type { Finding } from "../policy/finding.ts";
import { quickTree } from "./quick-source.ts";
import { type Refuse, type SourceNode, Tree } from "./source-tree.ts";

export interface Source {
  /** Null when there is nothing to read; then there is an error among the findings. */
  readonly root: SourceNode | null;
  readonly findings: readonly Finding[];
  readonly locate: (at: number) => { line: number; column: number };
  /** The text that places are offsets into; null for stored JSON. */
  readonly text: string | null;
}

/** Reads YAML 1.2 with the core schema: no merge keys, no other tags, no repeated keys. */
export function sourceFromYaml(text: string): Source {
  const obstacle = obstacleIn(text);
  const root = obstacle === null ? quickTree(text) : null;
  if (root === null) return sourceFromAnyYaml(text, obstacle);
  const lines = new LineCounter();
  countLines(lines, text, text.length);
  return { root, findings: [], locate: locatorOf(lines), text };
}

/** By the YAML library, whatever the text holds; `obstacle` says why it is not even handed to it. */
export function sourceFromAnyYaml(text: string, obstacle: Obstacle | null = null): Source {
  const lines = new LineCounter();
  const findings: Finding[] = [];
  const locate = locatorOf(lines);
  const report: Refuse = (code, message, at, help = null) => {
    findings.push({ severity: "error", code, message, ...locate(at), path: "", help });
  };
  const reason = obstacle ?? depthObstacleIn(text);
  if (reason === null) return { root: compose(text, lines, report), findings, locate, text };
  countLines(lines, text, reason.at);
  report(reason.code, reason.message, reason.at, reason.help);
  return { root: null, findings, locate, text };
}

function locatorOf(lines: LineCounter): Source["locate"] {
  return (at) => {
    const place = lines.linePos(at);
    return { line: Math.max(1, place.line), column: Math.max(1, place.col) };
  };
}

/** Reads stored JSON; every place in it is the first one. */
export function sourceFromJson(json: Json): Source {
  const locate = (): { line: number; column: number } => ({ line: 1, column: 1 });
  return { root: fromJson(json), findings: [], locate, text: null };
}

interface Obstacle {
  readonly code: string;
  readonly message: string;
  readonly at: number;
  readonly help: string | null;
}

/** Why the text is not read at all. */
function obstacleIn(text: string): Obstacle | null {
  if (text.length > policyBytesMax) {
    const message = `the file is larger than ${policyBytesMax} bytes`;
    return { code: "file_too_large", message, at: 0, help: null };
  }
  // SECURITY: text whose direction is changed shows a reviewer another rule than the one that runs.
  const hidden = text.search(hiddenCharacter);
  if (hidden >= 0) {
    const message = "the file holds a control character or one that changes the direction of text";
    const help = "remove it; nobody can review what they cannot see";
    return { code: "hidden_character", message, at: hidden, help };
  }
  return null;
}

function depthObstacleIn(text: string): Obstacle | null {
  const deep = tooDeepAt(text);
  if (deep < 0) return null;
  const message = "the file nests more deeply than any policy does";
  return { code: "yaml_invalid", message, at: deep, help: null };
}

/**
 * SECURITY: the YAML library calls itself for each level, and running out of stack there can end
 * the process instead of throwing, so the depth is bounded before. The lexer does not call itself.
 */
function tooDeepAt(text: string): number {
  const wide = text.search(wideIndent);
  if (wide >= 0) return wide;
  let depth = 0;
  let at = 0;
  let isText = false;
  for (const token of new Lexer().lex(text)) {
    if (!isText && (token === "[" || token === "{")) depth += 1;
    if (!isText && (token === "]" || token === "}")) depth -= 1;
    if (depth > jsonDepthMax) return at;
    isText = token === scalarMark;
    // The marks of the lexer are not part of the text.
    if (!lexerMarks.has(token)) at += token.length;
  }
  return -1;
}

function compose(text: string, lines: LineCounter, refuse: Refuse): SourceNode | null {
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false,
    intAsBigInt: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const faults = [...document.errors, ...document.warnings];
  for (const fault of faults.slice(0, YAML_FAULTS_MAX)) {
    refuse("yaml_invalid", plain(fault.message), fault.pos[0]);
  }
  if (faults.length > 0) return null;
  if (document.contents === null) {
    refuse("file_empty", "the file holds no policy", 0, "begin with `version: v1`");
    return null;
  }
  const tree = new Tree(refuse);
  const root = tree.convert(document.contents, 0);
  if (root !== null && root.size > policyNodesMax) {
    refuse("file_too_large", `the file holds more than ${policyNodesMax} values`, 0);
    return null;
  }
  return tree.isSound ? root : null;
}

function plain(message: string): string {
  const first = message.split("\n")[0] ?? message;
  return first.charAt(0).toLowerCase() + first.slice(1);
}

function countLines(lines: LineCounter, text: string, until: number): void {
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0 && at < until; at = text.indexOf("\n", at + 1)) {
    lines.addNewLine(at + 1);
  }
}

function fromJson(json: Json): SourceNode {
  if (Array.isArray(json)) {
    return { kind: "list", at: 0, size: 1, height: 1, items: json.map(fromJson) };
  }
  if (typeof json === "object" && json !== null) {
    const fields = Object.entries(json).map(([key, value]) => ({
      key,
      keyAt: 0,
      value: fromJson(value),
    }));
    return { kind: "map", at: 0, size: 1, height: 1, fields };
  }
  return { kind: "scalar", at: 0, size: 1, height: 0, value: json, end: 0, style: null };
}

// Built from escapes, because control characters have no place in a literal.
const hiddenCharacter = new RegExp(
  "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069]",
);
/** Each level of a block takes a column, so what begins within this many is shallow enough. */
const wideIndent = /^(?=[ \t\-?:])(?:[ \t]|[-?:](?=[ \t])){200}/m;
const scalarMark = "\u001f";
const lexerMarks = new Set(["\u0002", "\u0018", "\u001f"]);
const YAML_FAULTS_MAX = 50;
