// `holdpoint tools list|set|import|remove`: what the server knows of tools.

import { loadRegistry } from "@holdpoint/core/policy-file/read-tools";
import type { ToolPage, ToolsImported, ToolView } from "@holdpoint/core/wire/tools";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { printFindings } from "../output/finding.ts";
import { table } from "../output/table.ts";
import { safeLine } from "../output/terminal.ts";
import { readJsonArgument, readText } from "./input.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface SetOptions extends GlobalOptions {
  readonly topic?: string;
  readonly tool?: string;
  readonly title?: string;
  readonly tag?: readonly string[];
  readonly reversible?: boolean;
  readonly irreversible?: boolean;
  readonly schema?: string;
  readonly summary?: string;
  readonly rows?: string;
  readonly recipients?: string;
}

export async function list(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<ToolPage>("/tools");
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const rows = page.items.map((tool) => [
    safeLine(tool.id),
    safeLine(tool.topic ?? `tool ${tool.tool ?? ""}`),
    tool.risk_tags.join(","),
    undoOf(tool),
    tool.params_schema === null ? "" : "schema",
    safeLine(tool.title ?? tool.summary ?? ""),
  ]);
  for (const line of table(["ID", "FOR", "RISK TAGS", "UNDO", "PARAMS", "TITLE"], rows)) {
    terminal.print(line);
  }
  terminal.note(page.digest ?? "the registry is empty");
}

export async function set(id: string, options: SetOptions): Promise<void> {
  if (options.reversible === true && options.irreversible === true) {
    const message = "say one of --reversible and --irreversible";
    throw new CommandFailed(message, exitCodes.usage);
  }
  const { server, terminal } = openSession(options);
  const tool = await server.put<ToolView>(`/tools/${segment(id)}`, await bodyOf(options));
  if (terminal.json) terminal.printJson(tool);
  else terminal.print(`${safeLine(tool.id)} is registered for ${safeLine(placeOf(tool))}.`);
}

async function bodyOf(options: SetOptions): Promise<object> {
  const { rows, recipients, schema, reversible, irreversible } = options;
  const undo = irreversible === true ? false : reversible;
  const effect = {
    ...(rows !== undefined && { rows }),
    ...(recipients !== undefined && { recipients }),
  };
  return {
    ...(options.topic !== undefined && { topic: options.topic }),
    ...(options.tool !== undefined && { tool: options.tool }),
    ...(options.title !== undefined && { title: options.title }),
    ...(options.tag !== undefined && { risk_tags: options.tag }),
    ...(undo !== undefined && { reversible: undo }),
    ...(schema !== undefined && { params_schema: await readJsonArgument(schema) }),
    ...(options.summary !== undefined && { summary: options.summary }),
    ...(Object.keys(effect).length > 0 && { effect }),
  };
}

/** What is wrong with the file is said with the lines that it stands in, before the server is asked. */
export async function importFile(file: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const text = await readText(file);
  const loaded = loadRegistry(text);
  if (!loaded.ok) {
    if (terminal.json) terminal.printJson({ ok: false, file, findings: loaded.findings });
    else printFindings(terminal, { file, text }, loaded.findings);
    throw new CommandFailed(terminal.json ? "" : `${file} does not load`);
  }
  const done = await server.post<ToolsImported>("/tools/import", { source: text });
  if (terminal.json) {
    terminal.printJson(done);
    return;
  }
  printFindings(terminal, { file, text }, done.findings);
  const gone = done.removed.length === 0 ? "" : `; removed: ${safeLine(done.removed.join(", "))}`;
  terminal.print(`The registry has ${done.items.length} tools${gone}.`);
}

export async function remove(id: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.remove<ToolPage>(`/tools/${segment(id)}`);
  if (terminal.json) terminal.printJson(page);
  else terminal.print(`${safeLine(id)} is removed; the registry has ${page.items.length} tools.`);
}

function placeOf(tool: ToolView): string {
  return tool.topic === null ? `the tool ${tool.tool ?? ""}` : `topics ${tool.topic}`;
}

function undoOf(tool: ToolView): string {
  if (tool.reversible === null) return "not said";
  return tool.reversible ? "yes" : "no";
}
