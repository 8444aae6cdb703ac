// The `holdpoint identities` commands as they are written: options, and the file that does each.

import type { Command } from "commander";
import type { LinkOptions, ListOptions } from "./command/identities.ts";
import type { GlobalOptions } from "./command/session.ts";
import { optionsOf } from "./option.ts";

export function addIdentities(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("accounts in chats that speak for you; for admins, for anybody")
    .option("--person <id>")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/identities.ts");
      await list(optionsOf<ListOptions>(command));
    });
  group
    .command("link")
    .description("link the account that was shown this code to you")
    .argument("<code>")
    .option("--yes", "do not ask whose account it is")
    .action(async (code: string, _options, command: Command) => {
      const { link } = await import("./command/identities.ts");
      await link(code, optionsOf<LinkOptions>(command));
    });
  group
    .command("unlink")
    .description("end a link at once")
    .argument("<channel>", "slack")
    .argument("<account>", "as `identities list` names it")
    .action(async (channel: string, account: string, _options, command: Command) => {
      const { unlink } = await import("./command/identities.ts");
      await unlink(channel, account, optionsOf<GlobalOptions>(command));
    });
}
