// Keeps the active policy the one of a file: at the start, and again whenever the file changes.

import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Engine } from "../flow/context.ts";
import { activate, examine } from "../flow/publish-policy.ts";

export interface PolicyFile {
  readonly tenant: string;
  readonly file: string;
}

const settleMs = 200;

/** Activates the file when it says another policy than the active one; throws when it does not load. */
export async function activateFile(engine: Engine, { tenant, file }: PolicyFile): Promise<void> {
  const source = await readFile(file, "utf8").catch((error: unknown) => {
    const message = `cannot read the policy file ${file}; give another with --policy`;
    throw new HoldpointError("config_invalid", { message }, { cause: error });
  });
  const { policy } = examine(source);
  const active = await engine.store.activePolicy(tenant);
  if (active?.digest === policy.digest) return;
  const author = { kind: "system", id: "policy-file" } as const;
  await activate(engine, { tenant, source, author, message: path.basename(file), replaces: null });
  engine.telemetry.notice(`Policy ${path.basename(file)} is active.`);
}

/** A file that does not load leaves the running policy in place, and says so. */
export function watchPolicyFile(engine: Engine, place: PolicyFile): () => void {
  let timer: NodeJS.Timeout | undefined;
  const reload = (): void => {
    activateFile(engine, place).catch((error: unknown) => {
      engine.telemetry.workFailed("policy file (the running policy stays)", error);
    });
  };
  // The folder is watched, because editors replace the file.
  const watcher = watch(path.dirname(path.resolve(place.file)), (_event, name) => {
    if (name !== path.basename(place.file)) return;
    clearTimeout(timer);
    timer = setTimeout(reload, settleMs);
  });
  watcher.on("error", (error) => engine.telemetry.workFailed("watch policy file", error));
  watcher.unref();
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
