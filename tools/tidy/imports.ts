// Finds the imports of a source file, with what they bring and whether only types cross.

export interface Import {
  readonly specifier: string;
  /** Nothing of it is left when the types are removed. */
  readonly typesOnly: boolean;
}

const statement =
  /^[ \t]*(?:import|export)\b([^;'"]*?)\bfrom[ \t]*["']([^"']+)["']|^[ \t]*import[ \t]*["']([^"']+)["']/gm;
const dynamic = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const [, clause = "", from, bare] of text.matchAll(statement)) {
    const specifier = from ?? bare ?? "";
    found.push({ specifier, typesOnly: from !== undefined && bringsTypesOnly(clause) });
  }
  for (const match of text.matchAll(dynamic)) {
    const before = text.slice(Math.max(0, match.index - 8), match.index);
    found.push({ specifier: match[1] ?? "", typesOnly: /typeof\s*$/.test(before) });
  }
  return found;
}

function bringsTypesOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{([\s\S]*)\}\s*$/.exec(clause)?.[1];
  if (names === undefined) return false;
  const parts = names.split(",").filter((part) => part.trim() !== "");
  return parts.length > 0 && parts.every((part) => /^\s*type\s/.test(part));
}
