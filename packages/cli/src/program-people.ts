// The commands about people as they are written: options, and the file that does each.

import type { Command } from "commander";
import type { DelegateOptions } from "./command/groups.ts";
import type { SetPersonOptions } from "./command/people.ts";
import type { GlobalOptions } from "./command/session.ts";
import { optionsOf } from "./option.ts";

export function addPeople(program: Command): void {
  addPersons(program.command("people").description("who decides: names, roles, limits"));
  addGroups(program.command("groups").description("groups of the policy and who is in them"));
  program
    .command("oncall")
    .description("who is on duty, and who is next")
    .argument("[group]")
    .option("--at <time>", "at another moment: a time, or a span from now such as 12h")
    .action(async (group: string | undefined, _options, command: Command) => {
      const { onCall } = await import("./command/groups.ts");
      await onCall(group, optionsOf<GlobalOptions & { at?: string }>(command));
    });
  program
    .command("delegate")
    .description("let somebody decide in your place for a time; without options, list")
    .option("--to <person>", "who stands in")
    .option("--from <person>", "who is away (you); only an admin names somebody else")
    .option("--starts <time>", "a time, or a span from now such as 2d (now)")
    .option("--until <time>", "a time, or a span from now such as 7d")
    .option("--reason <text>")
    .option("--end <delegation>", "end one now")
    .action(async (_options, command: Command) => {
      const { delegate } = await import("./command/groups.ts");
      await delegate(optionsOf<DelegateOptions>(command));
    });
  program
    .command("whoami")
    .description("who the server takes you for, and what you may do")
    .action(async (_options, command: Command) => {
      const { whoami } = await import("./command/people.ts");
      await whoami(optionsOf<GlobalOptions>(command));
    });
}

function addPersons(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("everybody whom the people document names")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/people.ts");
      await list(optionsOf<GlobalOptions>(command));
    });
  group
    .command("show")
    .description("one person, by id, email or account")
    .argument("<person>")
    .action(async (name: string, _options, command: Command) => {
      const { show } = await import("./command/people.ts");
      await show(name, optionsOf<GlobalOptions>(command));
    });
  group
    .command("set")
    .description(
      "write a person down, or change what is written; what is not said stays, an empty word takes out",
    )
    .argument("<id>")
    .option("--email <email>")
    .option("--name <text>")
    .option("--account <name...>", "further names by which they sign in")
    .option("--role <role...>", "roles, as the policy names them")
    .option("--group <group...>", "groups that they are added to, beside those of the policy file")
    .option(
      "--limits <json>",
      "what they may approve at most: JSON, @file, or - for standard input",
    )
    .option("--quiet <hours>", 'only the last level may disturb: "22:00-07:00 Europe/Berlin"')
    .option("--cards <number>", "cards in one hour; past it they go to the next in the group")
    .option("--channel <name...>", "personal channels in the order in which they are tried")
    .option("--back", "they left, and are here again")
    .action(async (id: string, _options, command: Command) => {
      const { set } = await import("./command/people.ts");
      await set(id, optionsOf<SetPersonOptions>(command));
    });
  group
    .command("import")
    .description("make the document what a people file says; whoever it lacks has left")
    .argument("<file>", "- for standard input")
    .action(async (file: string, _options, command: Command) => {
      const { importFile } = await import("./command/people.ts");
      await importFile(file, optionsOf<GlobalOptions>(command));
    });
  group
    .command("remove")
    .description("they left: what they say counts for nothing from now on")
    .argument("<person>")
    .option("--forget", "take the names of somebody who left out; their keys must be revoked")
    .action(async (name: string, _options, command: Command) => {
      const { remove } = await import("./command/people.ts");
      await remove(name, optionsOf<GlobalOptions & { forget?: boolean }>(command));
    });
}

function addGroups(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("the groups, and who of them is on duty")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/groups.ts");
      await list(optionsOf<GlobalOptions>(command));
    });
  group
    .command("show")
    .description("one group")
    .argument("<group>")
    .action(async (name: string, _options, command: Command) => {
      const { show } = await import("./command/groups.ts");
      await show(name, optionsOf<GlobalOptions>(command));
    });
  for (const [verb, about] of [
    ["add", "add a person, or role:<role>, to a group of the policy"],
    ["remove", "take out a member that was added"],
  ] as const) {
    group
      .command(verb)
      .description(about)
      .argument("<group>")
      .argument("<person>")
      .action(async (name: string, member: string, _options, command: Command) => {
        const groups = await import("./command/groups.ts");
        await groups[verb](name, member, optionsOf<GlobalOptions>(command));
      });
  }
}
