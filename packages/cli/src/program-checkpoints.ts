// The `holdpoint checkpoints` commands as they are written: options, and the file that does each.

import type { Command } from "commander";
import type {
  DeleteOptions,
  ForkOptions,
  ListOptions,
  ShowOptions,
} from "./command/checkpoints.ts";
import { optionsOf } from "./option.ts";

export function addCheckpoints(group: Command): void {
  addReading(group);
  withPlace(group.command("fork"))
    .description("copy one, to try from there what would have happened otherwise")
    .argument("<thread>")
    .argument("<checkpoint>", "its id, or latest")
    .requiredOption("--to <thread>", "the thread that the copy goes to")
    .option("--to-namespace <name>", "its namespace there")
    .option("--to-id <id>", "its id there")
    .action(async (thread: string, id: string, _options, command: Command) => {
      const { fork } = await import("./command/checkpoints.ts");
      await fork({ thread, id }, optionsOf<ForkOptions>(command));
    });
  withPlace(group.command("delete"))
    .alias("rm")
    .description("remove one, or with --all a thread; not while a run goes on from it")
    .argument("<thread>")
    .argument("[checkpoint]")
    .option("--all", "the whole thread, in all its namespaces")
    .action(async (thread: string, id: string | undefined, _options, command: Command) => {
      const { remove } = await import("./command/checkpoints.ts");
      await remove({ thread, id }, optionsOf<DeleteOptions>(command));
    });
}

function addReading(group: Command): void {
  withPlace(group.command("list"))
    .alias("ls")
    .description("the threads of an agent, or the checkpoints of one, newest first")
    .argument("[thread]")
    .option("--limit <count>")
    .option("--cursor <cursor>")
    .action(async (thread: string | undefined, _options, command: Command) => {
      const { list } = await import("./command/checkpoints.ts");
      await list(thread, optionsOf<ListOptions>(command));
    });
  withPlace(group.command("show"))
    .description("what stands around one; with --state the state itself, which is on the record")
    .argument("<thread>")
    .argument("[checkpoint]", "its id", "latest")
    .option("--state <file>", "write the state to a new file that only you can read")
    .action(async (thread: string, id: string, _options, command: Command) => {
      const { show } = await import("./command/checkpoints.ts");
      await show({ thread, id }, optionsOf<ShowOptions>(command));
    });
}

function withPlace(command: Command): Command {
  return command
    .option("--agent <id>", "whose they are; needed with a person's key")
    .option("--namespace <name>", "of a part graph");
}
