// `holdpoint takeovers list|claim|done|return`: what people do by hand after a rejection.

import type { TakeoverAnswer, TakeoverPage } from "@holdpoint/core/wire/governance";
import { timeSince } from "../output/span.ts";
import { cut, table } from "../output/table.ts";
import { safeLine } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface ListOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly cursor?: string;
}

export interface EndOptions extends GlobalOptions {
  readonly note?: string;
}

export async function list(options: ListOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<TakeoverPage>("/takeovers", {
    state: options.all === true ? "all" : "open",
    cursor: options.cursor,
  });
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  if (page.items.length === 0) {
    terminal.print("Nothing waits to be taken over.");
    return;
  }
  const now = Date.now();
  const rows = page.items.map((item) => [
    item.id,
    item.state,
    timeSince(item.opened_at, now),
    safeLine(item.claimed_by?.name ?? item.claimed_by?.id ?? "–"),
    safeLine(item.agent),
    cut(safeLine(item.title), 50),
    cut(safeLine(item.reason ?? ""), 50),
  ]);
  const head = ["TAKEOVER", "STATE", "OPENED", "BY", "AGENT", "WHAT", "REJECTED BECAUSE"];
  for (const line of table(head, rows)) terminal.print(line);
  if (page.next_cursor !== null) terminal.note(`more: --cursor ${page.next_cursor}`);
}

export function claim(id: string, options: GlobalOptions): Promise<void> {
  return step(id, { verb: "claim", options, body: {} });
}

export function done(id: string, options: EndOptions): Promise<void> {
  return step(id, { verb: "done", options, body: noteOf(options) });
}

export function giveBack(id: string, options: EndOptions): Promise<void> {
  return step(id, { verb: "return", options, body: noteOf(options) });
}

interface Step {
  readonly verb: string;
  readonly options: GlobalOptions;
  readonly body: object;
}

async function step(id: string, { verb, options, body }: Step): Promise<void> {
  const { server, terminal } = openSession(options);
  const answer = await server.post<TakeoverAnswer>(`/takeovers/${segment(id)}/${verb}`, body);
  if (terminal.json) terminal.printJson(answer);
  else terminal.print(`${answer.takeover.id} is ${answer.takeover.state}.`);
}

function noteOf({ note }: EndOptions): object {
  return note === undefined ? {} : { note };
}
