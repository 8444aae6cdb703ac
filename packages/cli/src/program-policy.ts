// The `holdpoint policy` commands as they are written: options, and the file that does each.

import type { Command } from "commander";
import type { GlobalOptions } from "./command/session.ts";
import { optionsOf } from "./option.ts";

export function addPolicy(group: Command): void {
  group
    .command("check")
    .description("read a policy file and run its tests, without a server")
    .argument("<file>", "- for standard input")
    .option("--strict", "fail on warnings too")
    .action(async (file: string, _options, command: Command) => {
      const { check } = await import("./command/policy.ts");
      await check(file, optionsOf<GlobalOptions & { strict?: boolean }>(command));
    });
  group
    .command("explain")
    .description("what policy says about an action, and why")
    .argument("<action.json>", "- for standard input")
    .option("--policy <file>", "this file instead of the server's active policy")
    .action(async (file: string, _options, command: Command) => {
      const { explain } = await import("./command/policy.ts");
      await explain(file, optionsOf<GlobalOptions & { policy?: string }>(command));
    });
  group
    .command("show")
    .description("the active policy")
    .action(async (_options, command: Command) => {
      const { show } = await import("./command/policy.ts");
      await show(optionsOf<GlobalOptions>(command));
    });
  group
    .command("publish")
    .description("make a policy file the active policy")
    .argument("<file>", "- for standard input")
    .option("--message <text>", "why, for the record")
    .option("--replaces <digest>", "refuse when another policy became active meanwhile")
    .action(async (file: string, _options, command: Command) => {
      const { publish } = await import("./command/policy.ts");
      await publish(
        file,
        optionsOf<GlobalOptions & { message?: string; replaces?: string }>(command),
      );
    });
}
