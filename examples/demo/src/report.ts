// What the run came to: read from the real table and files, beside what each tool call was told.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ToolAnswer } from "./agent/tool-answer.ts";
import { configPath } from "./world/scratch-folder.ts";
import type { World } from "./world/world.ts";

/** The world at one moment, read past the agent and its tools. */
export interface Snapshot {
  readonly customerIds: readonly number[];
  readonly config: string;
}

export interface DemoReport {
  /** Where files and mails can be looked at. */
  readonly folder: string;
  /** The agent's last words. */
  readonly summary: string;
  /** Every tool call, in the order in which they ended. */
  readonly calls: readonly ToolAnswer[];
  readonly customers: {
    readonly rowsBefore: number;
    readonly rowsAfter: number;
    readonly deletedIds: readonly number[];
  };
  readonly config: {
    readonly path: string;
    readonly before: string;
    readonly after: string;
    readonly changed: boolean;
  };
  /** Received mails and written proposals, as paths below the folder. */
  readonly mails: readonly string[];
  readonly proposals: readonly string[];
}

export async function takeSnapshot(world: World): Promise<Snapshot> {
  const rows = await world.customers.list();
  const config = await readFile(join(world.folder, configPath), "utf8");
  return { customerIds: rows.map((row) => row.id), config };
}

/** Compares the world with what it was. */
export async function makeReport(
  world: World,
  before: Snapshot,
  run: { readonly summary: string; readonly calls: readonly ToolAnswer[] },
): Promise<DemoReport> {
  const after = await takeSnapshot(world);
  const kept = new Set(after.customerIds);
  const drafts = await readdir(join(world.folder, "drafts"));
  const beside = await readdir(join(world.folder, "config"));
  return {
    folder: world.folder,
    ...run,
    customers: {
      rowsBefore: before.customerIds.length,
      rowsAfter: after.customerIds.length,
      deletedIds: before.customerIds.filter((id) => !kept.has(id)),
    },
    config: {
      path: configPath,
      before: before.config,
      after: after.config,
      changed: before.config !== after.config,
    },
    mails: [...world.mailbox.received()],
    proposals: [
      ...drafts.map((name) => `drafts/${name}`),
      ...beside.filter((name) => name.endsWith(".proposed")).map((name) => `config/${name}`),
    ].sort(),
  };
}

/** The report for a terminal. */
export function reportText(report: DemoReport): string {
  const { customers, config } = report;
  const width = Math.max(...report.calls.map((call) => call.tool.length));
  return [
    "The agent says:",
    ...report.summary.split("\n").map((line) => `  ${line}`),
    "",
    "What it asked for, and what came of it:",
    ...report.calls.map((call) => {
      const why = call.reason === null ? "" : `: ${call.reason}`;
      return `  ${call.tool.padEnd(width)}  ${call.status}${why}`;
    }),
    "",
    "What is really there now:",
    `  customers  ${customers.rowsBefore} rows before, ${customers.rowsAfter} after` +
      (customers.deletedIds.length > 0 ? `, gone: ${customers.deletedIds.join(", ")}` : ""),
    `  ${config.path}  ${config.changed ? "changed:" : "unchanged"}`,
    ...changedLines(config.before, config.after).map((line) => `    ${line}`),
    ...report.proposals.map((path) => `  ${path}  new`),
    ...report.mails.map((path) => `  ${path}  received`),
    "",
    `Files and mails are in ${report.folder}`,
  ].join("\n");
}

/** Lines that only one of the two texts has. */
function changedLines(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ];
}
