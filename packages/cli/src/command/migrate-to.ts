// `holdpoint migrate-to`: moves an embedded installation to PostgreSQL.

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
  await migrateTo({
    dataDir: options.data,
    databaseUrl,
    onProgress: (progress: unknown) => {
      if (terminal.json) terminal.print(JSON.stringify(progress));
      else terminal.print(typeof progress === "string" ? progress : JSON.stringify(progress));
    },
  });
  if (!terminal.json)
    terminal.print("Done. Start the server with DATABASE_URL set to that address.");
}
