// `holdpoint groups …`, `holdpoint oncall` and `holdpoint delegate`: who answers, and who stands in for whom.

import type {
  ContactView,
  DelegationPage,
  DelegationView,
  DutyChange,
  GroupPage,
  GroupView,
  OnCallView,
  PeoplePage,
} from "@holdpoint/core/wire/people";
import { parseDuration } from "@holdpoint/core/wire/duration";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { table } from "../output/table.ts";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export async function list(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<GroupPage>("/groups");
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const rows = page.items.map((group) => [
    safeLine(group.name),
    String(group.members.length),
    namesOf(group.members.filter((one) => one.on_duty)),
    nextText(group.next),
    kindOf(group),
  ]);
  for (const line of table(["GROUP", "MEMBERS", "ON DUTY", "NEXT", ""], rows)) terminal.print(line);
}

export async function show(name: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  printGroup(terminal, await server.get<GroupView>(`/groups/${segment(name)}`));
}

export async function add(name: string, member: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const path = `/groups/${segment(name)}/members/${segment(member)}`;
  const group = await server.put<GroupView>(path, {});
  printGroup(terminal, group);
  if (terminal.json || member.startsWith("role:")) return;
  // Somebody with a key need not stand in the document; a misspelled name looks the same.
  const { items } = await server.get<PeoplePage>("/people");
  const isWritten = items.some(({ id, email, accounts }) =>
    [id, email, ...accounts].includes(member),
  );
  if (!isWritten) terminal.note(`Nobody is written down as \`${safeLine(member)}\`.`);
}

export async function remove(name: string, member: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const path = `/groups/${segment(name)}/members/${segment(member)}`;
  printGroup(terminal, await server.remove<GroupView>(path));
}

function printGroup(terminal: Terminal, group: GroupView): void {
  if (terminal.json) {
    terminal.printJson(group);
    return;
  }
  terminal.print(`${safeLine(group.name)}${kindOf(group) === "" ? "" : `  (${kindOf(group)})`}`);
  const rows = group.members.map((one) => [
    `  ${safeLine(one.id)}`,
    safeLine(one.name ?? ""),
    safeLine(one.email ?? ""),
    one.on_duty ? "on duty" : "",
  ]);
  for (const line of table(["  ID", "NAME", "EMAIL", ""], rows)) terminal.print(line);
  const added = group.named.filter(({ source }) => source === "people").map((one) => one.member);
  if (added.length > 0) terminal.note(`Added to the policy's own: ${safeLine(added.join(", "))}`);
  if (group.next !== null) terminal.note(`Next: ${nextText(group.next)}`);
}

function kindOf(group: GroupView): string {
  const hours = group.hours;
  return [
    ...(group.always ? ["around the clock"] : []),
    ...(hours === null ? [] : [`${hours.days.join(",")} ${hours.from}-${hours.to} ${hours.zone}`]),
    ...(group.roster === null ? [] : [`roster ${group.roster}`]),
    ...(group.schedule === null ? [] : [`schedule ${group.schedule}`]),
  ]
    .map(safeLine)
    .join(", ");
}

export async function onCall(
  name: string | undefined,
  options: GlobalOptions & { readonly at?: string },
): Promise<void> {
  const { server, terminal } = openSession(options);
  const view = await server.get<OnCallView>("/oncall", { at: instantOption(options.at, "--at") });
  const items = view.items.filter(({ group }) => name === undefined || group === name);
  if (name !== undefined && items.length === 0) {
    throw new CommandFailed(`the policy has no group \`${safeLine(name)}\``, exitCodes.refused);
  }
  if (terminal.json) {
    terminal.printJson({ ...view, items });
    return;
  }
  const rows = items.map((one) => [
    safeLine(one.group),
    one.on_duty.length === 0 ? "nobody" : namesOf(one.on_duty),
    nextText(one.next),
  ]);
  for (const line of table(["GROUP", "ON DUTY", "NEXT"], rows)) terminal.print(line);
  terminal.note(`At ${view.at}`);
}

function namesOf(people: readonly ContactView[]): string {
  return safeLine(people.map(({ id, name }) => name ?? id).join(", "));
}

function nextText(next: DutyChange | null): string {
  if (next === null) return "";
  return `${next.at}: ${next.on_duty.length === 0 ? "nobody" : namesOf(next.on_duty)}`;
}

export interface DelegateOptions extends GlobalOptions {
  readonly to?: string;
  readonly from?: string;
  readonly starts?: string;
  readonly until?: string;
  readonly reason?: string;
  readonly end?: string;
}

/** Without `--to` it lists; with `--end` it ends one. */
export async function delegate(options: DelegateOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const { to, until, end } = options;
  if (end !== undefined) {
    const page = await server.remove<DelegationPage>(`/delegations/${segment(end)}`);
    printDelegations(terminal, page.items, page);
    return;
  }
  if (to === undefined && until === undefined) {
    const page = await server.get<DelegationPage>("/delegations");
    printDelegations(terminal, page.items, page);
    return;
  }
  if (to === undefined || until === undefined) {
    throw new CommandFailed(
      "say to whom and how long: --to <person> --until <time>",
      exitCodes.usage,
    );
  }
  const made = await server.post<DelegationView>("/delegations", {
    to,
    ends: instantOption(until, "--until"),
    ...(options.from !== undefined && { from: options.from }),
    ...(options.starts !== undefined && { starts: instantOption(options.starts, "--starts") }),
    ...(options.reason !== undefined && { reason: options.reason }),
  });
  printDelegations(terminal, [made], made);
}

function printDelegations(
  terminal: Terminal,
  items: readonly DelegationView[],
  answer: unknown,
): void {
  if (terminal.json) {
    terminal.printJson(answer);
    return;
  }
  const rows = items.map((one) => [
    safeLine(one.id),
    safeLine(one.from),
    safeLine(one.to),
    one.starts,
    one.ends,
    one.live ? "live" : "",
    safeLine(one.reason ?? ""),
  ]);
  for (const line of table(["ID", "FROM", "TO", "STARTS", "ENDS", "", "REASON"], rows)) {
    terminal.print(line);
  }
}

/** A point in time, or a span from now on such as `7d`. */
function instantOption(text: string | undefined, what: string): string | undefined {
  if (text === undefined) return undefined;
  const spanMs = parseDuration(text);
  const at = spanMs === null ? Date.parse(text) : Date.now() + spanMs;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  const message = `${what} is a time such as 2026-12-24T08:00:00Z, or a span from now such as 7d`;
  throw new CommandFailed(message, exitCodes.usage);
}
