// Every verb asks for authority before it reads or writes: a guard against forgetting, not a proof.

import { type Fault, isSource, isTest, type Project } from "./project.ts";

const flowFolder = "packages/server/src/flow/";
// The common form of all verbs, and the record of those who may not.
const exempt = new Set([
  "packages/server/src/flow/change-job.ts",
  "packages/server/src/flow/refused-attempt.ts",
]);
const asking = /\brequire[A-Z]\w*\(/;
const writing = /\bctx\.store\.(?:commit|activatePolicy|addKey|revokeKey)\(|\bchangeJob\b/;
const reading = /\bctx\.store\./;
// What other verbs call on the way is not asked again.
const readers = /^(?:read|list|wait|explain|follow)/;

interface TopLevelFunction {
  readonly name: string;
  readonly isExported: boolean;
  readonly takesContext: boolean;
  readonly body: string;
}

export function checkAuthority(project: Project): Fault[] {
  return project.paths
    .filter((path) => path.startsWith(flowFolder) && isSource(path))
    .filter((path) => !isTest(path) && !exempt.has(path))
    .flatMap((path) => namesWithoutAuthority(project.read(path)).map((name) => fault(path, name)));
}

function fault(path: string, name: string): Fault {
  return { path, message: `${name} reads or writes before it asks for authority (requireScope)` };
}

function namesWithoutAuthority(text: string): string[] {
  const functions = functionsOf(text);
  const asks = new Set(functions.filter(({ body }) => asking.test(body)).map(({ name }) => name));
  return functions
    .filter(({ isExported, takesContext }) => isExported && takesContext)
    .filter(({ name, body }) => {
      const use = (readers.test(name) ? reading : writing).exec(body)?.index;
      return use !== undefined && firstAsk(body, asks) > use;
    })
    .map(({ name }) => name);
}

/** Where a body asks by itself or through a function of its file; infinity when it does not. */
function firstAsk(body: string, asks: ReadonlySet<string>): number {
  const places = [asking, ...[...asks].map((name) => new RegExp(`\\b${name}\\(`))];
  return Math.min(...places.map((pattern) => pattern.exec(body)?.index ?? Infinity));
}

function functionsOf(text: string): TopLevelFunction[] {
  const head = /^(export )?(?:async )?function (\w+)([\s\S]*?)^\}/gm;
  return [...text.matchAll(head)].map(([, exported, name = "", rest = ""]) => {
    const open = rest.indexOf(" {\n");
    return {
      name,
      isExported: exported !== undefined,
      takesContext: /\bctx: Context\b/.test(rest.slice(0, open)),
      body: rest.slice(open),
    };
  });
}
