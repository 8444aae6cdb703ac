// The declarations of the packed SDK: its own and those of core that it names, none of which needs core or zod.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { plainType } from "./plain-type.mjs";

/** @typedef {{ from: string, names: string[] }} Import Names as the other file exports them. */

const specifierForm = /(from |import\()"([^"]+)"/g;
const importForm = /^(?:import|export) (?:type )?\{([^}]*)\} from "([^"]+)";$/gm;
const inferForm = /^export type (\w+) = z\.infer<typeof (\w+)>;$/gm;
const givenForm = /^export declare const (\w+): z\.ZodType<(\w+)>;$/gm;
const usesZod = /from "zod"/;
const corePrefix = "@holdpoint/core/";
/** Where every type of the wire ends up: one file of plain types instead of core's schemas. */
const wireFile = "core/wire.d.ts";

/**
 * Writes the declarations of `entries` and of all that they name below `outFolder`.
 *
 * @param {{ sdkDist: string, coreDist: string, entries: readonly string[], outFolder: string }} places
 *   `entries` without extension, such as `index`
 */
export async function writeDeclarations({ sdkDist, coreDist, entries, outFolder }) {
  /** @type {Set<string>} */
  const files = new Set();
  /** @type {Set<string>} */
  const wireNames = new Set();
  const follow = (/** @type {string} */ first) => {
    const waiting = [first];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (files.has(file)) continue;
      files.add(file);
      for (const { from, names } of importsOf(file)) {
        const other = declarationOf(from, file, coreDist);
        if (other === null) continue;
        if (usesZod.test(read(other))) names.forEach((name) => wireNames.add(name));
        else waiting.push(other);
      }
    }
  };
  const targetOf = (/** @type {string} */ file) =>
    file.startsWith(coreDist + sep)
      ? join("core", relative(coreDist, file))
      : relative(sdkDist, file);
  for (const entry of entries) follow(join(sdkDist, `${entry}.d.ts`));
  const wire = await wireTypes(coreDist, wireNames);
  for (const file of wire.imports.keys()) follow(file);
  for (const file of files) {
    const target = targetOf(file);
    write(outFolder, target, rewritten(file, target, { coreDist, targetOf }));
  }
  const heads = [...wire.imports].map(
    ([file, names]) =>
      `import type { ${[...names].toSorted().join(", ")} } from "${between(wireFile, targetOf(file))}";\n`,
  );
  if (wire.text !== "") write(outFolder, wireFile, heads.join("") + wire.text);
}

/**
 * @param {string} file
 * @returns {Import[]}
 */
function importsOf(file) {
  const text = read(file);
  const named = new Map();
  for (const [, list = "", from = ""] of text.matchAll(importForm)) {
    const names = list.split(",").map(
      (item) =>
        item
          .trim()
          .replace(/^type /, "")
          .split(" as ")[0],
    );
    named.set(from, [...(named.get(from) ?? []), ...names.filter((name) => name !== "")]);
  }
  const all = [...text.matchAll(specifierForm)].map(([, , from = ""]) => from);
  return [...new Set(all)].map((from) => ({ from, names: named.get(from) ?? [] }));
}

/**
 * The file behind a specifier; null for a package other than core.
 *
 * @param {string} specifier
 * @param {string} file
 * @param {string} coreDist
 * @returns {string | null}
 */
function declarationOf(specifier, file, coreDist) {
  if (specifier.startsWith(corePrefix)) {
    return join(coreDist, `${specifier.slice(corePrefix.length)}.d.ts`);
  }
  if (!specifier.startsWith(".")) return null;
  return resolve(dirname(file), specifier.replace(/\.(ts|js)$/, ".d.ts"));
}

/**
 * @param {string} file
 * @param {string} target
 * @param {{ coreDist: string, targetOf: (file: string) => string }} places
 * @returns {string}
 */
function rewritten(file, target, { coreDist, targetOf }) {
  return read(file).replaceAll(specifierForm, (whole, start, specifier) => {
    const other = declarationOf(specifier, file, coreDist);
    if (other === null) return whole;
    const place = usesZod.test(read(other)) ? wireFile : targetOf(other);
    return `${start}"${between(target, place)}"`;
  });
}

/**
 * The named types of core's wire, and whatever types of theirs have a name too, written out plainly.
 *
 * @param {string} coreDist
 * @param {ReadonlySet<string>} wanted
 * @returns {Promise<{ text: string, imports: Map<string, Set<string>> }>} `imports`: what the text names of other files of core
 */
async function wireTypes(coreDist, wanted) {
  const { byName, bySchema, given } = await namedSchemas(coreDist);
  const waiting = [...wanted];
  /** @type {Map<string, string>} */
  const texts = new Map();
  /** @type {Map<string, Set<string>>} */
  const imports = new Map();
  const name = (/** @type {import("zod").core.$ZodType} */ schema) => {
    const told = given.get(schema);
    if (told !== undefined) {
      imports.set(told.file, (imports.get(told.file) ?? new Set()).add(told.name));
      return told.name;
    }
    const known = bySchema.get(schema);
    if (known !== undefined) waiting.push(known);
    return known;
  };
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (texts.has(next)) continue;
    const schema = byName.get(next);
    if (schema === undefined) throw new Error(`core's wire has no single schema for \`${next}\``);
    texts.set(next, `export type ${next} = ${plainType(schema, { name })};\n`);
  }
  const body = [...texts.keys()].toSorted().map((key) => texts.get(key));
  return { text: body.join(""), imports };
}

/**
 * Every `export type X = z.infer<typeof y>` of core's wire, and the schemas whose type is written beside them (`given`). A
 * name that two files give to different schemas is left out.
 *
 * @param {string} coreDist
 */
async function namedSchemas(coreDist) {
  /** @type {Map<string, import("zod").core.$ZodType>} */
  const byName = new Map();
  /** @type {Map<import("zod").core.$ZodType, { name: string, file: string }>} */
  const given = new Map();
  const twice = new Set();
  const folder = join(coreDist, "wire");
  for (const file of readdirSync(folder).filter((item) => item.endsWith(".d.ts"))) {
    const text = read(join(folder, file));
    for (const [, constant = "", typeName = ""] of text.matchAll(givenForm)) {
      const schema = (await load(join(folder, file)))[constant];
      const from = importsOf(join(folder, file)).find(({ names }) =>
        names.includes(typeName),
      )?.from;
      const place = declarationOf(from ?? "", join(folder, file), coreDist);
      if (place !== null) given.set(schema, { name: typeName, file: place });
    }
    for (const [, typeName = "", constant = ""] of text.matchAll(inferForm)) {
      const schema = await schemaOf(join(folder, file), constant);
      if (schema === undefined) continue;
      if (byName.has(typeName) && byName.get(typeName) !== schema) twice.add(typeName);
      byName.set(typeName, schema);
    }
  }
  for (const typeName of twice) byName.delete(typeName);
  const bySchema = new Map([...byName].map(([typeName, schema]) => [schema, typeName]));
  return { byName, bySchema, given };
}

/**
 * @param {string} file
 * @param {string} constant Declared there, or imported from a neighbour.
 * @returns {Promise<import("zod").core.$ZodType | undefined>} Nothing for one that its file keeps to itself.
 */
async function schemaOf(file, constant) {
  const own = (await load(file))[constant];
  if (own !== undefined) return own;
  const from = importsOf(file).find(({ names }) => names.includes(constant))?.from;
  if (from === undefined) return undefined;
  return (await load(resolve(dirname(file), from)))[constant];
}

/** @param {string} file A declaration or a source name beside the built module. */
function load(file) {
  return import(pathToFileURL(file.replace(/(\.d)?\.ts$/, ".js")).href);
}

/** @param {string} file */
function read(file) {
  return readFileSync(file, "utf8").replace(/^\/\/# sourceMappingURL=.*\n?/m, "");
}

/**
 * @param {string} outFolder
 * @param {string} target
 * @param {string} text
 */
function write(outFolder, target, text) {
  const file = join(outFolder, target);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/**
 * The specifier by which one declaration imports another.
 *
 * @param {string} target
 * @param {string} other
 * @returns {string}
 */
function between(target, other) {
  const path = relative(dirname(target), other)
    .replaceAll(sep, "/")
    .replace(/\.d\.ts$/, ".js");
  return path.startsWith(".") ? path : `./${path}`;
}
