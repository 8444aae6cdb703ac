#!/usr/bin/env node
// The `holdpoint` command: reads the command line, runs one command, ends with its exit code.

import { CommanderError, type Command } from "commander";
import { exitCodeOf, exitCodes } from "./output/exit-code.ts";
import { makeTerminal, safe } from "./output/terminal.ts";
import { makeProgram } from "./program.ts";

async function main(): Promise<number> {
  const program = makeProgram();
  const json = process.argv.includes("--json");
  throwInsteadOfExit(program);
  try {
    await program.parseAsync();
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    report(error, json);
    return exitCodeOf(error);
  }
}

/** Commander ends the process by itself otherwise, with one code for every mistake. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}

function report(error: unknown, json: boolean): void {
  const terminal = makeTerminal({ json });
  const message = error instanceof Error ? error.message : String(error);
  if (message === "") return;
  if (!json) {
    const path = error instanceof Error && "path" in error ? error.path : undefined;
    const place = typeof path === "string" && path !== "" ? ` (at ${path})` : "";
    // An error of the SDK says the place itself.
    const isSaid = message.endsWith(place);
    terminal.note(`holdpoint: ${safe(isSaid ? message : message + place)}`);
    return;
  }
  const problem = error instanceof Error && "problem" in error ? error.problem : null;
  const code = error instanceof Error && "code" in error ? error.code : null;
  terminal.note(JSON.stringify({ error: message, code, problem }));
}

// A reader that closed the pipe (`| head`) has what it wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.ok);
  throw error;
});

process.exitCode = await main();
