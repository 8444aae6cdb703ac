// Keeps the tool registry the one of a file: at the start, and again whenever the file changes.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Engine } from "../flow/context.ts";
import { FileRefused, recordRefusedFile } from "../flow/file-refused.ts";
import { activeTools, replaceTools } from "../flow/manage-tools.ts";
import { registryDigest } from "@holdpoint/core/policy/registry";
import { watchFile } from "./watched-file.ts";

export interface ToolsFile {
  readonly tenant: string;
  readonly file: string;
}

/** Makes the registry what the file says; throws when it does not load, and changes nothing then. */
export async function activateTools(engine: Engine, { tenant, file }: ToolsFile): Promise<void> {
  const source = await readFile(file, "utf8").catch((error: unknown) => {
    const message = `cannot read the tools file ${file}; give another with --tools`;
    throw new HoldpointError("config_invalid", { message }, { cause: error });
  });
  const name = path.basename(file);
  const author = { kind: "system", id: "tools-file" } as const;
  const before = registryDigest((await activeTools(engine, tenant)).registry);
  try {
    const { digest, items } = await replaceTools(engine, { tenant, author, file: name }, source);
    if (digest !== before) {
      engine.telemetry.notice(`Tools ${name} are active: ${items.length} of them.`);
    }
  } catch (error) {
    if (error instanceof FileRefused) {
      await recordRefusedFile(engine, { tenant, type: "tools.refused", file: name }, error);
    }
    throw error;
  }
}

/** A file that does not load leaves the registry as it is, and says so. */
export function watchToolsFile(engine: Engine, place: ToolsFile): () => void {
  return watchFile({
    file: place.file,
    onChange: () => {
      activateTools(engine, place).catch((error: unknown) => {
        engine.telemetry.workFailed("tools file (the registry stays as it is)", error);
      });
    },
    onError: (error) => engine.telemetry.workFailed("watch tools file", error),
  });
}
