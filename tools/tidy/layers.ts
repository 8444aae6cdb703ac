// Who may import whom: packages among each other, folders inside a package, as layers.json says.

import { posix } from "node:path";
import { type Import, importsOf } from "./imports.ts";
import { type Fault, isSource, isTest, type Project } from "./project.ts";

export interface Layers {
  /** Package -> packages that it may import: all of its files ("*"), or only the files named. */
  readonly packages: Readonly<Record<string, Readonly<Record<string, "*" | readonly string[]>>>>;
  /** Package -> layers of other packages of which it may import nothing but types. */
  readonly typesOnly: Readonly<Record<string, readonly string[]>>;
  /**
   * Folder of a package -> folders, and files at the root of `src`, that it may import; `core/*`
   * stands for all of a package.
   */
  readonly folders: Readonly<Record<string, readonly string[]>>;
  /** Folder -> folders above it of which it may import types. */
  readonly upwardTypes: Readonly<Record<string, readonly string[]>>;
  /** Folder deeper down -> the only layers that may import it. */
  readonly enclosed: Readonly<Record<string, readonly string[]>>;
}

export function readLayers(project: Project): Layers {
  const parsed = JSON.parse(project.read("layers.json") || "{}") as Partial<Layers>;
  return {
    packages: parsed.packages ?? {},
    typesOnly: parsed.typesOnly ?? {},
    folders: parsed.folders ?? {},
    upwardTypes: parsed.upwardTypes ?? {},
    enclosed: parsed.enclosed ?? {},
  };
}

/** The two tables in ARCHITECTURE.md, made from layers.json. */
export function layersTable(layers: Layers): string {
  const packages = Object.entries(layers.packages).map(([pkg, others]) =>
    row(pkg, packagesBelow(others), layers.typesOnly[pkg] ?? []),
  );
  const folders = Object.entries(layers.folders).map(([folder, below]) =>
    row(folder, below.map(code), layers.upwardTypes[folder] ?? []),
  );
  return [
    "| package | may import |\n|---|---|",
    ...packages,
    "\n| folder | may import |\n|---|---|",
    ...folders,
  ].join("\n");
}

function packagesBelow(others: Layers["packages"][string]): string[] {
  return Object.entries(others).map(([name, files]) =>
    files === "*" ? code(name) : `${code(name)} in ${files.map(code).join(" and ")}`,
  );
}

function row(name: string, below: readonly string[], typesOnly: readonly string[]): string {
  const types = typesOnly.length === 0 ? [] : [`types only of ${typesOnly.map(code).join(", ")}`];
  const all = [...below, ...types];
  return `| ${code(name)} | ${all.length === 0 ? "nothing" : all.join(", ")} |`;
}

function code(name: string): string {
  return `\`${name}\``;
}

export function checkLayers(project: Project, layers: Layers): Fault[] {
  const faults: Fault[] = [];
  for (const path of project.paths) {
    const place = placeOf(path);
    if (place === undefined || !isSource(path)) continue;
    const layer = place.folder === "" ? place.pkg : `${place.pkg}/${place.folder}`;
    if (place.folder !== "" && !(layer in layers.folders)) {
      faults.push({ path, message: `the folder ${layer} is not in layers.json` });
    }
    for (const found of importsOf(project.read(path))) {
      for (const message of faultsOf(found, { path, layer, ...place }, layers)) {
        faults.push({ path, message });
      }
    }
  }
  return faults;
}

interface Place {
  readonly pkg: string;
  /** First folder below `src`, or nothing for the files at its root. */
  readonly folder: string;
  /** Path below `src`. */
  readonly inside: string;
}

interface Importer extends Place {
  readonly path: string;
  readonly layer: string;
}

function placeOf(path: string): Place | undefined {
  const match = /^(?:packages|examples)\/([^/]+)\/src\/(.+)$/.exec(path);
  const [, pkg, inside] = match ?? [];
  if (pkg === undefined || inside === undefined) return undefined;
  return { pkg, inside, folder: inside.includes("/") ? (inside.split("/")[0] ?? "") : "" };
}

function faultsOf(found: Import, from: Importer, layers: Layers): string[] {
  const { specifier } = found;
  if (specifier.startsWith(".")) return relativeFaults(found, from, layers);
  const match = /^@holdpoint\/([^/]+)(?:\/(.+))?$/.exec(specifier);
  if (match === null) return [];
  const to = match[1] ?? "";
  if (to === from.pkg) return [`import ${specifier} by its path, it is the same package`];
  if (isTest(from.path)) return [];
  const allowed = layers.packages[from.pkg]?.[to];
  const files = allowed === "*" || allowed === undefined ? [] : allowed;
  if (allowed !== "*" && !files.includes(from.inside)) {
    const where = files.length === 0 ? "" : ` (only ${files.join(", ")} may)`;
    return [`${from.pkg} may not import ${to}${where}`];
  }
  const layer = `${to}/${match[2]?.split("/")[0] ?? ""}`;
  if (!found.typesOnly && layers.typesOnly[from.pkg]?.includes(layer) === true) {
    return [`${from.pkg} may import nothing but types from ${layer}`];
  }
  return [];
}

function relativeFaults(found: Import, from: Importer, layers: Layers): string[] {
  const { specifier } = found;
  if (!/\.(?:tsx?|mjs|js|json|css)$/.test(specifier)) return [`write the extension: ${specifier}`];
  const target = posix.join(posix.dirname(from.path), specifier);
  const to = placeOf(target);
  if (to === undefined) return isTest(from.path) ? [] : [`${specifier} leaves the package`];
  if (to.pkg !== from.pkg) return [`import another package by its name: ${specifier}`];
  const enclosure = Object.entries(layers.enclosed).find(([folder]) =>
    `${to.pkg}/${to.inside}`.startsWith(`${folder}/`),
  );
  const inside = enclosure !== undefined && isInside(from, enclosure[0]);
  if (enclosure !== undefined && !inside && !enclosure[1].includes(from.layer)) {
    return [`only ${enclosure[1].join(", ")} may import ${enclosure[0]}`];
  }
  if (from.folder === "" || from.folder === to.folder) return [];
  const layer = `${to.pkg}/${to.folder === "" ? to.inside : to.folder}`;
  const upward = layers.upwardTypes[from.layer] ?? [];
  if (found.typesOnly && matches(upward, layer)) return [];
  if (matches(layers.folders[from.layer] ?? [], layer)) return [];
  return [`${from.layer} may not import ${layer}`];
}

function isInside(from: Importer, folder: string): boolean {
  return `${from.pkg}/${from.inside}`.startsWith(`${folder}/`);
}

function matches(rules: readonly string[], layer: string): boolean {
  return rules.some(
    (rule) => rule === layer || (rule.endsWith("/*") && layer.startsWith(rule.slice(0, -1))),
  );
}
