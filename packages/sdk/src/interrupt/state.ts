// The saved state of a run as bytes, and back: what went in comes out, by the codec that is kept beside it.

import type { Json } from "../action/action.ts";
import { plainJson } from "../action/plain-json.ts";

/** What a run needs to go on: bytes and text stay as they are, everything else is kept as JSON. */
export type RunState = Uint8Array | string | Json;

export interface EncodedState {
  /** Says how to read it again: `bytes`, `text`, `json`, or the caller's own word. */
  readonly codec: string;
  readonly bytes: Uint8Array;
}

/** @param codec the caller's own word for the format; default: what the value is */
export function encodeState(state: RunState, codec?: string): EncodedState {
  if (state instanceof Uint8Array) return { codec: codec ?? "bytes", bytes: state };
  if (typeof state === "string") {
    return { codec: codec ?? "text", bytes: new TextEncoder().encode(state) };
  }
  const text = JSON.stringify(plainJson(state, "state"));
  return { codec: codec ?? "json", bytes: new TextEncoder().encode(text) };
}

/** Text for `text`, JSON for `json`, and the bytes for any other codec. */
export function decodeState(codec: string, bytes: Uint8Array): RunState {
  if (codec === "text") return textOf(bytes);
  if (codec === "json") return JSON.parse(textOf(bytes)) as Json;
  return bytes;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
