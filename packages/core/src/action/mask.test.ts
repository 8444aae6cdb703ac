// Tests that secrets are hidden by name and by form, and survive an edit of what stands around them.

import { describe, expect, it } from "vitest";
import { isSecretKey, maskJson, maskString, maskText, unmaskEdit } from "./mask.ts";

describe("maskJson", () => {
  it("hides values by the name of their key, at any depth", () => {
    const masked = maskJson({
      user: "ana",
      password: "hunter2",
      nested: [{ apiKey: "k", api_key: 7 }],
    });

    expect(masked).toEqual({
      user: "ana",
      password: maskText,
      nested: [{ apiKey: maskText, api_key: maskText }],
    });
  });

  it("hides every text and number of a list under such a key, and an edit puts them back", () => {
    const original = { headers: { Authorization: ["Bearer a", ["b"], 7, { note: "c" }, true] } };
    const masked = maskJson(original);

    expect(masked).toEqual({
      headers: { Authorization: [maskText, [maskText], maskText, { note: "c" }, true] },
    });
    expect(unmaskEdit(original, masked)).toEqual(original);
  });

  it("leaves keys alone that only sound alike", () => {
    expect(isSecretKey("tokens_max")).toBe(false);
    expect(isSecretKey("author")).toBe(false);
    expect(isSecretKey("shipping")).toBe(false);
    expect(isSecretKey("access_token")).toBe(true);
  });

  it("keeps `__proto__` a key", () => {
    const masked = maskJson(JSON.parse('{"__proto__":{"password":"x"}}'));

    expect(JSON.stringify(masked)).toBe(`{"__proto__":{"password":"${maskText}"}}`);
  });
});

describe("maskString", () => {
  it.each([
    ["AKIAIOSFODNN7EXAMPLE", maskText],
    ["postgres://app:s3cret@db/x", `postgres://app:${maskText}@db/x`],
    [`Bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl`, `Bearer ${maskText}`],
    ["-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", maskText],
    ["nothing to hide", "nothing to hide"],
  ])("shows %j as %j", (text, shown) => {
    expect(maskString(text)).toBe(shown);
  });
});

describe("unmaskEdit", () => {
  it("puts hidden values back where the mask was left", () => {
    const original = { password: "hunter2", url: "https://a:b@host/", limit: 10 };
    const edited = { ...(maskJson(original) as object), limit: 5 };

    expect(unmaskEdit(original, edited)).toEqual({ ...original, limit: 5 });
  });

  it("takes a new secret as it is, and never invents one", () => {
    expect(unmaskEdit({ password: "old" }, { password: "new" })).toEqual({ password: "new" });
    expect(unmaskEdit({}, { password: maskText })).toEqual({ password: maskText });
  });
});
