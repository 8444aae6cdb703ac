// The commands about holds beside voting as they are written: options, and the file that does each.

import type { Command } from "commander";
import type { AskOptions, AssignOptions, BatchOptions } from "./command/holds.ts";
import type { GlobalOptions } from "./command/session.ts";
import { optionsOf } from "./option.ts";

export function addHolds(group: Command): void {
  group
    .command("claim")
    .description("take the card, so that others read another; it keeps nobody from voting")
    .argument("<job>")
    .action(async (id: string, _options, command: Command) => {
      const { claim } = await import("./command/holds.ts");
      await claim(id, optionsOf<GlobalOptions>(command));
    });
  group
    .command("release")
    .description("give the card back")
    .argument("<job>")
    .action(async (id: string, _options, command: Command) => {
      const { release } = await import("./command/holds.ts");
      await release(id, optionsOf<GlobalOptions>(command));
    });
  group
    .command("assign")
    .description("give the card to somebody else who may review the hold")
    .argument("<job>")
    .requiredOption("--to <person>", "id or email")
    .option("--note <text>", "for the record")
    .action(async (id: string, _options, command: Command) => {
      const { assign } = await import("./command/holds.ts");
      await assign(id, optionsOf<AssignOptions>(command));
    });
  group
    .command("ask")
    .description("ask the agent something; its answer is its claim")
    .argument("<job>")
    .requiredOption("--text <question>")
    .action(async (id: string, _options, command: Command) => {
      const { ask } = await import("./command/holds.ts");
      await ask(id, optionsOf<AskOptions>(command));
    });
  group
    .command("batch")
    .description("one verdict about holds of one rule, topic and agent; each is answered by itself")
    .argument("<job...>")
    .option("--approve")
    .option("--reject")
    .option("--reason <text>", "what the agent is told; a rejection needs it")
    .option("--code <code>", "with --reject: wrong_target, wrong_amount, unsafe, …")
    .option("--note <text>", "more, for the record")
    .option("--yes", "do not ask")
    .action(async (ids: string[], _options, command: Command) => {
      const { batch } = await import("./command/holds.ts");
      await batch(ids, optionsOf<BatchOptions>(command));
    });
}
