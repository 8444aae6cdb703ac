// What an execution gave, in the one form in which it is measured, hashed and kept.

import { sha256Hex } from "#sha256";
import type { Digest } from "../base/digest.ts";
import { canonicalJson } from "../base/json/canonical.ts";
import type { Json } from "../base/json/value.ts";
import { outputBytesMax } from "../base/limits.ts";
import { refuse, type Result } from "../base/result.ts";
import { encodeUtf8 } from "../base/utf8.ts";

export interface Output {
  /** SPEC: RFC 8785 form in UTF-8. */
  readonly canonical: Uint8Array;
  /** SPEC: "sha256:" and the hex SHA-256 of these very bytes, as executors report it. */
  readonly digest: Digest;
}

/** `said` is the digest that came with it; null when none did. */
export function readOutput(output: Json, said: string | null): Result<{ output: Output }> {
  const text = canonicalJson(output);
  const canonical = encodeUtf8(text);
  if (canonical.length > outputBytesMax) {
    return refuse(
      "output_too_large",
      `an output of ${canonical.length} bytes; at most ${outputBytesMax} are kept, report its digest alone`,
      { path: "/output" },
    );
  }
  const digest: Digest = `sha256:${sha256Hex(text)}`;
  if (said !== null && said !== digest) {
    return refuse("output_digest_mismatch", `the output has the digest ${digest}`, {
      path: "/output_digest",
    });
  }
  return { ok: true, output: { canonical, digest } };
}
