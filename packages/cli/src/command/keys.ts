// `holdpoint keys create|ls|revoke`: API keys of agents, people and enforcement points.

import type { KeyCreated, KeyPage, KeyView } from "@holdpoint/core/wire/response";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { table } from "../output/table.ts";
import { safeLine } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface CreateOptions extends GlobalOptions {
  readonly agent?: string;
  readonly person?: string;
  readonly enforcementPoint?: string;
  readonly scope?: readonly string[];
  readonly role?: readonly string[];
  readonly name?: string;
  readonly owner?: string;
  readonly expires?: string;
}

/** What each kind needs for its usual work. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  agent: ["propose", "redeem"],
  person: ["read", "review"],
  enforcement_point: ["redeem"],
};

export async function create(options: CreateOptions): Promise<void> {
  const subjects = [
    ["agent", options.agent],
    ["person", options.person],
    ["enforcement_point", options.enforcementPoint],
  ].filter((pair): pair is [string, string] => pair[1] !== undefined);
  const [chosen] = subjects;
  if (chosen === undefined || subjects.length > 1) {
    const message = "say for whom: one of --agent, --person, --enforcement-point";
    throw new CommandFailed(message, exitCodes.usage);
  }
  const [kind, subject] = chosen;
  const { server, terminal } = openSession(options);
  const key = await server.post<KeyCreated>("/keys", {
    kind,
    subject,
    scopes: options.scope ?? SCOPES[kind],
    ...(options.role !== undefined && { roles: options.role }),
    ...(options.name !== undefined && { name: options.name }),
    ...(options.owner !== undefined && { owner: options.owner }),
    ...(options.expires !== undefined && { expires_in: options.expires }),
  });
  if (terminal.json) {
    terminal.printJson(key);
    return;
  }
  terminal.note(`${key.id} for ${key.kind} ${safeLine(key.subject)}, until ${key.expires_at}.`);
  terminal.note("The key is shown this once:");
  terminal.print(key.secret);
}

export async function list(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<KeyPage>("/keys");
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const rows = page.items.map((key) => [
    key.id,
    key.kind,
    safeLine(key.subject),
    key.scopes.join(","),
    key.roles.map(safeLine).join(","),
    stateOf(key),
    key.last_used_at ?? "never",
  ]);
  const lines = table(["KEY", "KIND", "FOR", "SCOPES", "ROLES", "STATE", "LAST USED"], rows);
  for (const line of lines) terminal.print(line);
}

export async function revoke(id: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const key = await server.post<KeyView>(`/keys/${segment(id)}/revoke`);
  if (terminal.json) terminal.printJson(key);
  else terminal.print(`${key.id} of ${safeLine(key.subject)} is revoked.`);
}

function stateOf(key: KeyView): string {
  if (key.revoked_at !== null) return "revoked";
  return Date.parse(key.expires_at) < Date.now()
    ? "expired"
    : `until ${key.expires_at.slice(0, 10)}`;
}
