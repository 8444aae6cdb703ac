// Reads what commander collected for a command.

import type { Command } from "commander";

/** All options of a command with those that stand before it. */
export function optionsOf<T>(command: Command): T {
  return command.optsWithGlobals<T & Record<string, unknown>>();
}
