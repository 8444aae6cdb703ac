// How outputs are measured and hashed, against digests that another program made.

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { outputBytesMax } from "../base/limits.ts";
import { readOutput } from "./output.ts";

const sha256 = (text: string): string =>
  `sha256:${createHash("sha256").update(text).digest("hex")}`;

describe("an output", () => {
  it("has the digest of its canonical form, however it was written", () => {
    const read = readOutput({ b: [1, "\u00e9"], a: null }, sha256('{"a":null,"b":[1,"\u00e9"]}'));
    expect(read).toMatchObject({ ok: true, output: { digest: sha256('{"a":null,"b":[1,"é"]}') } });
  });

  it("may be nothing at all", () => {
    expect(readOutput(null, null)).toMatchObject({ ok: true, output: { digest: sha256("null") } });
  });

  it("with the digest of another one is refused with its place", () => {
    expect(readOutput("a", sha256('"b"'))).toMatchObject({
      ok: false,
      code: "output_digest_mismatch",
      detail: { path: "/output_digest" },
    });
  });

  it("is measured in bytes, not in characters", () => {
    const largest = "x".repeat(outputBytesMax - 2);
    expect(readOutput(largest, null).ok).toBe(true);
    expect(readOutput(`${largest}x`, null)).toMatchObject({ code: "output_too_large" });
    expect(readOutput("é".repeat(outputBytesMax / 2), null)).toMatchObject({
      code: "output_too_large",
      detail: { path: "/output" },
    });
  });
});
