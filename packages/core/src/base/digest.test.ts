// Tests digests against vectors from another language and the two implementations of SHA-256.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssertionFault } from "./assert.ts";
import { digestOf, digestOfText, saltedCommitment } from "./digest.ts";
import type { DigestKind } from "./digest.ts";
import { canonicalJson } from "./json/canonical.ts";
import { readJson } from "./json/read.ts";
import type { Json } from "./json/value.ts";
import * as native from "./sha256-node.ts";
import * as portable from "./sha256-portable.ts";

const vectors = new URL("../../../../spec/vectors/digest/", import.meta.url);
const bounds = { bytesMax: 100_000, depthMax: 64, nodesMax: 1000 };
const kinds: DigestKind[] = ["job", "presented", "policy", "leaf", "payload", "request"];

interface KindCase {
  name: string;
  value: Json;
  canonical: string;
  digests: Record<DigestKind, string>;
}

interface SameCase {
  name: string;
  texts: string[];
  canonical: string;
  digest: string;
}

interface SaltedCase {
  salt_hex: string;
  canonical: string;
  digest: string;
}

function cases<T>(file: string): T[] {
  return JSON.parse(readFileSync(new URL(file, vectors), "utf8")) as T[];
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

describe("the digest vectors", () => {
  it.each(cases<KindCase>("kinds.json"))("hold for $name", ({ value, canonical, digests }) => {
    expect(canonicalJson(value)).toBe(canonical);
    expect(Object.keys(digests).toSorted()).toEqual(kinds.toSorted());
    for (const kind of kinds) {
      expect(digestOf(kind, value)).toBe(digests[kind]);
      expect(digestOfText(kind, canonical)).toBe(digests[kind]);
      expect(`sha256:${portable.sha256Hex(`holdpoint/${kind}/v1\0${canonical}`)}`).toBe(
        digests[kind],
      );
    }
  });

  it.each(cases<SameCase>("same.json"))("are one for $name", ({ texts, canonical, digest }) => {
    for (const text of texts) {
      const read = readJson(text, bounds);
      expect(read.ok && canonicalJson(read.value)).toBe(canonical);
      expect(read.ok && digestOf("job", read.value)).toBe(digest);
    }
  });

  it.each(cases<SaltedCase>("salted.json"))("hold for the salt $salt_hex", (salted) => {
    expect(saltedCommitment(bytesOf(salted.salt_hex), salted.canonical)).toBe(salted.digest);
  });
});

describe("a digest", () => {
  it("changes with the kind", () => {
    expect(new Set(kinds.map((kind) => digestOf(kind, { a: 1 }))).size).toBe(kinds.length);
  });

  it("does not change with the order of members", () => {
    const members = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
    fc.assert(
      fc.property(members, (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed()) as Json;
        expect(digestOf("job", turned)).toBe(digestOf("job", value as Json));
      }),
    );
  });

  it("is the same for two values only when they are equal", () => {
    const small = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(small, small, (one, other) => {
        const equal = canonicalJson(one as Json) === canonicalJson(other as Json);
        const same = digestOf("job", one as Json) === digestOf("job", other as Json);
        expect(same).toBe(equal);
      }),
    );
  });

  it.each<[string, Json, Json]>([
    ["the order of items", [1, 2], [2, 1]],
    ["the type of a number", 1, "1"],
    ["a null member", {}, { a: null }],
    ["an empty container", [], {}],
    ["the case of a key", { a: 1 }, { A: 1 }],
    ["the normal form of a text", "\u00e9", "e\u0301"],
    ["an invisible character", "a", "a\u200b"],
    ["the last digit of a double", 0.1, 0.10000000000000002],
  ])("changes with %s", (_name, one, other) => {
    expect(digestOf("job", one)).not.toBe(digestOf("job", other));
  });
});

describe("a salted commitment", () => {
  it("changes with each byte of the salt", () => {
    const seen = new Set([saltedCommitment(new Uint8Array(32), "1")]);
    for (let index = 0; index < 32; index++) {
      const salt = new Uint8Array(32);
      salt[index] = 1;
      seen.add(saltedCommitment(salt, "1"));
    }
    expect(seen.size).toBe(33);
  });

  it("takes no salt of another length", () => {
    expect(() => saltedCommitment(new Uint8Array(31), "1")).toThrow(AssertionFault);
    expect(() => saltedCommitment(new Uint8Array(33), "1")).toThrow(AssertionFault);
  });
});

describe("the two implementations of SHA-256", () => {
  it("know the digest of nothing and of abc", () => {
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for (const { sha256Hex } of [native, portable]) {
      expect(sha256Hex("")).toBe(empty);
      expect(sha256Hex("abc")).toBe(abc);
    }
  });

  it("agree on every text and all bytes", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.uint8Array({ maxLength: 300 }),
        (text, bytes) => {
          expect(native.sha256Hex(text)).toBe(portable.sha256Hex(text));
          expect(native.sha256(bytes)).toEqual(portable.sha256(bytes));
        },
      ),
    );
  });
});
