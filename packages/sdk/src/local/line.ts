// One line of a spool: a checksum and a JSON text; what a crash tore is told from what is whole.

import { crc32 } from "node:zlib";
import type { LocalEnd, LocalRecord } from "@holdpoint/core/wire/local";

/** A lease with its number in this file, a record under it, or the end of a record. */
export type Line =
  | { readonly kind: "lease"; readonly number: number; readonly token: string }
  | { readonly kind: "record"; readonly record: LocalRecord }
  | { readonly kind: "end"; readonly end: LocalEnd };

/** `text` is JSON, which holds no line feed. */
export function sealLine(text: string): string {
  return `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`;
}

/** The text of a record whose proposal is JSON already. */
export function recordText(record: Omit<LocalRecord, "proposal">, proposal: string): string {
  const { id, lease, at, decision, rule, end } = record;
  const head = JSON.stringify({ id, lease, at, decision, rule, end });
  return `{"record":${head.slice(0, -1)},"proposal":${proposal}}}`;
}

export function endText(end: LocalEnd): string {
  return JSON.stringify({ end });
}

export function leaseText(number: number, token: string): string {
  return JSON.stringify({ lease: { number, token } });
}

/** Null for a line that is torn or damaged. */
export function readLine(line: string): Line | null {
  const text = line.slice(9);
  if (line[8] !== " " || crc32(text).toString(16).padStart(8, "0") !== line.slice(0, 8))
    return null;
  try {
    const parsed = JSON.parse(text) as {
      lease?: { number: number; token: string };
      record?: LocalRecord;
      end?: LocalEnd;
    };
    if (parsed.lease !== undefined) return { kind: "lease", ...parsed.lease };
    if (parsed.record !== undefined) return { kind: "record", record: parsed.record };
    if (parsed.end !== undefined) return { kind: "end", end: parsed.end };
    return null;
  } catch {
    return null;
  }
}
