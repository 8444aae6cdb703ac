// `holdpoint people list|show|set|import|remove` and `holdpoint whoami`: who decides, and what the caller is.

import { loadPeople } from "@holdpoint/core/policy-file/read-people-file";
import type { ChannelPage } from "@holdpoint/core/wire/delivery";
import type { EntryView, MeView, PeopleImported, PeoplePage } from "@holdpoint/core/wire/people";
import type { MeView as CallerView } from "@holdpoint/core/wire/response";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { printFindings } from "../output/finding.ts";
import { table } from "../output/table.ts";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { readJsonArgument, readText } from "./input.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface SetPersonOptions extends GlobalOptions {
  readonly email?: string;
  readonly name?: string;
  readonly account?: readonly string[];
  readonly role?: readonly string[];
  readonly group?: readonly string[];
  readonly limits?: string;
  readonly quiet?: string;
  readonly cards?: string;
  readonly channel?: readonly string[];
  readonly back?: boolean;
}

export async function list(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<PeoplePage>("/people");
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const rows = page.items.map((person) => [
    safeLine(person.id),
    safeLine(person.name ?? ""),
    safeLine(person.email ?? ""),
    safeLine(person.roles.join(",")),
    safeLine(person.groups.join(",")),
    person.active ? "" : "left",
  ]);
  for (const line of table(["ID", "NAME", "EMAIL", "ROLES", "GROUPS", ""], rows)) {
    terminal.print(line);
  }
  terminal.note(page.digest ?? "nobody is written down");
}

export async function show(name: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const person = await server.get<EntryView>(`/people/${segment(name)}`);
  if (terminal.json) terminal.printJson(person);
  else printPerson(terminal, person);
}

function printPerson(terminal: Terminal, person: EntryView): void {
  const lines: readonly (readonly [string, string])[] = [
    ["id", person.active ? person.id : `${person.id} (left)`],
    ["name", person.name ?? ""],
    ["email", person.email ?? ""],
    ["accounts", person.accounts.join(", ")],
    ["roles", person.roles.join(", ")],
    ["groups", person.groups.join(", ")],
    ["limits", person.limits.map(limitText).join("; or ")],
    ["quiet", quietText(person.quiet)],
    ["cards in an hour", person.cards_per_hour === null ? "" : String(person.cards_per_hour)],
    ["channels", person.channels.join(", ")],
  ];
  const rows = lines.filter(([, value]) => value !== "");
  for (const [key, value] of rows) terminal.print(`${key.padEnd(16)}  ${safeLine(value)}`);
}

function limitText({ topics, cost }: EntryView["limits"][number]): string {
  const parts = [
    ...(topics === null ? [] : [topics.join(", ")]),
    ...(cost === null ? [] : [`up to ${cost.at_most} ${cost.currency}`]),
  ];
  return parts.join(" ");
}

function quietText(quiet: EntryView["quiet"]): string {
  return quiet === null ? "" : `${quiet.from} to ${quiet.to} in ${quiet.zone}`;
}

const unwritten = { id: "", groups: [], load: null };

/** What is not said stays as it is. */
export async function set(id: string, options: SetPersonOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<PeoplePage>("/people");
  const before = page.items.find((person) => person.id === id);
  const { groups: _derived, id: _id, load: _load, ...kept } = before ?? unwritten;
  const body = { ...kept, ...(await changesOf(options)) };
  const person = await server.put<EntryView>(`/people/${segment(id)}`, withoutNulls(body));
  if (terminal.json) {
    terminal.printJson(person);
    return;
  }
  printPerson(terminal, person);
  if (options.channel === undefined) return;
  const { items } = await server.get<ChannelPage>("/channels");
  const personal = items.filter(({ reach }) => reach === "person").map(({ name }) => name);
  const strange = person.channels.filter((name) => !personal.includes(name));
  if (strange.length > 0) {
    terminal.note(`No such channel is configured: ${safeLine(strange.join(", "))}`);
  }
}

/** An empty word takes out what is written: null and an empty list say nothing about a person. */
async function changesOf(options: SetPersonOptions): Promise<object> {
  const { email, name, account, role, group, limits, quiet, cards, channel } = options;
  return {
    ...(email !== undefined && { email: email === "" ? null : email }),
    ...(name !== undefined && { name: name === "" ? null : name }),
    ...(account !== undefined && { accounts: wordsOf(account) }),
    ...(role !== undefined && { roles: wordsOf(role) }),
    ...(group !== undefined && { groups: wordsOf(group) }),
    ...(limits !== undefined && { limits: limits === "" ? [] : await readJsonArgument(limits) }),
    ...(quiet !== undefined && { quiet: quiet === "" ? null : quietOf(quiet) }),
    ...(cards !== undefined && { cards_per_hour: cards === "" ? null : countOf(cards) }),
    ...(channel !== undefined && { channels: wordsOf(channel) }),
    ...(options.back === true && { active: true }),
  };
}

function wordsOf(words: readonly string[]): readonly string[] {
  return words.filter((word) => word !== "");
}

function countOf(text: string): number {
  if (/^[1-9][0-9]{0,4}$/.test(text)) return Number(text);
  throw new CommandFailed("--cards is a whole number from 1 on", exitCodes.usage);
}

/** `22:00-07:00 Europe/Berlin`. */
function quietOf(text: string): object {
  const [, from, to, zone] = /^(\d\d:\d\d)-(\d\d:\d\d) (\S+)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined && zone !== undefined) return { zone, from, to };
  const message = 'write quiet hours as "22:00-07:00 Europe/Berlin"';
  throw new CommandFailed(message, exitCodes.usage);
}

/** An entry of the answer as a request takes it: no limit is said by leaving limits out. */
function withoutNulls(body: object): object {
  const said = Object.entries(body).flatMap(([key, value]: [string, unknown]) => {
    if (value === null) return [];
    if (key !== "limits" || !Array.isArray(value)) return [[key, value] as const];
    return value.length === 0
      ? []
      : [[key, value.map((one: object) => withoutNulls(one))] as const];
  });
  return Object.fromEntries(said) as object;
}

/** What is wrong with the file is said with the lines that it stands in, before the server is asked. */
export async function importFile(file: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const text = await readText(file);
  const loaded = loadPeople(text);
  if (!loaded.ok) {
    if (terminal.json) terminal.printJson({ ok: false, file, findings: loaded.findings });
    else printFindings(terminal, { file, text }, loaded.findings);
    throw new CommandFailed(terminal.json ? "" : `${file} does not load`);
  }
  const done = await server.post<PeopleImported>("/people/import", { source: text });
  if (terminal.json) {
    terminal.printJson(done);
    return;
  }
  printFindings(terminal, { file, text }, done.findings);
  const gone = done.left.length === 0 ? "" : `; left: ${safeLine(done.left.join(", "))}`;
  terminal.print(`There are ${done.people} people${gone}.`);
}

export async function remove(
  name: string,
  options: GlobalOptions & { readonly forget?: boolean },
): Promise<void> {
  const { server, terminal } = openSession(options);
  const isForgotten = options.forget === true;
  const query = isForgotten ? "?forget=true" : "";
  const page = await server.remove<PeoplePage>(`/people/${segment(name)}${query}`);
  if (terminal.json) terminal.printJson(page);
  else {
    const what = isForgotten ? "is forgotten" : "has left, and counts for nothing";
    terminal.print(`${safeLine(name)} ${what}.`);
  }
}

export async function whoami(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const caller = await server.get<CallerView>("/me");
  if (caller.person === null || !caller.scopes.includes("read")) {
    printCaller(terminal, caller);
    return;
  }
  const me = await server.get<MeView>("/people/me");
  if (terminal.json) {
    terminal.printJson(me);
    return;
  }
  const lines: readonly (readonly [string, string])[] = [
    ["id", me.known ? (me.id ?? "") : `${me.id ?? ""} (not in the people document)`],
    ["name", me.name ?? ""],
    ["email", me.email ?? ""],
    ["rights", me.scopes.join(", ")],
    ["roles", me.roles.join(", ")],
    ["groups", me.groups.join(", ")],
    ["limits", me.limits.map(limitText).join("; or ")],
    ["delegated to", me.delegated.map((one) => `${one.to} until ${one.ends}`).join(", ")],
    ["stands in for", me.stands_in_for.map((one) => `${one.from} until ${one.ends}`).join(", ")],
    ["accounts", me.identities.map((one) => `${one.channel}:${one.external_id}`).join(", ")],
    ["cards this hour", loadText(me.load)],
  ];
  const rows = lines.filter(([, value]) => value !== "");
  for (const [key, value] of rows) terminal.print(`${key.padEnd(16)}  ${safeLine(value)}`);
}

/** An agent, an enforcement point, or a person who may not read: no more is told about them. */
function printCaller(terminal: Terminal, caller: CallerView): void {
  if (terminal.json) {
    terminal.printJson(caller);
    return;
  }
  const { person, agent } = caller;
  const rows: readonly (readonly [string, string])[] = [
    ...(person === null ? [] : [["id", person.id] as const]),
    ...(agent === null ? [] : [["agent", agent] as const]),
    ["rights", caller.scopes.join(", ")],
  ];
  for (const [key, value] of rows) terminal.print(`${key.padEnd(16)}  ${safeLine(value)}`);
}

function loadText({ cards_last_hour: cards, cards_per_hour: most }: MeView["load"]): string {
  return most === null ? String(cards) : `${cards} of ${most}`;
}
