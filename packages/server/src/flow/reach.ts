// By which channels each person is reached, in the order that they chose.

import type { Contact } from "@holdpoint/core/people/duty";
import type { ChannelInfo } from "../channel/channel.ts";
import type { Engine } from "./context.ts";

export interface Way {
  readonly channel: string;
  readonly address: string;
}

interface Reaching {
  readonly channels: readonly ChannelInfo[];
  readonly contacts: readonly Contact[];
}

/** Only ways that have an address: an account that was linked, or the address of the person. */
export async function reachable(
  engine: Engine,
  tenant: string,
  { channels, contacts }: Reaching,
): Promise<ReadonlyMap<string, readonly Way[]>> {
  const people = contacts.map(({ id }) => id);
  const accounts = new Map<string, string>();
  for (const { name, addressedBy } of channels) {
    if (addressedBy !== undefined || people.length === 0) continue;
    for (const one of await engine.store.identitiesOfPeople(tenant, name, people)) {
      const key = `${name} ${one.person}`;
      if (!accounts.has(key)) accounts.set(key, one.externalId);
    }
  }
  const addressOf = (contact: Contact, channel: ChannelInfo): string | null =>
    channel.addressedBy === "email"
      ? contact.email
      : (accounts.get(`${channel.name} ${contact.id}`) ?? null);
  return new Map(
    contacts.map((contact) => [
      contact.id,
      inOrder(contact, channels).flatMap((channel) => {
        const address = addressOf(contact, channel);
        return address === null ? [] : [{ channel: channel.name, address }];
      }),
    ]),
  );
}

/** Those that the person names come first, in their order; the others only when none is named. */
function inOrder({ entry }: Contact, channels: readonly ChannelInfo[]): readonly ChannelInfo[] {
  const wanted = entry?.channels ?? [];
  const chosen = wanted.flatMap((name) => channels.filter((channel) => channel.name === name));
  return chosen.length === 0 ? channels : chosen;
}
