// What the caller is to the server: their names, rights, groups, delegations, linked accounts and load.

import { assert } from "@holdpoint/core/base/assert";
import { entryOf, indexPeople } from "@holdpoint/core/people/names";
import type { MeView, RosterPage } from "@holdpoint/core/wire/people";
import { isoOrNull } from "@holdpoint/core/wire/view";
import { isoOf } from "@holdpoint/core/base/clock";
import { filePrefix } from "@holdpoint/core/people/document";
import type { RosterRecord } from "../storage/people.ts";
import { type Context, requireViewer } from "./context.ts";
import { delegationsOf } from "./delegate.ts";
import { groupsOf, limitsOf, loadOf, loadsOf } from "./people-view.ts";
import { staleAfterMs } from "./roster-times.ts";

export async function readMe(ctx: Context): Promise<MeView> {
  requireViewer(ctx);
  const { person, scopes, tenant, isDevelopment } = ctx.caller;
  assert(person !== null, "a viewer is a person");
  const policy = await ctx.policies.active(tenant);
  const known = policy.directory.canonical(person) ?? person;
  const entry = entryOf(indexPeople(policy.people.people), person);
  const written = entry === "unclear" ? null : entry;
  const [{ given, held }, identities, loads] = await Promise.all([
    delegationsOf(ctx, known.id),
    ctx.store.listIdentities(tenant, known.id),
    loadsOf(ctx, [known.id]),
  ]);
  return {
    id: known.id,
    email: known.email,
    name: known.name,
    assurance: known.assurance,
    scopes: [...scopes].sort(),
    roles: [...known.roles].sort(),
    groups: groupsOf(policy, person),
    known: written !== null,
    limits: written === null ? [] : limitsOf(written),
    development: isDevelopment,
    delegated: given,
    stands_in_for: held,
    identities: identities.map((one) => ({
      channel: one.channel,
      external_id: one.externalId,
      person: one.person,
      name: one.name,
      linked_at: isoOf(one.linkedAt),
    })),
    load: { ...loadOf(loads, known.id), cards_per_hour: written?.cardsPerHour ?? null },
  };
}

export async function listRosters(ctx: Context): Promise<RosterPage> {
  requireViewer(ctx);
  const now = ctx.clock.now();
  const records = await ctx.store.listRosters(ctx.caller.tenant);
  return {
    items: records.map((record) => ({
      name: record.name,
      source: shownSource(record),
      fetched_at: isoOrNull(record.fetchedAt),
      next_at: record.source.startsWith(filePrefix) ? null : isoOf(record.nextAt),
      error: record.error,
      stale: isStale(record, now),
    })),
  };
}

/** A file is as good as when it was read; an address has to have answered lately. */
function isStale({ source, body, error, fetchedAt }: RosterRecord, now: number): boolean {
  if (body === null || fetchedAt === null) return true;
  return source.startsWith(filePrefix) ? error !== null : now - fetchedAt > staleAfterMs;
}

/** SECURITY: private calendars are addresses that nobody can guess: whoever reads the address has the calendar. */
function shownSource({ source }: RosterRecord): string {
  if (source.startsWith(filePrefix)) return source.slice(filePrefix.length);
  const host = URL.parse(source)?.host;
  return host === undefined ? "an address" : `https://${host}/…`;
}
