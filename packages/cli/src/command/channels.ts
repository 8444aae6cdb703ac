// `holdpoint channels list|test|deliveries|resend`: the ways to people, and what went over them.

import type {
  ChannelPage,
  ChannelTested,
  DeliveryPage,
  DeliveryView,
} from "@holdpoint/core/wire/delivery";
import { CommandFailed } from "../output/exit-code.ts";
import { timeSince } from "../output/span.ts";
import { table } from "../output/table.ts";
import { safeLine } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface DeliveriesOptions extends GlobalOptions {
  readonly job?: string;
  readonly person?: string;
  readonly channel?: string;
  readonly state?: string;
  readonly limit?: string;
}

export async function list(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<ChannelPage>("/channels");
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const now = Date.now();
  const rows = page.items.map((channel) => [
    safeLine(channel.name),
    channel.reach,
    String(channel.pending),
    String(channel.dead),
    channel.last_delivered_at === null ? "–" : timeSince(channel.last_delivered_at, now),
    safeLine(channel.last_error ?? ""),
  ]);
  const heads = ["CHANNEL", "REACHES", "WAITING", "DEAD", "LAST ACCEPTED", "LAST ERROR"];
  for (const line of table(heads, rows)) terminal.print(line);
}

export async function test(
  name: string,
  options: GlobalOptions & { readonly to?: string },
): Promise<void> {
  const { server, terminal } = openSession(options);
  const body = options.to === undefined ? {} : { address: options.to };
  const tested = await server.post<ChannelTested>(`/channels/${segment(name)}/test`, body);
  if (terminal.json) terminal.printJson(tested);
  if (!tested.ok) {
    const why = `${safeLine(name)} did not accept it: ${safeLine(tested.error ?? "")}`;
    throw new CommandFailed(terminal.json ? "" : why);
  }
  if (!terminal.json) terminal.print(`${safeLine(name)} accepted a message.`);
}

export async function deliveries(options: DeliveriesOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const { job, person, channel, state, limit } = options;
  const page = await server.get<DeliveryPage>("/deliveries", {
    job,
    person,
    channel,
    state,
    limit,
  });
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const now = Date.now();
  const rows = page.items.map((one) => [
    safeLine(one.id),
    timeSince(one.created_at, now),
    safeLine(one.channel),
    safeLine(one.person ?? ""),
    safeLine(one.kind),
    one.state,
    String(one.attempts),
    safeLine(one.job_id ?? ""),
    safeLine(one.error ?? ""),
  ]);
  const heads = ["ID", "WRITTEN", "CHANNEL", "PERSON", "KIND", "STATE", "TRIES", "JOB", "ERROR"];
  for (const line of table(heads, rows)) terminal.print(line);
}

export async function resend(id: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const delivery = await server.post<DeliveryView>(`/deliveries/${segment(id)}/resend`);
  if (terminal.json) terminal.printJson(delivery);
  else terminal.print(`${safeLine(delivery.id)} is tried again by ${safeLine(delivery.channel)}.`);
}
