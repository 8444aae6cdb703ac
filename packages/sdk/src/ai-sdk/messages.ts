// Messages of a chat as bytes, and back: what JSON does not keep of them is kept all the same.

import { base64Of, bytesOfBase64 } from "../client/base64.ts";

/** A `ModelMessage`. */
export interface Message {
  readonly role: string;
  readonly content: unknown;
}

/** Names what stands for bytes; a member of the chat's own that has this name is wrapped the same way. */
const BYTES = "$holdpoint.bytes";
const ESCAPED = "$holdpoint.escaped";

export function encodeMessages(messages: readonly Message[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(packed(messages)));
}

export function decodeMessages(bytes: Uint8Array): Message[] {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const messages = unpacked(JSON.parse(text));
  if (Array.isArray(messages)) return messages as Message[];
  throw new TypeError("the state is no list of messages");
}

function packed(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return { [BYTES]: base64Of(new Uint8Array(value)) };
  if (value instanceof Uint8Array) return { [BYTES]: base64Of(value) };
  if (Array.isArray(value)) return value.map(packed);
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, packed(member)] as const);
  // Through entries, because assigning a member called __proto__ would set the prototype.
  const copy = Object.fromEntries(entries);
  return Object.hasOwn(copy, BYTES) || Object.hasOwn(copy, ESCAPED) ? { [ESCAPED]: copy } : copy;
}

function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked);
  if (typeof value !== "object" || value === null) return value;
  const { [BYTES]: bytes, [ESCAPED]: escaped } = value as Readonly<Record<string, unknown>>;
  if (typeof bytes === "string") return bytesOfBase64(bytes);
  return members(typeof escaped === "object" && escaped !== null ? escaped : value);
}

function members(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, unpacked(member)] as const),
  );
}
