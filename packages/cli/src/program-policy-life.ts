// The `holdpoint policy` commands for what happens on the server, from a draft to a rollback.

import { type Command, InvalidArgumentError, Option } from "commander";
import type {
  DraftOptions,
  PublishOptions,
  RolloutOptions,
  ShadowOptions,
} from "./command/policy-life.ts";
import type { GlobalOptions } from "./command/session.ts";
import { optionsOf } from "./option.ts";

export function addPolicyLife(group: Command): void {
  addDrafts(group);
  addPublish(group);
  group
    .command("state")
    .description("what decides now, what waits to decide, and what was active before")
    .action(async (_options, command: Command) => {
      const { state } = await import("./command/policy-life.ts");
      await state(optionsOf<GlobalOptions>(command));
    });
  addRollout(group);
}

function addDrafts(group: Command): void {
  group
    .command("drafts")
    .description("texts that somebody works on, and what became of them")
    .action(async (_options, command: Command) => {
      const { drafts } = await import("./command/policy-life.ts");
      await drafts(optionsOf<GlobalOptions>(command));
    });
  group
    .command("draft")
    .description("make a draft of a file, change one with --id, or show it without a file")
    .argument("[file]", "- for standard input")
    .option("--id <draft>", "an existing draft")
    .option("--message <text>", "what it is for")
    .option("--remove", "remove it")
    .action(async (file: string | undefined, _options, command: Command) => {
      const { draft } = await import("./command/policy-life.ts");
      await draft(file, optionsOf<DraftOptions>(command));
    });
}

function addPublish(group: Command): void {
  const publishing = (command: Command): Command =>
    command
      .argument("<file>", "a file, - for standard input, or the id of a draft")
      .option("--message <text>", "why, for the record")
      .option("--shadow", "ask it beside the active policy while people look at it")
      .addOption(rolloutShare());
  publishing(
    group.command("publish").description("put a policy in force, with the approval it takes"),
  )
    .option("--replaces <digest>", "refuse when another policy became active meanwhile")
    .option("--at <instant>", "when it comes into force, such as 2026-12-01T08:00:00Z")
    .action(async (file: string, _options, command: Command) => {
      const { publish } = await import("./command/policy-life.ts");
      await publish(file, optionsOf<PublishOptions>(command));
    });
  publishing(group.command("schedule").description("put a policy in force at a time"))
    .requiredOption("--at <instant>", "such as 2026-12-01T08:00:00Z")
    .action(async (file: string, _options, command: Command) => {
      const { publish } = await import("./command/policy-life.ts");
      await publish(file, optionsOf<PublishOptions>(command));
    });
}

function rolloutShare(): Option {
  return new Option("--rollout <percent>", "of the agents that it decides for at first").argParser(
    shareOf,
  );
}

function addRollout(group: Command): void {
  group
    .command("rollout")
    .description("let a candidate decide for more agents, halt it, or finish its rollout")
    .argument("[action]", "advance (1, 10, 50, 100 %), halt or finish")
    .addOption(new Option("--percent <percent>", "this share instead").argParser(shareOf))
    .option("--reason <text>", "why it is halted")
    .action(async (action: string | undefined, _options, command: Command) => {
      const { rollout } = await import("./command/policy-life.ts");
      await rollout(action, optionsOf<RolloutOptions>(command));
    });
  group
    .command("rollback")
    .description("back to the policy that was active before, or to another one that was")
    .option("--to <digest>", "a policy that was active once")
    .requiredOption("--reason <text>", "for the record")
    .action(async (_options, command: Command) => {
      const { rollback } = await import("./command/policy-life.ts");
      await rollback(optionsOf<GlobalOptions & { to?: string; reason: string }>(command));
    });
  group
    .command("shadow")
    .description("ask a policy about every action without any effect, or show what it said")
    .argument("[file]", "- for standard input; none shows the shadow")
    .option("--digest <digest>", "a stored policy instead of a file")
    .option("--stop", "end it")
    .action(async (file: string | undefined, _options, command: Command) => {
      const { shadow } = await import("./command/policy-life.ts");
      await shadow(file, optionsOf<ShadowOptions>(command));
    });
}

function shareOf(text: string): number {
  const percent = Number(text);
  if (/^[1-9]\d{0,2}$/.test(text) && percent <= 100) return percent;
  throw new InvalidArgumentError("A share is a whole number from 1 to 100.");
}
