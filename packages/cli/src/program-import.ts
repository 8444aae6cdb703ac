// The `holdpoint import` commands as they are written: one for each system that policies come from.

import { type Command, Option } from "commander";
import type { ImportOptions } from "./command/import-cordum.ts";
import { optionsOf } from "./option.ts";

export function addImport(group: Command): void {
  const losses = new Option(
    "--accept-loss <what...>",
    "import although this is lost; without it nothing is written",
  ).choices(["content_rules", "limits", "match_clause"]);
  group
    .command("cordum")
    .description("translate a safety policy of Cordum, and say what differs")
    .argument("<file>", "- for standard input")
    .option("--out <file>", "write the policy here instead of printing it")
    .addOption(losses)
    .action(async (file: string, _options, command: Command) => {
      const { importFile } = await import("./command/import-cordum.ts");
      await importFile(file, optionsOf<ImportOptions>(command));
    });
}
