// Keeps the active policy the one of a file: at the start, and again whenever the file changes.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Engine } from "../flow/context.ts";
import { FileRefused, recordRefusedFile } from "../flow/file-refused.ts";
import { activate, examine } from "../flow/publish-policy.ts";
import { watchFile } from "./watched-file.ts";

export interface PolicyFile {
  readonly tenant: string;
  readonly file: string;
}

/** Activates the file when it says another policy than the active one; throws when it does not load. */
export async function activateFile(engine: Engine, { tenant, file }: PolicyFile): Promise<void> {
  const source = await readFile(file, "utf8").catch((error: unknown) => {
    const message = `cannot read the policy file ${file}; give another with --policy`;
    throw new HoldpointError("config_invalid", { message }, { cause: error });
  });
  const name = path.basename(file);
  try {
    const { policy } = await examine(engine, tenant, source);
    const active = await engine.store.activePolicy(tenant);
    if (active?.digest === policy.digest) return;
    const author = { kind: "system", id: "policy-file" } as const;
    await activate(engine, { tenant, source, author, message: name, replaces: null, kind: "file" });
  } catch (error) {
    if (error instanceof FileRefused) {
      await recordRefusedFile(engine, { tenant, type: "policy.refused", file: name }, error);
    }
    throw error;
  }
  engine.telemetry.notice(`Policy ${name} is active.`);
}

/** A file that does not load leaves the running policy in place, and says so. */
export function watchPolicyFile(engine: Engine, place: PolicyFile): () => void {
  return watchFile({
    file: place.file,
    onChange: () => {
      activateFile(engine, place).catch((error: unknown) => {
        engine.telemetry.workFailed("policy file (the running policy stays)", error);
      });
    },
    onError: (error) => engine.telemetry.workFailed("watch policy file", error),
  });
}
