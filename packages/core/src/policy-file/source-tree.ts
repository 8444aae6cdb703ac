// The positioned tree of a policy file, made from the nodes of the YAML library.

import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar } from "yaml";
import { jsonDepthMax } from "../base/limits.ts";

export interface SourceField {
  readonly key: string;
  readonly keyAt: number;
  readonly value: SourceNode;
}

type SourceScalar = string | number | boolean | null;

/** How a text is written; null for values of stored JSON. */
export type ScalarStyle = "plain" | "single" | "double" | "block";

interface Extent {
  /** Offset into the text. */
  readonly at: number;
  /** Values from here down, with aliases written out. */
  readonly size: number;
  /** Levels below this one, with aliases written out. */
  readonly height: number;
}

export type SourceNode =
  | (Extent & { readonly kind: "map"; readonly fields: readonly SourceField[] })
  | (Extent & { readonly kind: "list"; readonly items: readonly SourceNode[] })
  | (Extent & {
      readonly kind: "scalar";
      readonly value: SourceScalar;
      /** Offset after the written form, quotes and header of a block included. */
      readonly end: number;
      readonly style: ScalarStyle | null;
    });

export type Refuse = (code: string, message: string, at: number, help?: string | null) => void;

/** Converts nodes of the YAML library, once each: an alias shares what its anchor became. */
export class Tree {
  isSound = true;
  readonly #anchors = new Map<string, SourceNode>();
  readonly #report: Refuse;

  constructor(refuse: Refuse) {
    this.#report = refuse;
  }

  convert(node: unknown, depth: number): SourceNode | null {
    if (isAlias(node)) return this.#alias(node.source, startOf(node), depth);
    const at = startOf(node);
    let made: SourceNode | null = null;
    if (isMap(node)) made = this.#map(node.items, at, depth);
    else if (isSeq(node)) made = this.#list(node.items, at, depth);
    else if (isScalar(node)) made = this.#scalar(node, at);
    else if (node === null) made = scalar({ at, end: at, style: "plain" }, null);
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    // An alias brings what is below its anchor, so the height counts and not the place alone.
    if (made !== null && depth + made.height > jsonDepthMax) {
      return this.#refuse("yaml_invalid", `values nest more than ${jsonDepthMax} deep`, at);
    }
    if (anchor !== undefined && made !== null) this.#anchors.set(anchor, made);
    return made;
  }

  #alias(name: string, at: number, depth: number): SourceNode | null {
    const found = this.#anchors.get(name);
    if (found === undefined) {
      return this.#refuse("yaml_invalid", `the alias \`*${name}\` has no anchor before it`, at);
    }
    if (depth + found.height <= jsonDepthMax) return found;
    return this.#refuse("yaml_invalid", `values nest more than ${jsonDepthMax} deep`, at);
  }

  #map(items: readonly Pair[], at: number, depth: number): SourceNode {
    const fields: SourceField[] = [];
    const seen = new Set<string>();
    let size = 1;
    let height = 0;
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
      height = Math.max(height, value.height);
    }
    return { kind: "map", at, size, height: height + 1, fields };
  }

  #list(values: readonly unknown[], at: number, depth: number): SourceNode {
    const items: SourceNode[] = [];
    let size = 1;
    let height = 0;
    for (const value of values) {
      const item = this.convert(value, depth + 1);
      if (item === null) continue;
      items.push(item);
      size += item.size;
      height = Math.max(height, item.height);
    }
    return { kind: "list", at, size, height: height + 1, items };
  }

  #scalar(node: Scalar, at: number): SourceNode | null {
    const { value } = node;
    const written: Written = { at, end: node.range?.[1] ?? at, style: styleOf(node.type) };
    if (typeof value === "bigint") return this.#integer(value, node.source ?? "", written);
    if (typeof value === "number" && !Number.isFinite(value)) {
      return this.#refuse("number_inexact", "a number has to be finite", at);
    }
    if (typeof value === "string" && loneSurrogate.test(value)) {
      return this.#refuse("yaml_invalid", "a text holds half a character", at);
    }
    const isKnown = value === null || ["string", "number", "boolean"].includes(typeof value);
    if (isKnown) return scalar(written, value as SourceScalar);
    return this.#refuse("yaml_invalid", "only text, numbers, true, false and null are read", at);
  }

  #integer(value: bigint, source: string, written: Written): SourceNode | null {
    const { at } = written;
    if (/^[-+]?0[0-9]/.test(source)) {
      const help = "write it without the leading zero, or in quotes";
      return this.#refuse("number_ambiguous", `\`${source}\` can be read in two ways`, at, help);
    }
    const number = Number(value);
    if (Number.isSafeInteger(number)) return scalar(written, number);
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

interface Written {
  readonly at: number;
  readonly end: number;
  readonly style: ScalarStyle;
}

function scalar({ at, end, style }: Written, value: SourceScalar): SourceNode {
  return { kind: "scalar", at, size: 1, height: 0, value, end, style };
}

function styleOf(type: Scalar["type"]): ScalarStyle {
  if (type === "QUOTE_SINGLE") return "single";
  if (type === "QUOTE_DOUBLE") return "double";
  return type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED" ? "block" : "plain";
}

const loneSurrogate = /\p{Surrogate}/u;
