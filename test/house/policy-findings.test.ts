// Holds the list of finding codes to the code that reports them and to the page that tells of them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findingCodes, findingParts } from "../../packages/core/src/policy/finding-codes.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(root, "docs/reference/policy-findings.md"), "utf8");
const [open, close] = ["<!-- findings -->", "<!-- /findings -->"];

/** Files that report findings about a policy, as the beginnings of their names. */
const reporting: Readonly<Record<string, readonly string[]>> = {
  "policy-check": ["check", "waiver"],
  "policy-file": ["load", "read", "source", "split-template"],
  cel: ["check", "parse", "lex", "program"],
};

/** A code as an argument after a place, or as a member. */
const reported = [
  /\bcode: "([a-z]+(?:_[a-z]+)*)"/g,
  /\bcode: [^"\n]*\? "([a-z_]+)" : "([a-z_]+)"/g,
  /\.(?:error|warn|note)\(\s*[\w.[\]()]+,\s*"([a-z]+(?:_[a-z]+)*)"/g,
  /\b#?(?:refuse|report|say)\(\s*(?:"(?:warning|note|error)",\s*)?"([a-z]+(?:_[a-z]+)+)"/g,
  /\bunknown_(?:group|role|schedule|calendar|rule)\b/g,
];

function sourcesOf(folder: string, names: readonly string[]): string[] {
  const path = join(root, "packages/core/src", folder);
  return readdirSync(path)
    .filter((file) => names.some((name) => file.startsWith(name)))
    .filter((file) => file.endsWith(".ts") && !/\.(test|sample)\.ts$/.test(file))
    .map((file) => readFileSync(join(path, file), "utf8"));
}

function tables(): string {
  return findingParts
    .map(({ title, codes }) => {
      const rows = Object.entries(codes)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([code, line]) => `| \`${code}\` | ${line.replaceAll("|", "\\|")} |`);
      return [`### ${title}`, "", "| code | says |", "|---|---|", ...rows].join("\n");
    })
    .join("\n\n");
}

describe("the codes of findings", () => {
  it("are all on the list", () => {
    const found = new Set<string>();
    for (const [folder, names] of Object.entries(reporting)) {
      for (const source of sourcesOf(folder, names)) {
        for (const pattern of reported) {
          for (const [whole, ...codes] of source.matchAll(pattern)) {
            const named = codes.filter((code) => code !== undefined);
            for (const code of named.length === 0 ? [whole] : named) found.add(code);
          }
        }
      }
    }

    expect([...found].filter((code) => !Object.hasOwn(findingCodes, code)).sort()).toEqual([]);
    expect(found.size).toBeGreaterThan(60);
  });

  it("are all reported by something", () => {
    const all = Object.entries(reporting).flatMap(([folder, names]) => sourcesOf(folder, names));
    const isReported = (code: string): boolean => all.some((source) => source.includes(code));
    const built = ["unknown_group", "unknown_role", "unknown_schedule"];
    const dead = Object.keys(findingCodes).filter((code) => !isReported(code));

    expect(dead.filter((code) => !built.includes(code))).toEqual([]);
  });

  it("stand in the tables of the page", () => {
    const written = page
      .split(open ?? "")[1]
      ?.split(close ?? "")[0]
      ?.trim();

    // The page is right when this is what stands between its two marks.
    expect(written).toBe(tables());
  });
});
