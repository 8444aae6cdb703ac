// Tests that places inside a value lead back to the file, for each way in which YAML writes text.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { sourceFromYaml } from "./source.ts";
import { offsetsOf } from "./source-text.ts";
import type { SourceNode } from "./source-tree.ts";

type ScalarNode = Extract<SourceNode, { kind: "scalar" }>;

/** The value of the key `when` in a file. */
function scalarOf(text: string): ScalarNode {
  const { root } = sourceFromYaml(text);
  const value = root?.kind === "map" ? root.fields.find(({ key }) => key === "when")?.value : null;
  if (value?.kind !== "scalar") throw new Error("the file has no `when`");
  return value;
}

/** `line:column` of a word of the value, and the text that stands there in the file. */
function wordAt(text: string, word: string): string {
  const node = scalarOf(text);
  const at = String(node.value).indexOf(word);
  const offsets = offsetsOf(text, node);
  const { line, column } = sourceFromYaml(text).locate(offsets?.[at] ?? -1);
  const end = offsets?.[at + word.length] ?? -1;
  return `${line}:${column} ${JSON.stringify(text.slice(offsets?.[at] ?? -1, end))}`;
}

describe("a word of a value", () => {
  it.each<[string, string, string, string]>([
    ["plain text", "when: a.b > 5\n", "b >", '1:9 "b >"'],
    ["plain text on two lines", "when: a.b\n  && a.zz\n", "zz", '2:8 "zz"'],
    ["single quotes", "when: 'a == \"x\" && b.zz'\n", "zz", '1:22 "zz"'],
    ["doubled single quotes", "when: 'a == ''x'' && b.zz'\n", "zz", '1:24 "zz"'],
    ["single quotes on three lines", "when: 'a\n\n    || b.zz'\n", "zz", '3:10 "zz"'],
    ["double quotes", 'when: "a && b.zz"\n', "zz", '1:15 "zz"'],
    ["escaped quotes", 'when: "a == \\"x\\" && b.zz"\n', "zz", '1:24 "zz"'],
    ["an escape in hex", 'when: "\\x61 && \\u0061 && \\U00000062.zz"\n', "zz", '1:37 "zz"'],
    ["an escaped word", 'when: "a.\\x7a\\x7a > 1"\n', "zz", '1:10 "\\\\x7a\\\\x7a"'],
    ["an escaped line end", 'when: "a && \\\n    b.zz"\n', "zz", '2:7 "zz"'],
    ["a folded line in double quotes", 'when: "a &&\n  b.zz"\n', "zz", '2:5 "zz"'],
    ["a literal block", "when: |\n  a &&\n  b.zz\n", "zz", '3:5 "zz"'],
    ["an indented line of a literal block", "when: |\n  a &&\n      b.zz\n", "zz", '3:9 "zz"'],
    ["a block with indentation given", "when: |2-\n    a &&\n   b.zz\n", "zz", '3:6 "zz"'],
    ["a folded block", "when: >\n  a &&\n  b.zz\n", "zz", '3:5 "zz"'],
    ["a folded block with gaps", "when: >-\n\n  a &&\n\n    c\n\n  && b.zz\n\n", "zz", '7:8 "zz"'],
    ["lines that end in two characters", "when: |\r\n  a &&\r\n  b.zz\r\n", "zz", '3:5 "zz"'],
    ["a block with a comment in its head", "when: | # why\n  b.zz\n", "zz", '2:5 "zz"'],
    ["letters of two units", "when: 'a == \"😀😀\" && b.zz'\n", "zz", '1:25 "zz"'],
    ["an anchor before it", "x: 1\nwhen: &w 'b.zz'\n", "zz", '2:13 "zz"'],
  ])("is found in %s", (_, text, word, expected) => {
    expect(wordAt(text, word)).toBe(expected);
  });

  it("is found at its anchor when the value is an alias", () => {
    const text = "x: &w 'b.zz'\nwhen: *w\n";

    expect(wordAt(text, "zz")).toBe('1:10 "zz"');
  });

  it("gives nothing for a number and for stored JSON", () => {
    expect(offsetsOf("when: 12\n", scalarOf("when: 12\n"))).toBeNull();
  });
});

describe("the places of a value", () => {
  const letter = fc.constantFrom(..."ab '\"\\:#&*-|>\n\t{}é😀", " ", "\n");

  it("follow every style, rise, and read the letter that they are of", () => {
    const style = fc.constantFrom(
      "PLAIN" as const,
      "QUOTE_SINGLE" as const,
      "QUOTE_DOUBLE" as const,
      "BLOCK_LITERAL" as const,
      "BLOCK_FOLDED" as const,
    );
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 60 }), style, (letters, defaultStringType) => {
        const when = letters.join("");
        const text = stringify({ when }, { defaultStringType, lineWidth: 20 });
        const node = scalarOf(text);
        // Some white space does not survive the way out; what was read back counts.
        const value = String(node.value);
        const offsets = offsetsOf(text, node);

        expect(offsets).toHaveLength(value.length + 1);
        for (const [index, at] of (offsets ?? []).entries()) {
          expect(at).toBeGreaterThanOrEqual(offsets?.[index - 1] ?? node.at);
          if (/[abé]/.test(value.charAt(index))) expect(text.charAt(at)).toBe(value.charAt(index));
        }
        expect(offsets?.at(-1)).toBeLessThanOrEqual(node.end);
      }),
      { numRuns: 500 },
    );
  });
});
