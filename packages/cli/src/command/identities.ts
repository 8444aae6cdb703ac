// `holdpoint identities list|link|unlink`: accounts in chats that speak for people.

import type { IdentityPage, IdentityView, LinkOffer } from "@holdpoint/core/wire/identity";
import { CommandFailed } from "../output/exit-code.ts";
import { timeSince } from "../output/span.ts";
import { table } from "../output/table.ts";
import { safeLine } from "../output/terminal.ts";
import { confirm } from "./ask.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface ListOptions extends GlobalOptions {
  readonly person?: string;
}

export interface LinkOptions extends GlobalOptions {
  readonly yes?: boolean;
}

export async function list(options: ListOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<IdentityPage>("/identities", { person: options.person });
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const now = Date.now();
  const rows = page.items.map((one) => [
    safeLine(one.person),
    safeLine(one.channel),
    safeLine(one.external_id),
    safeLine(one.name ?? ""),
    timeSince(one.linked_at, now),
  ]);
  for (const line of table(["PERSON", "CHANNEL", "ACCOUNT", "NAME", "LINKED"], rows)) {
    terminal.print(line);
  }
}

/** Shows whose account it is first: a code of somebody else would let them decide in one's name. */
export async function link(code: string, options: LinkOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const offer = await server.post<LinkOffer>("/identities/look", { code });
  const account = `${safeLine(offer.name ?? "an account")} (${safeLine(offer.external_id)})`;
  const question = `From now on ${account} of ${safeLine(offer.channel)} decides in your name. Is it yours?`;
  if (options.yes !== true && !(await confirm(question))) {
    throw new CommandFailed("Nothing was linked.");
  }
  const linked = await server.post<IdentityView>("/identities/link", { code });
  if (terminal.json) terminal.printJson(linked);
  else terminal.print(`${account} speaks for ${safeLine(linked.person)}.`);
}

export async function unlink(
  channel: string,
  account: string,
  options: GlobalOptions,
): Promise<void> {
  const { server, terminal } = openSession(options);
  const place = `/identities/${segment(channel)}/${segment(account)}`;
  const ended = await server.remove<IdentityView>(place);
  if (terminal.json) terminal.printJson(ended);
  else terminal.print(`${safeLine(account)} speaks for nobody any more.`);
}
