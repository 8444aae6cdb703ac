// Turns YAML text or stored JSON into one positioned tree, so that both are read by the same code.

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Pair } from "yaml";
import { jsonDepthMax, policyBytesMax, policyNodesMax } from "../base/limits.ts";
import type { Json } from "../base/json/value.ts";
import type { Finding } from "./finding.ts";

export interface SourceField {
  readonly key: string;
  readonly keyAt: number;
  readonly value: SourceNode;
}

export type SourceScalar = string | number | boolean | null;

/** `at` is an offset into the text; `size` counts the values below, with aliases written out. */
export type SourceNode =
  | {
      readonly kind: "map";
      readonly at: number;
      readonly size: number;
      readonly fields: readonly SourceField[];
    }
  | {
      readonly kind: "list";
      readonly at: number;
      readonly size: number;
      readonly items: readonly SourceNode[];
    }
  | {
      readonly kind: "scalar";
      readonly at: number;
      readonly size: 1;
      readonly value: SourceScalar;
    };

export interface Source {
  /** Null when there is nothing to read; then there is an error among the findings. */
  readonly root: SourceNode | null;
  readonly findings: readonly Finding[];
  readonly locate: (at: number) => { line: number; column: number };
}

/** Reads YAML 1.2 with the core schema: no merge keys, no other tags, no repeated keys. */
export function sourceFromYaml(text: string): Source {
  const lines = new LineCounter();
  const findings: Finding[] = [];
  const locate = (at: number): { line: number; column: number } => {
    const place = lines.linePos(at);
    return { line: Math.max(1, place.line), column: Math.max(1, place.col) };
  };
  const report: Report = (code, message, at, help = null) => {
    findings.push({ severity: "error", code, message, ...locate(at), path: "", help });
  };
  const unreadable = hostileCharacter(text);
  if (text.length > policyBytesMax) {
    report("file_too_large", `the file is larger than ${policyBytesMax} bytes`, 0);
  } else if (unreadable >= 0) {
    lines.addNewLine(0);
    for (let at = text.indexOf("\n"); at >= 0 && at < unreadable; at = text.indexOf("\n", at + 1)) {
      lines.addNewLine(at + 1);
    }
    report(
      "hidden_character",
      "the file holds a control character or one that changes the direction of text",
      unreadable,
      "remove it; nobody can review what they cannot see",
    );
  }
  if (findings.length > 0) return { root: null, findings, locate };
  return { root: compose(text, lines, report), findings, locate };
}

/** Reads stored JSON; every place in it is the first one. */
export function sourceFromJson(json: Json): Source {
  return { root: fromJson(json), findings: [], locate: () => ({ line: 1, column: 1 }) };
}

type Report = (code: string, message: string, at: number, help?: string | null) => void;

function compose(text: string, lines: LineCounter, report: Report): SourceNode | null {
  let document;
  try {
    document = parseDocument(text, {
      version: "1.2",
      schema: "core",
      merge: false,
      resolveKnownTags: false,
      uniqueKeys: false,
      intAsBigInt: true,
      prettyErrors: false,
      lineCounter: lines,
    });
  } catch {
    report("yaml_invalid", "the file is nested more deeply than any policy is", 0);
    return null;
  }
  const faults = [...document.errors, ...document.warnings];
  for (const fault of faults.slice(0, YAML_FAULTS_MAX)) {
    report("yaml_invalid", plain(fault.message), fault.pos[0]);
  }
  if (faults.length > 0) return null;
  if (document.contents === null) {
    report("file_empty", "the file holds no policy", 0, "begin with `version: v1`");
    return null;
  }
  const tree = new Tree(report);
  const root = tree.convert(document.contents, 0);
  if (root !== null && root.size > policyNodesMax) {
    report("file_too_large", `the file holds more than ${policyNodesMax} values`, 0);
    return null;
  }
  return tree.isSound ? root : null;
}

function plain(message: string): string {
  const first = message.split("\n")[0] ?? message;
  return first.charAt(0).toLowerCase() + first.slice(1);
}

/** Converts nodes of the YAML library, once each: an alias shares what its anchor became. */
class Tree {
  isSound = true;
  readonly #anchors = new Map<string, SourceNode>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  convert(node: unknown, depth: number): SourceNode | null {
    if (isAlias(node)) return this.#alias(node.source, startOf(node));
    const at = startOf(node);
    if (depth > jsonDepthMax) {
      return this.#refuse("yaml_invalid", `values nest more than ${jsonDepthMax} deep`, at);
    }
    let made: SourceNode | null = null;
    if (isMap(node)) made = this.#map(node.items, at, depth);
    else if (isSeq(node)) made = this.#list(node.items, at, depth);
    else if (isScalar(node)) made = this.#scalar(node.value, node.source, at);
    else if (node === null) made = { kind: "scalar", at, size: 1, value: null };
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined && made !== null) this.#anchors.set(anchor, made);
    return made;
  }

  #alias(name: string, at: number): SourceNode | null {
    const found = this.#anchors.get(name);
    if (found !== undefined) return found;
    return this.#refuse("yaml_invalid", `the alias \`*${name}\` has no anchor before it`, at);
  }

  #map(items: readonly Pair[], at: number, depth: number): SourceNode {
    const fields: SourceField[] = [];
    const seen = new Set<string>();
    let size = 1;
    for (const pair of items) {
      const keyAt = startOf(pair.key);
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      if (typeof key !== "string" || key === "__proto__" || loneSurrogate.test(key)) {
        this.#refuse(
          "key_invalid",
          "a key has to be a word",
          keyAt,
          "put it in quotes if it is one",
        );
        continue;
      }
      if (key === "<<") {
        this.#refuse("key_invalid", "merge keys are not read", keyAt, "write the values out");
        continue;
      }
      if (seen.has(key)) {
        this.#refuse(
          "duplicate_key",
          `\`${key}\` stands here twice`,
          keyAt,
          "remove one of the two",
        );
        continue;
      }
      seen.add(key);
      const value = this.convert(pair.value, depth + 1);
      if (value === null) continue;
      // A key without a value has no place of its own.
      const placed = value.at < 0 ? { ...value, at: keyAt } : value;
      fields.push({ key, keyAt, value: placed });
      size += value.size;
    }
    return { kind: "map", at, size, fields };
  }

  #list(values: readonly unknown[], at: number, depth: number): SourceNode {
    const items: SourceNode[] = [];
    let size = 1;
    for (const value of values) {
      const item = this.convert(value, depth + 1);
      if (item === null) continue;
      items.push(item);
      size += item.size;
    }
    return { kind: "list", at, size, items };
  }

  #scalar(value: unknown, source: string | undefined, at: number): SourceNode | null {
    if (typeof value === "bigint") return this.#integer(value, source ?? "", at);
    if (typeof value === "number" && !Number.isFinite(value)) {
      return this.#refuse("number_inexact", "a number has to be finite", at);
    }
    if (typeof value === "string" && loneSurrogate.test(value)) {
      return this.#refuse("yaml_invalid", "a text holds half a character", at);
    }
    const isKnown = value === null || ["string", "number", "boolean"].includes(typeof value);
    if (isKnown) return { kind: "scalar", at, size: 1, value: value as SourceScalar };
    return this.#refuse("yaml_invalid", "only text, numbers, true, false and null are read", at);
  }

  #integer(value: bigint, source: string, at: number): SourceNode | null {
    if (/^[-+]?0[0-9]/.test(source)) {
      const help = "write it without the leading zero, or in quotes";
      return this.#refuse("number_ambiguous", `\`${source}\` can be read in two ways`, at, help);
    }
    const number = Number(value);
    if (Number.isSafeInteger(number)) return { kind: "scalar", at, size: 1, value: number };
    return this.#refuse("number_inexact", `\`${source}\` is too large to be kept exactly`, at);
  }

  #refuse(code: string, message: string, at: number, help: string | null = null): null {
    this.isSound = false;
    this.#report(code, message, Math.max(0, at), help);
    return null;
  }
}

function startOf(node: unknown): number {
  if (!isMap(node) && !isSeq(node) && !isScalar(node) && !isAlias(node)) return -1;
  return node.range?.[0] ?? -1;
}

function fromJson(json: Json): SourceNode {
  if (Array.isArray(json)) {
    const items = json.map(fromJson);
    return { kind: "list", at: 0, size: 1, items };
  }
  if (typeof json === "object" && json !== null) {
    const fields = Object.entries(json).map(([key, value]) => ({
      key,
      keyAt: 0,
      value: fromJson(value),
    }));
    return { kind: "map", at: 0, size: 1, fields };
  }
  return { kind: "scalar", at: 0, size: 1, value: json };
}

/** SECURITY: text whose direction is changed shows a reviewer another rule than the one that runs. */
function hostileCharacter(text: string): number {
  return text.search(HOSTILE);
}

// Built from escapes, because control characters have no place in a literal.
const HOSTILE = new RegExp(
  "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069]",
);
const loneSurrogate = /\p{Surrogate}/u;
const YAML_FAULTS_MAX = 50;
