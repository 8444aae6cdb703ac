// `holdpoint migrate-to`: moves an embedded installation to PostgreSQL.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { migrateTo } from "@holdpoint/server/storage/migrate-to";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { makeTerminal } from "../output/terminal.ts";

export async function moveTo(
  databaseUrl: string,
  options: { readonly data: string; readonly json?: boolean },
): Promise<void> {
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new CommandFailed("the target must be a postgres:// address", exitCodes.usage);
  }
  const terminal = makeTerminal({ json: options.json ?? false });
  const { tables } = await migrateTo({
    dataDir: options.data,
    databaseUrl,
    onProgress: (sentence) => (terminal.json ? terminal.note(sentence) : terminal.print(sentence)),
  });
  if (terminal.json) {
    terminal.printJson({ tables });
    return;
  }
  const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
  terminal.print(`${rows} rows moved. Start the server with DATABASE_URL set to that address.`);
  if (existsSync(join(options.data, "seal-keys"))) {
    terminal.print(
      `It needs the keys of ${join(options.data, "seal-keys")} in HOLDPOINT_SEAL_KEYS.`,
    );
  }
}
