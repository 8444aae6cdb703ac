// The `holdpoint agents` commands as they are written: options, and the file that does each.

import type { Command } from "commander";
import type { ListOptions, RegisterOptions, RotateOptions, TurnOptions } from "./command/agents.ts";
import type { GlobalOptions } from "./command/session.ts";
import { optionsOf } from "./option.ts";

export function addAgents(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("the registry of agents")
    .option("--state <state>", "active, paused or killed")
    .option("--cursor <cursor>", "go on where the last page ended")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/agents.ts");
      await list(optionsOf<ListOptions>(command));
    });
  group
    .command("show")
    .description("one agent with its chain, limits, keys and waiting holds")
    .argument("<agent>")
    .action(async (id: string, _options, command: Command) => {
      const { show } = await import("./command/agents.ts");
      await show(id, optionsOf<GlobalOptions>(command));
    });
  group
    .command("register")
    .description("register an agent, or change it; what is left out stays, `none` takes away")
    .argument("<agent>")
    .option("--name <text>")
    .option("--description <text>")
    .option("--owner <person>", "who answers for it, and may not review it")
    .option("--parent <agent>", "the agent that delegates to it")
    .option("--pending <number>", "holds that may wait at once")
    .option("--per-minute <number>", "proposals within any minute")
    .option("--webhook <url>", "where it is told of its runs")
    .option("--local", "it may decide by itself what policy allows")
    .option("--no-local", "the server decides everything")
    .action(async (id: string, _options, command: Command) => {
      const { register } = await import("./command/agents.ts");
      await register(id, optionsOf<RegisterOptions>(command));
    });
  addSwitches(group);
  group
    .command("rotate-key")
    .description("make a key for the agent; it is shown once")
    .argument("<agent>")
    .option("--replaces <key-id>", "the key that ends")
    .option("--overlap <duration>", "how long that one goes on (24h); 0s ends it at once")
    .option("--scope <scope...>", "propose, redeem, read")
    .option("--name <text>", "what it is for")
    .option("--expires <duration>", "such as 30d")
    .action(async (id: string, _options, command: Command) => {
      const { rotateKey } = await import("./command/agents.ts");
      await rotateKey(id, optionsOf<RotateOptions>(command));
    });
}

function addSwitches(group: Command): void {
  for (const [verb, what] of [
    ["pause", "stop an agent and all below it, whatever was approved before"],
    ["resume", "let a paused agent act again"],
  ] as const) {
    group
      .command(verb)
      .description(what)
      .argument("<agent>")
      .requiredOption("--reason <text>", "for the record")
      .action(async (id: string, _options, command: Command) => {
        const { turn } = await import("./command/agents.ts");
        await turn(verb, id, optionsOf<TurnOptions>(command));
      });
  }
  group
    .command("kill")
    .description("end an agent for good, with its keys, holds, grants and runs")
    .argument("<agent>")
    .requiredOption("--reason <text>", "for the record")
    .option("--yes", "do not ask")
    .action(async (id: string, _options, command: Command) => {
      const { kill } = await import("./command/agents.ts");
      await kill(id, optionsOf<TurnOptions>(command));
    });
}
