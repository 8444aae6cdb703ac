// Tests the patterns of names and topics, and that a hostile one costs no more than its length.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameGlobFault, nameMatcher, topicGlobFault } from "./glob.ts";

describe("a pattern of names", () => {
  it.each([
    ["bot", "bot", true],
    ["bot", "bot2", false],
    ["bot*", "bot2", true],
    ["bot*", "bot", true],
    ["bot*", "bot.2", false],
    ["bot**", "bot.2.3", true],
    ["*", "", true],
    ["*", "a.b", false],
    ["**", "a.b", true],
    ["*.read", "db.read", true],
    ["*.read", "db.x.read", false],
    ["**.read", "db.x.read", true],
    ["a*b*c", "axxbyyc", true],
    ["a*b*c", "axxbyy", false],
    ["a*b*c", "a.b.c", false],
    ["a**b*c", "a.b.bc", true],
    ["**a**", "xxayy", true],
    ["a.b", "axb", false],
    ["a+", "a+", true],
    ["*😀*b", "x😀yb", true],
    ["*a*b", "a😀b", true],
    ["*a*b", "ab.b", false],
  ])("%s and %s: %s", (glob, name, fits) => {
    expect(nameMatcher(glob)(name)).toBe(fits);
  });

  it("means what its expression means, whichever way it is matched", () => {
    const piece = fc.constantFrom("a", "b", ".", "*", "**");
    const glob = fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));
    const name = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 10 });
    fc.assert(
      fc.property(glob, name, (pattern, text) => {
        fc.pre(nameGlobFault(pattern) === null);
        const source = pattern
          .split(/(\*\*|\*)/)
          .map((part) =>
            part === "**" ? "[^]*" : part === "*" ? "[^.]*" : part.replaceAll(".", "\\."),
          );

        expect(nameMatcher(pattern)(text)).toBe(new RegExp(`^${source.join("")}$`).test(text));
      }),
    );
  });

  it("does not go back and forth over a long name", () => {
    const matches = nameMatcher(`${"*a".repeat(40)}b`);
    let letters = 0;
    const name = new Proxy([..."a".repeat(500)], {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) letters += 1;
        return Reflect.get(target, key);
      },
    });

    expect(matches(name.join(""))).toBe(false);
    expect(letters).toBe(500);
  });

  it.each(["", "***", "a?", "[ab]", "{a,b}", "!a", "a b", "a\\*", "x".repeat(257)])(
    "cannot be `%s`",
    (glob) => {
      expect(nameGlobFault(glob)).not.toBeNull();
    },
  );
});

describe("a pattern of topics", () => {
  it.each(["job", "job.*", "job.**", "*", "**", "*.read", "a.*.b-c_1.**"])(
    "can be `%s`",
    (glob) => {
      expect(topicGlobFault(glob)).toBeNull();
    },
  );

  it.each([
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    "A.b",
    "a.b*",
    "a.**.b",
    "***",
    "a.?",
    "a.{b,c}",
    "a b",
    "ä",
    Array.from({ length: 17 }, () => "a").join("."),
    "a".repeat(256),
  ])("cannot be `%s`", (glob) => {
    expect(topicGlobFault(glob)).not.toBeNull();
  });
});
