// Tests that keys and tokens are found as a pattern would find them, and that no text makes it slow.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskString } from "./mask.ts";
import { hideKeys, hideTokens } from "./secret-form.ts";

const lengthMax = 1_000_000;
const attempts = 12;
const keyForm =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8192}?-----END [A-Z ]{0,40}PRIVATE KEY-----/g;
const tokenForm = /\beyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8,2048}/g;

function textOf(...pieces: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((some) => some.join(""));
}

describe("hideKeys", () => {
  it("finds what a pattern of a whole key finds", () => {
    const pieces = textOf(
      "-----BEGIN RSA PRIVATE KEY-----",
      "-----END PRIVATE KEY-----",
      "-----BEGIN PRIVATE ",
      "\nMIIE",
      "-",
      "x".repeat(5_000),
    );
    fc.assert(
      fc.property(pieces, (text) => {
        expect(hideKeys(text, "#")).toBe(text.replaceAll(keyForm, "#"));
      }),
    );
  });
});

describe("hideTokens", () => {
  it("finds what a pattern of a whole token finds", () => {
    const pieces = textOf("eyJ", "aaaaaaaa", ".", "-", "_", " ", "b", "eyJhbGciOiJ9.eyJzdWIiOiI");
    fc.assert(
      fc.property(pieces, (text) => {
        expect(hideTokens(text, "#")).toBe(text.replaceAll(tokenForm, "#"));
      }),
    );
  });
});

describe("maskString", () => {
  it.each(["-eyJ", "-eyJaaaaaaaa", "-----BEGIN PRIVATE KEY-----", "a.a.a.a.a.a.a.://x", "-hp_a"])(
    "goes through parameters full of %j again and again before a test ends",
    (piece) => {
      const text = piece.repeat(lengthMax / piece.length);
      for (let attempt = 0; attempt < attempts; attempt += 1) expect(maskString(text)).toBe(text);
    },
  );
});
