// The files that a server is given: what they say is active at the start, and again whenever they change.

import { readFile } from "node:fs/promises";
import type { Engine } from "../flow/context.ts";
import { activate } from "../flow/publish-policy.ts";
import { activatePeople, watchPeopleFile } from "./people-file.ts";
import { activateFile, watchPolicyFile } from "./policy-file.ts";
import { activateTools, watchToolsFile } from "./tools-file.ts";

/** Files by what they say; null where there is none. */
export interface Files {
  readonly policyFile: string | null;
  /** Policy of the very first start, while nothing is active. */
  readonly firstPolicyFile: string | null;
  readonly toolsFile: string | null;
  readonly peopleFile: string | null;
}

/** What the files say, else what is active, else a policy that holds everything. */
export async function activateFirst(engine: Engine, tenant: string, files: Files): Promise<void> {
  await activateFirstPolicy(engine, tenant, files);
  const { toolsFile, peopleFile } = files;
  if (toolsFile !== null) await activateTools(engine, { tenant, file: toolsFile });
  if (peopleFile !== null) await activatePeople(engine, { tenant, file: peopleFile });
}

async function activateFirstPolicy(engine: Engine, tenant: string, files: Files): Promise<void> {
  const active = await engine.store.activePolicy(tenant);
  if (files.policyFile !== null) {
    await activateFile(engine, { tenant, file: files.policyFile });
    return;
  }
  if (active !== null) return;
  const source =
    files.firstPolicyFile === null
      ? "version: v1\nrules: []\n"
      : await readFile(files.firstPolicyFile, "utf8");
  const author = { kind: "system", id: "start" } as const;
  const message = "first start";
  await activate(engine, { tenant, source, author, message, replaces: null, kind: "start" });
}

/** Answers how to stop. */
export function watchFiles(engine: Engine, tenant: string, files: Files): () => void {
  const { policyFile, toolsFile, peopleFile } = files;
  const stops = [
    ...(policyFile === null ? [] : [watchPolicyFile(engine, { tenant, file: policyFile })]),
    ...(toolsFile === null ? [] : [watchToolsFile(engine, { tenant, file: toolsFile })]),
    ...(peopleFile === null ? [] : [watchPeopleFile(engine, { tenant, file: peopleFile })]),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
