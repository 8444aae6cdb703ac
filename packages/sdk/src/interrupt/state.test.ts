// States of runs as bytes and back.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../action/action.ts";
import { base64Of, bytesOfBase64 } from "../client/base64.ts";
import { decodeState, encodeState, type RunState } from "./state.ts";

function again(state: RunState): RunState {
  const { codec, bytes } = encodeState(state);
  return decodeState(codec, bytesOfBase64(base64Of(bytes)));
}

test("JSON, text and bytes come back as they went in", () => {
  const json = fc
    .jsonValue({ noUnicodeString: false })
    .map((value) => JSON.parse(JSON.stringify(value)) as Json);
  const text = fc.string({ unit: "grapheme" });
  const bytes = fc.uint8Array({ maxLength: 20_000 });

  fc.assert(
    fc.property(fc.oneof(json, text, bytes), (state) => {
      expect(again(state)).toEqual(state);
    }),
  );
});

test("text keeps a byte order mark", () => {
  expect(again("\ufeffhello")).toBe("\ufeffhello");
});

test("a word of the caller's own gives bytes back", () => {
  const { codec, bytes } = encodeState("state of a framework", "framework-2");

  expect(codec).toBe("framework-2");
  expect(decodeState(codec, bytes)).toBe(bytes);
});

test("what JSON would lose is refused", () => {
  expect(() => encodeState({ at: new Date(0) } as unknown as Json)).toThrow("state.at is a Date");
});

test("damaged text is refused", () => {
  expect(() => decodeState("text", Uint8Array.of(0xc3, 0x28))).toThrow(TypeError);
});
