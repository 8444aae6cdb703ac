// Rules for single source files: the opening sentence, the size, the purity of core, the names.

import { type Fault, isSource, isTest, type Project } from "./project.ts";

const linesMax = 400;
const headerLinesMax = 6;

// Written in pieces, so that this file does not hold what it forbids.
const strayMarks = new RegExp(
  `\\b(?:${["TO" + "DO", "FIX" + "ME", "HA" + "CK", "X" + "XX"].join("|")})\\b`,
);
const impure =
  /\b(?:Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|queueMicrotask|performance\.now|process\.\w|console\.\w|fetch\(|crypto\.(?:subtle|getRandomValues|randomUUID))/;
const nameless = new Set([
  "common",
  "handler",
  "handlers",
  "helper",
  "helpers",
  "manager",
  "misc",
  "service",
  "services",
  "util",
  "utils",
]);
const namelessAlone = new Set(["data", "info"]);

// The one file of core that may name the platform: SHA-256 from Node, behind the import `#sha256`.
const impureAllowed = new Set(["packages/core/src/base/sha256-node.ts"]);

export function checkSources(project: Project): Fault[] {
  const faults: Fault[] = [];
  for (const path of project.paths) {
    for (const message of namesIn(path)) faults.push({ path, message });
    if (!isSource(path)) continue;
    const text = project.read(path);
    for (const message of [...headerOf(text), ...sizeOf(path, text), ...strayIn(text)]) {
      faults.push({ path, message });
    }
    for (const message of impurityIn(path, text)) faults.push({ path, message });
  }
  return faults;
}

function headerOf(text: string): string[] {
  const body = text.replace(/^#!.*\n/, "");
  const missing = "open the file with one sentence that says what it is for";
  const block = /^\/\*\*?([\s\S]*?)\*\//.exec(body)?.[1];
  const lines = /^(?:\/\/.*\n)+/.exec(body)?.[0];
  const comment = (block ?? lines)?.replace(/^\s*(?:\/\/|\*)/gm, "").trim();
  if (comment === undefined || comment === "") return [missing];
  if (comment.split("\n").length > headerLinesMax) {
    return [`the opening comment is longer than ${headerLinesMax} lines`];
  }
  return /^[^a-z\s].*[.!?]$/s.test(comment) ? [] : ["the opening comment is not a whole sentence"];
}

function sizeOf(path: string, text: string): string[] {
  const lines = text.split("\n").length - 1;
  return !isTest(path) && lines > linesMax ? [`${lines} lines, more than ${linesMax}`] : [];
}

function strayIn(text: string): string[] {
  const mark = strayMarks.exec(text)?.[0];
  return mark === undefined ? [] : [`stray mark ${mark}: an open point is an issue, or it is done`];
}

function impurityIn(path: string, text: string): string[] {
  if (!path.startsWith("packages/core/src/") || isTest(path) || impureAllowed.has(path)) return [];
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found = impure.exec(code)?.[0] ?? /from "(node:[^"]+)"/.exec(code)?.[1];
  return found === undefined ? [] : [`core is pure, so it cannot use ${found}`];
}

function namesIn(path: string): string[] {
  if (!/^(?:packages\/[^/]+\/src|test|tools|examples)\//.test(path)) return [];
  const faults: string[] = [];
  for (const part of path.split("/")) {
    const stem = part.replace(/\..*$/, "");
    const words = stem.split("-");
    const banned = words.find((word) => nameless.has(word));
    if (banned !== undefined || namelessAlone.has(stem)) {
      faults.push(`the name ${part} does not say what it holds`);
    }
    if (isSource(path) && /[A-Z_]/.test(stem)) faults.push(`write ${part} in kebab-case`);
  }
  return faults;
}
