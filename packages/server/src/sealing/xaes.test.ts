// XAES-256-GCM against the vectors of its specification.

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decrypt, encrypt, masterKeyOf } from "./xaes.ts";

const nonce = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWX");
const plain = Buffer.from("XAES-256-GCM");

// The two of the specification: one with a subkey whose highest bit is clear, one where it is set.
const vectors = [
  {
    key: Buffer.alloc(32, 1),
    beside: "",
    sealed: "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271",
  },
  {
    key: Buffer.alloc(32, 3),
    beside: "c2sp.org/XAES-256-GCM",
    sealed: "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
  },
] as const;

describe("XAES-256-GCM", () => {
  it.each(vectors)("seals as the specification says ($beside)", ({ key, beside, sealed }) => {
    const master = masterKeyOf(key);
    const made = encrypt(master, nonce, { plain, beside: Buffer.from(beside) });
    expect(made.toString("hex")).toBe(sealed);
    const opened = decrypt(master, nonce, { sealed: made, beside: Buffer.from(beside) });
    expect(opened.toString()).toBe("XAES-256-GCM");
  });

  it("refuses another key, nonce, neighbour, or a changed byte", () => {
    const master = masterKeyOf(createHash("sha256").update("a").digest());
    const other = masterKeyOf(createHash("sha256").update("b").digest());
    const beside = Buffer.from("row 1");
    const sealed = encrypt(master, nonce, { plain, beside });
    const open = (over: object): Buffer => {
      const all = { master, nonce, sealed, beside, ...over };
      return decrypt(all.master, all.nonce, { sealed: all.sealed, beside: all.beside });
    };
    expect(open({}).equals(plain)).toBe(true);
    expect(() => open({ master: other })).toThrow();
    expect(() => open({ beside: Buffer.from("row 2") })).toThrow();
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => open({ sealed: changed })).toThrow();
    }
    for (let at = 0; at < nonce.length; at += 1) {
      const changed = Buffer.from(nonce);
      changed[at] = (changed[at] ?? 0) ^ 128;
      expect(() => open({ nonce: changed })).toThrow();
    }
  });
});
