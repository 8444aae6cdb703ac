// The command line as it is written: every command, its options, and the file that does it.

import { Command, InvalidArgumentError, Option } from "commander";
import type { ListOptions, ModifyOptions, ReviewOptions } from "./command/approvals.ts";
import type { ExportOptions } from "./command/audit.ts";
import type { DoctorOptions } from "./command/doctor.ts";
import type { CreateOptions } from "./command/keys.ts";
import type { SettleOptions } from "./command/jobs.ts";
import type { GlobalOptions } from "./command/session.ts";
import type { StartOptions } from "./command/start.ts";
import { version } from "./command/version.ts";
import type { WatchOptions } from "./command/watch.ts";
import { optionsOf } from "./option.ts";
import { addCheckpoints } from "./program-checkpoints.ts";
import { addAgents } from "./program-agents.ts";
import { addGovernance } from "./program-governance.ts";
import { addHolds } from "./program-holds.ts";
import { addIdentities } from "./program-identities.ts";
import { addImport } from "./program-import.ts";
import { addChannels } from "./program-channels.ts";
import { addPeople } from "./program-people.ts";
import { addPolicy } from "./program-policy.ts";
import { addRuns } from "./program-runs.ts";
import { addTools } from "./program-tools.ts";

const EXIT_CODES = `
Exit codes:
  0  done
  1  something did not work, or a check, test or comparison failed
  2  the command line is not one
  3  the server refused it (not found, not allowed, conflict)
  4  no answer from the server`;

/** Commands load their code when they run, so that starting is quick. */
export function makeProgram(): Command {
  const program = new Command("holdpoint")
    .description("The control point between an AI agent's decision to act and the act.")
    .version(version())
    .helpCommand(false)
    .addHelpText("after", EXIT_CODES)
    .addOption(new Option("--url <url>", "the server").env("HOLDPOINT_URL"))
    .addOption(
      new Option("--key <key>", "API key (better: HOLDPOINT_API_KEY, which no other user sees)"),
    )
    .option("--json", "print JSON for programs");
  addServerCommands(program);
  addApprovals(program.command("approvals").description("holds that wait for people"));
  addJobs(program.command("jobs").description("actions and what became of them"));
  addRuns(program.command("runs").description("runs that ended at a held call, and go on"));
  addCheckpoints(program.command("checkpoints").description("the saved state of agents"));
  addAudit(program.command("audit").description("the record of what happened"));
  addPolicy(program.command("policy").description("policy files and the active policy"));
  addImport(program.command("import").description("policies of other systems"));
  addTools(program.command("tools").description("what the server knows of tools"));
  addPeople(program);
  addGovernance(program);
  addChannels(program.command("channels").description("the ways to people, and what was told"));
  addIdentities(
    program.command("identities").description("accounts in chats that speak for people"),
  );
  addAgents(
    program.command("agents").description("who agents are, and the switches that stop them"),
  );
  addKeys(program.command("keys").description("API keys of agents, people and enforcement points"));
  program
    .command("version")
    .description("print the version")
    .action(() => void process.stdout.write(`${version()}\n`));
  return program;
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

/** Where a server is; the command line wins over the environment. */
function addPlaces(command: Command): Command {
  const port = new Option("--port <number>", "where to listen, 0 takes a free one (8081)");
  const host = new Option("--host <address>", "address to listen at (127.0.0.1)");
  const data = new Option("--data <folder>", "folder of the embedded database (.holdpoint)");
  const policy = new Option("--policy <file>", "policy file, activated again when it changes");
  const tools = new Option("--tools <file>", "tools file, read again when it changes");
  const people = new Option("--people <file>", "people file, read again when it changes");
  const database = new Option(
    "--database-url <url>",
    "PostgreSQL instead of the embedded database",
  );
  return command
    .addOption(port.env("HOLDPOINT_PORT").argParser(portOf))
    .addOption(host.env("HOLDPOINT_HOST"))
    .addOption(data.env("HOLDPOINT_DATA"))
    .addOption(policy.env("HOLDPOINT_POLICY"))
    .addOption(tools.env("HOLDPOINT_TOOLS"))
    .addOption(people.env("HOLDPOINT_PEOPLE"))
    .addOption(database.env("DATABASE_URL"));
}

function addServerCommands(program: Command): void {
  addPlaces(program.command("start").description("run the server"))
    .option("--dev", "development mode: this machine only, nobody signs in")
    .option("--quiet", "no log")
    .action(async (_options, command: Command) => {
      const { start } = await import("./command/start.ts");
      await start(optionsOf<StartOptions>(command));
    });
  program
    .command("demo")
    .description("run the demo agent against a server")
    .option("--folder <folder>", "where its files and mails go")
    .action(async (_options, command: Command) => {
      const { demo } = await import("./command/demo.ts");
      await demo(optionsOf<GlobalOptions & { folder?: string }>(command));
    });
  addPlaces(program.command("doctor").description("look at what a server needs")).action(
    async (_options, command: Command) => {
      const { doctor } = await import("./command/doctor.ts");
      await doctor(optionsOf<DoctorOptions>(command));
    },
  );
  program
    .command("migrate-to")
    .description("move an embedded installation to PostgreSQL (stop the server first)")
    .argument("<postgres-url>")
    .addOption(
      new Option("--data <folder>", "folder of the embedded database")
        .env("HOLDPOINT_DATA")
        .default(".holdpoint"),
    )
    .action(async (databaseUrl: string, _options, command: Command) => {
      const { moveTo } = await import("./command/migrate-to.ts");
      await moveTo(databaseUrl, optionsOf<{ data: string; json?: boolean }>(command));
    });
}

function addApprovals(group: Command): void {
  group
    .command("ls")
    .description("list holds, newest first")
    .option("--all", "decided ones too")
    .option("--state <state>")
    .option("--rule <id>")
    .option("--topic <topic>")
    .option("--agent <id>")
    .option("--risk <tag>", "carrying this risk tag")
    .option("--mine", "those that you may vote on now")
    .option("--claimed <by>", "me, none or any")
    .option("--search <text>")
    .option("--limit <number>")
    .option("--cursor <cursor>", "go on where the last page ended")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/approvals.ts");
      await list(optionsOf<ListOptions>(command));
    });
  group
    .command("show")
    .description("the card of a hold")
    .argument("<job>")
    .action(async (id: string, _options, command: Command) => {
      const { show } = await import("./command/approvals.ts");
      await show(id, optionsOf<GlobalOptions>(command));
    });
  group
    .command("watch")
    .description("follow holds as they come and are decided")
    .option("--all", "every event")
    .option("--job <job>", "of one job")
    .action(async (_options, command: Command) => {
      const { watch } = await import("./command/watch.ts");
      await watch(optionsOf<WatchOptions>(command));
    });
  addReviews(group);
  addHolds(group);
}

function addReviews(group: Command): void {
  const words = (command: Command): Command =>
    command
      .argument("<job>")
      .option("--note <text>", "more, for the record")
      .option("--hash <job-hash>", "refuse when the job is not this one any more");
  words(group.command("approve").description("approve; at a terminal it shows the card and asks"))
    .option("--reason <text>")
    .option("--yes", "do not ask")
    .action(async (id: string, _options, command: Command) => {
      const { approve } = await import("./command/approvals.ts");
      await approve(id, optionsOf<ReviewOptions>(command));
    });
  words(group.command("reject").description("reject with a reason"))
    .requiredOption("--reason <text>", "what the agent is told")
    .option(
      "--code <code>",
      "wrong_target, wrong_amount, policy_violation, insufficient_context, …",
    )
    .action(async (id: string, _options, command: Command) => {
      const { reject } = await import("./command/approvals.ts");
      await reject(id, optionsOf<ReviewOptions>(command));
    });
  words(group.command("modify").description("change the parameters; policy decides anew"))
    .requiredOption("--params <json>", "the new parameters: JSON, @file, or - for standard input")
    .requiredOption("--reason <text>")
    .option("--preview", "say what policy would decide, change nothing")
    .option("--yes", "do not ask")
    .action(async (id: string, _options, command: Command) => {
      const { modify } = await import("./command/approvals.ts");
      await modify(id, optionsOf<ModifyOptions>(command));
    });
}

function addAudit(group: Command): void {
  group
    .command("export")
    .description("print the record, one JSON event in each line, oldest first")
    .option("--type <type>", "events of one type, such as job.proposed")
    .option("--job <job>", "of one job")
    .action(async (_options, command: Command) => {
      const { exportEvents } = await import("./command/audit.ts");
      await exportEvents(optionsOf<ExportOptions>(command));
    });
}

function addJobs(group: Command): void {
  group
    .command("show")
    .description("one job from its proposal to its outcome")
    .argument("<job>")
    .action(async (id: string, _options, command: Command) => {
      const { show } = await import("./command/jobs.ts");
      await show(id, optionsOf<GlobalOptions>(command));
    });
  group
    .command("settle")
    .description("say how an execution ended whose outcome is UNKNOWN")
    .argument("<job>")
    .option("--succeeded")
    .option("--failed")
    .requiredOption("--reason <text>", "how you know; for the record")
    .action(async (id: string, _options, command: Command) => {
      const { settle } = await import("./command/jobs.ts");
      await settle(id, optionsOf<SettleOptions>(command));
    });
}

function addKeys(group: Command): void {
  group
    .command("create")
    .description("make a key; it is shown once")
    .option("--agent <name>", "for an agent: it proposes and redeems")
    .option("--person <id>", "for a person: they read and review")
    .option("--enforcement-point <name>", "for an enforcement point: it redeems")
    .option("--scope <scope...>", "propose, redeem, read, review, admin")
    .option("--role <role...>", "roles of the person, as the policy names them")
    .option("--name <text>", "what it is for")
    .option("--owner <person>", "who answers for the agent, and may not review it")
    .option("--expires <duration>", "such as 30d")
    .action(async (_options, command: Command) => {
      const { create } = await import("./command/keys.ts");
      await create(optionsOf<CreateOptions>(command));
    });
  group
    .command("ls")
    .description("list keys, without their secrets")
    .action(async (_options, command: Command) => {
      const { list } = await import("./command/keys.ts");
      await list(optionsOf<GlobalOptions>(command));
    });
  group
    .command("revoke")
    .description("end a key now")
    .argument("<key-id>")
    .action(async (id: string, _options, command: Command) => {
      const { revoke } = await import("./command/keys.ts");
      await revoke(id, optionsOf<GlobalOptions>(command));
    });
}
