// Rules for everything else that is kept: migrations, lock files, and names that must not leak.

import type { Fault, Project } from "./project.ts";

const migrationFolder = "packages/server/migrations/";
const text =
  /\.(ts|tsx|mjs|js|json|jsonc|md|sql|yaml|yml|css|html|sh|npmrc|gitignore)$|^\.ci\/|^[A-Z]+$/;
const headerWordsMin = 8;

// Built from pieces, so that this file does not hold what it forbids.
const leaks: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`(?<![\\w.-])/${"work"}/`), "names the folder that it was written in"],
  [new RegExp(`\\.\\./${"shared"}\\b`), "names a folder outside of the project"],
  [new RegExp(`registry\\.${"npmjs"}|\\b(?:artifactory|nexus)\\.`), "names a registry"],
];

export function checkTracked(project: Project): Fault[] {
  return [...checkMigrations(project), ...checkLocks(project), ...checkLeaks(project)];
}

function checkMigrations(project: Project): Fault[] {
  const faults: Fault[] = [];
  const paths = project.paths.filter(
    (path) => path.startsWith(migrationFolder) && path.endsWith(".sql"),
  );
  paths.forEach((path, i) => {
    const number = /\/(\d{4})-[a-z0-9-]+\.sql$/.exec(path)?.[1];
    if (number === undefined) faults.push({ path, message: "call it NNNN-what-it-does.sql" });
    else if (Number(number) !== i + 1) {
      faults.push({ path, message: `the numbers have a gap: this should be ${i + 1}` });
    }
    const header = /^(?:--.*\n)+/.exec(project.read(path))?.[0] ?? "";
    if (header.split(/\s+/).length < headerWordsMin) {
      const message = "open with what it does to a running system: locks, time, way back";
      faults.push({ path, message });
    }
  });
  return faults;
}

function checkLocks(project: Project): Fault[] {
  return project.paths
    .filter((path) => path.endsWith("package-lock.json"))
    .filter((path) => /"resolved": "(?:https?|git\+|git:)/.test(project.read(path)))
    .map((path) => ({ path, message: 'holds "resolved" addresses: see .npmrc' }));
}

function checkLeaks(project: Project): Fault[] {
  const faults: Fault[] = [];
  for (const path of project.paths) {
    if (!text.test(path) || path.startsWith("spec/vectors/")) continue;
    for (const [pattern, message] of leaks) {
      if (pattern.test(project.read(path))) faults.push({ path, message });
    }
  }
  return faults;
}
