// Turns the token of a literal into its constant, or says why there is none.

import { int64Max, int64Min, uint64Max } from "./value.ts";
import type { CelConstant } from "./ast.ts";
import type { Token } from "./lex.ts";

/** A text is the reason of a refusal. */
export function readConstant(token: Token, sign: "" | "-"): CelConstant | string {
  switch (token.kind) {
    case "string":
      return { type: "string", value: token.text };
    case "bytes":
      return { type: "bytes", value: token.bytes ?? new Uint8Array() };
    case "double": {
      const value = Number(sign + token.text);
      return Number.isFinite(value) ? { type: "double", value } : "this double is too large";
    }
    case "int":
      return readInt(token, sign);
    case "uint":
      return readUint(token);
    default:
      return "this is not a literal";
  }
}

function readInt(token: Token, sign: "" | "-"): CelConstant | string {
  if (token.text.length === 2 && /^0x$/i.test(token.text)) return "a digit is missing";
  const size = BigInt(token.text);
  const value = sign === "-" ? -size : size;
  if (value < int64Min || value > int64Max) return "this int does not fit into 64 bits";
  return { type: "int", value };
}

function readUint(token: Token): CelConstant | string {
  if (/^0x$/i.test(token.text)) return "a digit is missing";
  const value = BigInt(token.text);
  return value > uint64Max ? "this uint does not fit into 64 bits" : { type: "uint", value };
}
