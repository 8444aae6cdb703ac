// The commands around an emergency as they are written: override, incidents, governance, takeovers.

import type { Command } from "commander";
import type {
  CloseOptions,
  FindingOptions,
  ListOptions as GovernanceListOptions,
  ReportOptions,
} from "./command/governance.ts";
import type { ListOptions, OpenOptions } from "./command/incidents.ts";
import type { OverrideOptions } from "./command/override.ts";
import type { GlobalOptions } from "./command/session.ts";
import type { EndOptions, ListOptions as TakeoverListOptions } from "./command/takeovers.ts";
import { optionsOf } from "./option.ts";

export function addGovernance(program: Command): void {
  program
    .command("override")
    .description("release a hold in an emergency that its rule provides for")
    .argument("<job>")
    .requiredOption("--reason <text>", "why it cannot wait; everybody who was asked reads it")
    .option("--incident <id>", "the open incident; may be left out when only one fits")
    .option("--hash <job-hash>", "refuse when the job is not this one any more")
    .option("--yes", "do not ask")
    .action(async (id: string, _options, command: Command) => {
      const { override } = await import("./command/override.ts");
      await override(id, optionsOf<OverrideOptions>(command));
    });
  addIncidents(program.command("incidents").description("what overrides of some rules need"));
  addReviews(program.command("governance").description("overrides are judged, and counted"));
  addTakeovers(program.command("takeovers").description("what people do after a rejection"));
}

function addIncidents(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("incidents that are open")
    .option("--all", "closed ones too")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/incidents.ts");
      await list(optionsOf<ListOptions>(command));
    });
  group
    .command("open")
    .description("open an incident")
    .argument("<title>")
    .option("--id <id>", "the name that people use for it")
    .option("--label <name=value...>", "labels that rules may ask for")
    .action(async (title: string, _options, command: Command) => {
      const { open } = await import("./command/incidents.ts");
      await open(title, optionsOf<OpenOptions>(command));
    });
  group
    .command("close")
    .description("close an incident")
    .argument("<incident>")
    .action(async (id: string, _options, command: Command) => {
      const { close } = await import("./command/incidents.ts");
      await close(id, optionsOf<GlobalOptions>(command));
    });
}

function addReviews(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("overrides that wait to be judged, and findings")
    .option("--all", "closed ones too")
    .option("--cursor <cursor>", "go on where the last page ended")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/governance.ts");
      await list(optionsOf<GovernanceListOptions>(command));
    });
  group
    .command("close")
    .description("judge an override")
    .argument("<review>")
    .option("--legitimate", "it was right")
    .option("--illegitimate", "it was not")
    .requiredOption("--what-went-wrong <text>")
    .requiredOption("--how-to-avoid <text>")
    .action(async (id: string, _options, command: Command) => {
      const { close } = await import("./command/governance.ts");
      await close(id, optionsOf<CloseOptions>(command));
    });
  group
    .command("close-finding")
    .description("close a finding: overrides that it tightened take one person again")
    .argument("<finding>")
    .requiredOption("--note <text>", "what was done about it")
    .action(async (id: string, _options, command: Command) => {
      const { closeFinding } = await import("./command/governance.ts");
      await closeFinding(id, optionsOf<FindingOptions>(command));
    });
  group
    .command("report")
    .description("overrides of a period; without one, of the last 30 days")
    .option("--from <instant>")
    .option("--to <instant>", "exclusive")
    .action(async (_options, command: Command) => {
      const { report } = await import("./command/governance.ts");
      await report(optionsOf<ReportOptions>(command));
    });
}

function addTakeovers(group: Command): void {
  group
    .command("list")
    .alias("ls")
    .description("takeovers that are open")
    .option("--all", "ended ones too")
    .option("--cursor <cursor>", "go on where the last page ended")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/takeovers.ts");
      await list(optionsOf<TakeoverListOptions>(command));
    });
  group
    .command("claim")
    .description("take it, so that nobody else does it too")
    .argument("<takeover>")
    .action(async (id: string, _options, command: Command) => {
      const { claim } = await import("./command/takeovers.ts");
      await claim(id, optionsOf<GlobalOptions>(command));
    });
  group
    .command("done")
    .description("say that it was done by hand")
    .argument("<takeover>")
    .option("--note <text>", "what the agent is told")
    .action(async (id: string, _options, command: Command) => {
      const { done } = await import("./command/takeovers.ts");
      await done(id, optionsOf<EndOptions>(command));
    });
  group
    .command("return")
    .description("give it back to the agent")
    .argument("<takeover>")
    .option("--note <text>", "what the agent is told")
    .action(async (id: string, _options, command: Command) => {
      const { giveBack } = await import("./command/takeovers.ts");
      await giveBack(id, optionsOf<EndOptions>(command));
    });
}
