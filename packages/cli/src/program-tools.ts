// The `holdpoint tools` commands as they are written: options, and the file that does each.

import type { Command } from "commander";
import type { GlobalOptions } from "./command/session.ts";
import type { SetOptions } from "./command/tools.ts";
import { optionsOf } from "./option.ts";

export function addTools(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("the tool registry")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/tools.ts");
      await list(optionsOf<GlobalOptions>(command));
    });
  group
    .command("set")
    .description("add a tool, or replace the one with this id")
    .argument("<id>")
    .option("--topic <pattern>", "the topics that it is for")
    .option("--tool <pattern>", "the tools that it is for: name or server.name")
    .option("--title <text>")
    .option("--tag <tag...>", "risk tags that its actions carry")
    .option("--reversible", "its actions can be undone")
    .option("--irreversible", "its actions cannot be undone")
    .option(
      "--schema <json>",
      "JSON Schema of the parameters: JSON, @file, or - for standard input",
    )
    .option("--summary <text>", "first line of the card, with ${…} over the action")
    .option("--rows <expression>", "computes how many rows are touched")
    .option("--recipients <expression>", "computes how many people are reached")
    .action(async (id: string, _options, command: Command) => {
      const { set } = await import("./command/tools.ts");
      await set(id, optionsOf<SetOptions>(command));
    });
  group
    .command("import")
    .description("make the registry what a tools file says; entries that it lacks are removed")
    .argument("<file>", "- for standard input")
    .action(async (file: string, _options, command: Command) => {
      const { importFile } = await import("./command/tools.ts");
      await importFile(file, optionsOf<GlobalOptions>(command));
    });
  group
    .command("remove")
    .description("take a tool out of the registry")
    .argument("<id>")
    .action(async (id: string, _options, command: Command) => {
      const { remove } = await import("./command/tools.ts");
      await remove(id, optionsOf<GlobalOptions>(command));
    });
}
