// Rules that hold documents to the code: pages of codes and events, tables, paths, dependencies.

import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { type Layers, layersTable } from "./layers.ts";
import type { Fault, Project } from "./project.ts";

const architecture = "ARCHITECTURE.md";
const errorPage = "docs/reference/errors.md";
const eventPage = "spec/events.md";
const dependencyPage = "docs/reference/dependencies.md";
const tableMarks = ["<!-- layers -->", "<!-- /layers -->"] as const;

/** What the code knows and the documents must tell. */
export interface Known {
  /** Error code -> the line below its heading, which the catalogue dictates. */
  readonly errorLines: Readonly<Record<string, string>>;
  readonly eventTypes: readonly string[];
}

export function checkDocuments(project: Project, layers: Layers, known: Known): Fault[] {
  return [
    ...sameNames(
      errorPage,
      headingsOf(project.read(errorPage), "### "),
      Object.keys(known.errorLines),
    ),
    ...checkErrorLines(project.read(errorPage), known.errorLines),
    ...sameNames(eventPage, headingsOf(project.read(eventPage), "### "), known.eventTypes),
    ...checkTable(project.read(architecture), layersTable(layers)),
    ...checkDependencies(project),
    ...project.paths
      .filter((path) => path.endsWith(".md") && !path.startsWith("spec/vectors/"))
      .flatMap((path) => checkCitations(project, path)),
  ];
}

function headingsOf(text: string, mark: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length).replaceAll("`", "").trim());
}

function sameNames(path: string, told: readonly string[], wanted: readonly string[]): Fault[] {
  return [
    ...wanted
      .filter((name) => !told.includes(name))
      .map((name) => ({ path, message: `the section "### ${name}" is missing` })),
    ...told
      .filter((name, i) => !wanted.includes(name) || told.indexOf(name) !== i)
      .map((name) => ({ path, message: `the section "### ${name}" tells of nothing in the code` })),
  ];
}

function checkErrorLines(text: string, lines: Readonly<Record<string, string>>): Fault[] {
  return Object.entries(lines)
    .filter(([code]) => text.includes(`### ${code}\n`))
    .filter(([code, line]) => !text.includes(`### ${code}\n\n${line}\n`))
    .map(([code, line]) => ({ path: errorPage, message: `below "### ${code}" stands: ${line}` }));
}

function checkTable(text: string, table: string): Fault[] {
  const [open, close] = tableMarks;
  const written = text.split(open)[1]?.split(close)[0]?.trim();
  if (written === table) return [];
  const message = `between ${open} and ${close} must stand what layers.json says:\n${table}`;
  return [{ path: architecture, message }];
}

function checkDependencies(project: Project): Fault[] {
  const page = project.read(dependencyPage);
  const faults: Fault[] = [];
  for (const path of project.paths.filter((name) =>
    /^(packages|examples)\/[^/]+\/package\.json$/.test(name),
  )) {
    const manifest = JSON.parse(project.read(path)) as { dependencies?: Record<string, string> };
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      if (name.startsWith("@holdpoint/") || page.includes(`\`${name}\``)) continue;
      faults.push({ path, message: `${dependencyPage} does not say why ${name} is needed` });
    }
  }
  return faults;
}

const rootFolders = "packages|docs|spec|test|tools|examples|\\.ci";
const cited = new RegExp(`\`((?:${rootFolders})/[\\w./@-]+|[A-Z]+\\.md|layers\\.json)\``, "g");
const linked = /\]\((?!https?:|mailto:|#)([^)\s#]+)[^)]*\)/g;

function checkCitations(project: Project, path: string): Fault[] {
  const text = project.read(path).replace(/^```[\s\S]*?^```/gm, "");
  const targets = [
    ...[...text.matchAll(cited)].map((match) => match[1] ?? ""),
    ...[...text.matchAll(linked)].map((match) => posix.join(posix.dirname(path), match[1] ?? "")),
  ];
  return [...new Set(targets)]
    .filter((target) => !/(^|\/)(dist|node_modules)(\/|$)/.test(target))
    .filter((target) => !existsSync(join(project.root, target)))
    .map((target) => ({ path, message: `${target} is cited and does not exist` }));
}
