// The house rules that a linter cannot see; `npm run check` runs this on the whole repository.

import { resolve } from "node:path";
import process from "node:process";
import { catalogue } from "@holdpoint/core/error/catalogue";
import { eventTypes } from "@holdpoint/core/record/event";
import { checkAuthority } from "./tidy/authority.ts";
import { checkDocuments } from "./tidy/documents.ts";
import { checkLayers, readLayers } from "./tidy/layers.ts";
import { openProject } from "./tidy/project.ts";
import { checkSources } from "./tidy/source.ts";
import { checkTracked } from "./tidy/tracked.ts";

const errorLines = Object.fromEntries(
  Object.entries(catalogue).map(([code, { kind, status, retry, title }]) => [
    code,
    `${title}. HTTP ${status}, ${kind}, retry: ${retry}.`,
  ]),
);
const project = openProject(resolve(process.argv[2] ?? "."));
const layers = readLayers(project);
const faults = [
  ...checkSources(project),
  ...checkLayers(project, layers),
  ...checkAuthority(project),
  ...checkDocuments(project, layers, { errorLines, eventTypes }),
  ...checkTracked(project),
];
for (const { path, message } of faults) process.stdout.write(`${path}: ${message}\n`);
process.stdout.write(`${project.paths.length} files, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
