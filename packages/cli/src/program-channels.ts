// The `holdpoint channels` commands as they are written: options, and the file that does each.

import type { Command } from "commander";
import type { DeliveriesOptions } from "./command/channels.ts";
import type { GlobalOptions } from "./command/session.ts";
import { optionsOf } from "./option.ts";

export function addChannels(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("the channels that are configured, and how they fare")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/channels.ts");
      await list(optionsOf<GlobalOptions>(command));
    });
  group
    .command("test")
    .description("send one harmless message by a channel")
    .argument("<channel>")
    .option("--to <address>", "whose address: of somebody known to the server (yours)")
    .action(async (name: string, _options, command: Command) => {
      const { test } = await import("./command/channels.ts");
      await test(name, optionsOf<GlobalOptions & { to?: string }>(command));
    });
  group
    .command("deliveries")
    .description("what was told to whom and how it ended, newest first")
    .option("--job <id>")
    .option("--person <id>")
    .option("--channel <name>")
    .option("--state <state>", "pending, delivered, dead, gathered or dropped")
    .option("--limit <n>")
    .action(async (_options, command: Command) => {
      const { deliveries } = await import("./command/channels.ts");
      await deliveries(optionsOf<DeliveriesOptions>(command));
    });
  group
    .command("resend")
    .description("try a dead letter again")
    .argument("<delivery>")
    .action(async (id: string, _options, command: Command) => {
      const { resend } = await import("./command/channels.ts");
      await resend(id, optionsOf<GlobalOptions>(command));
    });
}
