// The `holdpoint policy` commands as they are written: options, and the file that does each.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { CheckOptions } from "./command/policy-check.ts";
import type { DiffOptions } from "./command/policy-diff.ts";
import type { ExplainOptions } from "./command/policy-explain.ts";
import type { ReplayOptions } from "./command/policy-replay.ts";
import type { TestOptions } from "./command/policy-test.ts";
import type { GlobalOptions } from "./command/session.ts";
import { optionsOf } from "./option.ts";
import { addPolicyLife } from "./program-policy-life.ts";

export function addPolicy(group: Command): void {
  addOffline(group);
  addExplain(group);
  group
    .command("show")
    .description("the active policy")
    .action(async (_options, command: Command) => {
      const { show } = await import("./command/policy.ts");
      await show(optionsOf<GlobalOptions>(command));
    });
  addPolicyLife(group);
}

/** What works on files alone, in continuous integration as well as at a desk. */
function addOffline(group: Command): void {
  group
    .command("check")
    .description("say everything that is wrong or doubtful in a policy file, without a server")
    .argument("<file>", "- for standard input")
    .option("--strict", "fail on warnings too")
    .addOption(
      new Option("--format <form>", "how findings are printed").choices(["text", "json", "sarif"]),
    )
    .addOption(toolsFile())
    .action(async (file: string, _options, command: Command) => {
      const { check } = await import("./command/policy-check.ts");
      await check(file, optionsOf<CheckOptions>(command));
    });
  group
    .command("test")
    .description("run the tests of a policy, and say what they leave untried")
    .argument("<file>", "- for standard input")
    .option("--tests <file...>", "files that hold tests alone")
    .addOption(
      new Option("--min-coverage <percent>", "fail when less is reached").argParser(percentOf),
    )
    .addOption(toolsFile())
    .action(async (file: string, _options, command: Command) => {
      const { test } = await import("./command/policy-test.ts");
      await test(file, optionsOf<TestOptions>(command));
    });
  group
    .command("diff")
    .description("what another policy changes, in its text and in what it decides")
    .argument("<before>", "a file, `active`, or the digest of a snapshot of the server")
    .argument("<after>", "the same")
    .option("--corpus <file>", "exported audit events; their actions are decided by both")
    .addOption(
      new Option("--fail-on <direction>", "fail when actions are decided so").choices([
        "loosened",
        "any",
      ]),
    )
    .action(async (before: string, after: string, _options, command: Command) => {
      const { diff } = await import("./command/policy-diff.ts");
      await diff(before, after, optionsOf<DiffOptions>(command));
    });
  group
    .command("replay")
    .description("what a policy would have decided about what was proposed before")
    .argument("<file>", "- for standard input")
    .option("--records <file>", "exported audit events instead of the server's")
    .option("--since <instant>", "the server's decisions from then on")
    .option("--until <instant>", "the server's decisions before then")
    .addOption(new Option("--limit <number>", "decisions at most").argParser(countOf))
    .action(async (file: string, _options, command: Command) => {
      const { replay } = await import("./command/policy-replay.ts");
      await replay(file, optionsOf<ReplayOptions>(command));
    });
}

function addExplain(group: Command): void {
  group
    .command("explain")
    .description("what policy says about an action, and why")
    .argument("<action.json>", "- for standard input")
    .option("--policy <file>", "this file instead of the server's active policy")
    .addOption(toolsFile())
    .option("--facts <file>", "what history knows, in the form of tests (YAML or JSON)")
    .option("--now <instant>", "decide as of then, such as 2026-11-21T12:00:00Z")
    .action(async (file: string, _options, command: Command) => {
      const { explain } = await import("./command/policy-explain.ts");
      await explain(file, optionsOf<ExplainOptions>(command));
    });
}

function toolsFile(): Option {
  return new Option("--tools <file>", "the tools file: tags and the types of parameters");
}

function percentOf(text: string): number {
  const percent = Number(text);
  if (/^\d{1,3}$/.test(text) && percent <= 100) return percent;
  throw new InvalidArgumentError("A percentage is a whole number from 0 to 100.");
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A limit is a whole number from 1 on.");
}
