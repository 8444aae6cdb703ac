// `holdpoint agents list|show|register|pause|resume|kill|rotate-key`: the registry of agents and its switches.

import type {
  AgentDetailView,
  AgentKeyCreated,
  AgentKilled,
  AgentPage,
  AgentView,
  AgentWritten,
} from "@holdpoint/core/wire/agents";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { cut, table } from "../output/table.ts";
import { safeLine } from "../output/terminal.ts";
import { confirm } from "./ask.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface ListOptions extends GlobalOptions {
  readonly state?: string;
  readonly cursor?: string;
}

export interface RegisterOptions extends GlobalOptions {
  readonly name?: string;
  readonly description?: string;
  readonly owner?: string;
  readonly parent?: string;
  readonly pending?: string;
  readonly perMinute?: string;
  readonly webhook?: string;
  readonly local?: boolean;
}

export interface TurnOptions extends GlobalOptions {
  readonly reason: string;
  readonly yes?: boolean;
}

export interface RotateOptions extends GlobalOptions {
  readonly replaces?: string;
  readonly overlap?: string;
  readonly scope?: readonly string[];
  readonly expires?: string;
  readonly name?: string;
}

export async function list(options: ListOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<AgentPage>("/agents", {
    state: options.state,
    cursor: options.cursor,
  });
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const rows = page.items.map((agent) => [
    safeLine(agent.id),
    standingOf(agent),
    safeLine(agent.owner ?? "–"),
    safeLine(agent.parent ?? "–"),
    `${limitText(agent.limits.pending)} / ${limitText(agent.limits.per_minute)}`,
    cut(safeLine(agent.state_reason ?? agent.name ?? ""), 50),
  ]);
  const head = ["AGENT", "MAY ACT", "OWNER", "BELOW", "HOLDS / MINUTE", "ABOUT"];
  for (const line of table(head, rows)) terminal.print(line);
  if (page.next_cursor !== null) terminal.note(`more: --cursor ${safeLine(page.next_cursor)}`);
}

export async function show(id: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const agent = await server.get<AgentDetailView>(`/agents/${segment(id)}`);
  if (terminal.json) {
    terminal.printJson(agent);
    return;
  }
  const reason = agent.state_reason === null ? "" : ` (${agent.state_reason})`;
  const lines: readonly (readonly [string, string | null])[] = [
    ["agent", agent.name === null ? agent.id : `${agent.id}, ${agent.name}`],
    ["may act", standingOf(agent) + reason],
    ["about", agent.description],
    ["owner", agent.owner],
    ["below", agent.delegators.map((one) => one.id).join(" < ") || null],
    ["above", agent.children.join(", ") || null],
    ["holds", `${agent.pending} wait, ${limitText(agent.limits.pending)} may`],
    ["a minute", limitText(agent.limits.per_minute)],
    ["webhook", agent.webhook?.url ?? null],
    ["decides alone", agent.local ? "yes" : "no"],
    ...agent.keys.map((key) => ["key", `${key.id} ${keyState(key)}`] as const),
  ];
  for (const [name, value] of lines) {
    if (value !== null) terminal.print(`${name.padEnd(14)}${safeLine(value)}`);
  }
}

export async function register(id: string, options: RegisterOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const agent = await server.put<AgentWritten>(`/agents/${segment(id)}`, bodyOf(options));
  if (terminal.json) {
    terminal.printJson(agent);
    return;
  }
  terminal.note(`${safeLine(agent.id)} is registered; revision ${agent.revision}.`);
  if (agent.webhook_secret === null) return;
  terminal.note("The secret of the webhook is shown this once:");
  terminal.print(agent.webhook_secret);
}

function bodyOf(options: RegisterOptions): object {
  const { name, description, owner, parent, webhook, local } = options;
  const word = (value: string): string | null => (value === "none" ? null : value);
  const limits = {
    ...(options.pending !== undefined && { pending: countOf(options.pending) }),
    ...(options.perMinute !== undefined && { per_minute: countOf(options.perMinute) }),
  };
  return {
    ...(name !== undefined && { name: word(name) }),
    ...(description !== undefined && { description: word(description) }),
    ...(owner !== undefined && { owner: word(owner) }),
    ...(parent !== undefined && { parent: word(parent) }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(webhook !== undefined && { webhook: webhook === "none" ? null : { url: webhook } }),
    ...(local !== undefined && { local }),
  };
}

function countOf(text: string): number | null {
  if (text === "none") return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CommandFailed(`\`${text}\` is no number; say one, or none`, exitCodes.usage);
}

export async function turn(
  verb: "pause" | "resume",
  id: string,
  options: TurnOptions,
): Promise<void> {
  const { server, terminal } = openSession(options);
  const body = { reason: options.reason };
  const agent = await server.post<AgentView>(`/agents/${segment(id)}/${verb}`, body);
  if (terminal.json) terminal.printJson(agent);
  else terminal.print(`${safeLine(agent.id)} is ${standingOf(agent)}.`);
}

export async function kill(id: string, options: TurnOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const question = `End ${safeLine(id)} for good, with its keys, holds, grants and runs?`;
  if (options.yes !== true && !(await confirm(question))) {
    throw new CommandFailed("Nothing was ended.");
  }
  const body = { reason: options.reason };
  const agent = await server.post<AgentKilled>(`/agents/${segment(id)}/kill`, body);
  if (terminal.json) {
    terminal.printJson(agent);
    return;
  }
  const { keys, jobs, resumptions, is_complete: isComplete } = agent.ended;
  terminal.print(
    `${safeLine(agent.id)} is killed; ended: ${keys} keys, ${jobs} jobs, ${resumptions} runs.`,
  );
  if (!isComplete) terminal.note("The rest is ended by the server in the next moments.");
}

export async function rotateKey(id: string, options: RotateOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const { replaces, overlap, scope, expires, name } = options;
  const key = await server.post<AgentKeyCreated>(`/agents/${segment(id)}/keys`, {
    ...(replaces !== undefined && { replaces }),
    ...(overlap !== undefined && { overlap }),
    ...(scope !== undefined && { scopes: scope }),
    ...(expires !== undefined && { expires_in: expires }),
    ...(name !== undefined && { name }),
  });
  if (terminal.json) {
    terminal.printJson(key);
    return;
  }
  terminal.note(`${key.id} for agent ${safeLine(key.subject)}, until ${key.expires_at}.`);
  if (key.replaced_ends_at !== null) terminal.note(`The old key ends at ${key.replaced_ends_at}.`);
  terminal.note("The key is shown this once:");
  terminal.print(key.secret);
}

function standingOf(agent: AgentView): string {
  const { standing, halted_by: by } = agent;
  return by === null || by === agent.id ? standing : `${standing} by ${safeLine(by)}`;
}

function limitText(limit: number | null): string {
  return limit === null ? "any" : String(limit);
}

function keyState(key: AgentDetailView["keys"][number]): string {
  if (key.revoked_at !== null) return "revoked";
  return `until ${key.expires_at} for ${key.scopes.join(",")}`;
}
