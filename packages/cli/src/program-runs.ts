// The `holdpoint runs` commands as they are written: options, and the file that does each.

import type { Command } from "commander";
import type { ListOptions, ReasonOptions } from "./command/runs.ts";
import type { GlobalOptions } from "./command/session.ts";
import { optionsOf } from "./option.ts";

export function addRuns(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("suspended runs, newest first")
    .option("--state <state>", "arming, waiting, claimed, completed, dead, cancelled")
    .option("--agent <agent>")
    .option("--thread <thread>")
    .option("--cursor <cursor>", "where the page before ended")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/runs.ts");
      await list(optionsOf<ListOptions>(command));
    });
  group
    .command("show")
    .description("one suspended run")
    .argument("<resumption>", "its id, as `runs list` shows it")
    .action(async (id: string, _options, command: Command) => {
      const { show } = await import("./command/runs.ts");
      await show(id, optionsOf<GlobalOptions>(command));
    });
  group
    .command("retry")
    .description("try a run again that was given up")
    .argument("<resumption>", "its id, as `runs list` shows it")
    .option("--reason <text>", "for the record")
    .action(async (id: string, _options, command: Command) => {
      const { retry } = await import("./command/runs.ts");
      await retry(id, optionsOf<ReasonOptions>(command));
    });
  group
    .command("cancel")
    .description("take a run back; its calls stay as they are")
    .argument("<resumption>", "its id, as `runs list` shows it")
    .option("--reason <text>", "for the record")
    .action(async (id: string, _options, command: Command) => {
      const { cancel } = await import("./command/runs.ts");
      await cancel(id, optionsOf<ReasonOptions>(command));
    });
}
