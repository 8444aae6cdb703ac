// Links a chat account to a person: the chat shows a one-time code, the person who signed in sends it back.

import { createHash } from "node:crypto";
import { isoOf } from "@holdpoint/core/base/clock";
import type { RandomBytes } from "@holdpoint/core/base/id";
import { identityNameMax, linkCodeLifeMs } from "@holdpoint/core/base/limits";
import { visibleLine } from "@holdpoint/core/action/text";
import { maskString } from "@holdpoint/core/action/mask";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Person } from "@holdpoint/core/approval/review";
import { personActor } from "@holdpoint/core/job/held";
import type { AuditFact } from "@holdpoint/core/record/event";
import type { IdentityPage, IdentityView, LinkOffer } from "@holdpoint/core/wire/identity";
import type { IdentityRecord, LinkCodeRecord } from "../storage/identity.ts";
import { type Context, type Engine, requirePerson } from "./context.ts";
import { record } from "./record.ts";

/** Without letters that are read as others: 60 bits in 12 characters. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const codeLength = 12;
const codePattern = /^[0-9a-hjkmnp-tv-z]{12}$/;

/** An account as its channel proved it: never from a body that a person could have written. */
export interface ChatAccount {
  readonly channel: string;
  readonly externalId: string;
  readonly name: string | null;
}

export interface LinkCode {
  /** `xxxx-xxxx-xxxx`, shown once. */
  readonly code: string;
  readonly expiresAt: number;
}

/** Makes the code that the owner of the account, and nobody else, is shown. */
export async function startLink(
  engine: Engine,
  tenant: string,
  account: ChatAccount,
): Promise<LinkCode> {
  const now = engine.clock.now();
  const code = makeCode(engine.random);
  const expiresAt = now + linkCodeLifeMs;
  const name = account.name === null ? null : nameOf(account.name);
  const { channel, externalId } = account;
  const kept = { codeHash: hashOf(code), channel, externalId, name, expiresAt };
  await engine.store.addLinkCode(tenant, kept, now);
  return { code, expiresAt };
}

/** What the code would link; nothing is used up. */
export async function lookAtCode(ctx: Context, code: string): Promise<LinkOffer> {
  requireSignedIn(ctx);
  const offer = await findCode(ctx, code);
  return {
    channel: offer.channel,
    external_id: offer.externalId,
    name: offer.name,
    expires_at: isoOf(offer.expiresAt),
  };
}

/** From now on the account speaks for the person who is signed in here. */
export async function linkIdentity(ctx: Context, code: string): Promise<IdentityView> {
  const signedIn = requireSignedIn(ctx);
  const { tenant } = ctx.caller;
  const offer = await findCode(ctx, code);
  const person = await canonicalOf(ctx, signedIn);
  const now = ctx.clock.now();
  const before = await ctx.store.findIdentity(tenant, offer.channel, offer.externalId);
  const moved = before !== null && before.revokedAt === null && before.person !== person.id;
  const fact = { ctx, person: signedIn, account: offer };
  const linked = await ctx.store.linkIdentity(tenant, {
    codeHash: offer.codeHash,
    person: person.id,
    now,
    events: record(ctx, tenant, [
      ...(moved ? [factOf("identity.unlinked", { ...fact, of: before.person })] : []),
      factOf("identity.linked", { ...fact, of: person.id }),
    ]),
  });
  if (linked === null) throw unusable();
  ctx.hub.changed(tenant, []);
  return identityView(linked);
}

/** One's own accounts; for people who administer those of anybody. */
export async function listIdentities(ctx: Context, person: string | null): Promise<IdentityPage> {
  const own = await canonicalOf(ctx, requirePerson(ctx, "review"));
  const isAdmin = ctx.caller.scopes.has("admin");
  if (!isAdmin && person !== null && person !== own.id) {
    throw new HoldpointError("scope_missing", {
      message: "identities of others are shown to people who hold the scope `admin`",
    });
  }
  const items = await ctx.store.listIdentities(ctx.caller.tenant, isAdmin ? person : own.id);
  return { items: items.map(identityView) };
}

/** Ends a link at once: one's own, or anybody's for people who administer. */
export async function unlinkIdentity(
  ctx: Context,
  channel: string,
  externalId: string,
): Promise<IdentityView> {
  const person = requirePerson(ctx, "review");
  const { tenant, scopes } = ctx.caller;
  const found = await ctx.store.findIdentity(tenant, channel, externalId);
  const own = await canonicalOf(ctx, person);
  const isTheirs = found !== null && (found.person === own.id || scopes.has("admin"));
  if (found === null || found.revokedAt !== null || !isTheirs) throw notLinked(channel, externalId);
  const [event] = record(ctx, tenant, [
    factOf("identity.unlinked", { ctx, person, account: found, of: found.person }),
  ]);
  if (event === undefined) throw new HoldpointError("internal", { message: "no event" });
  if (!(await ctx.store.unlinkIdentity(tenant, found, ctx.clock.now(), event))) {
    throw notLinked(channel, externalId);
  }
  ctx.hub.changed(tenant, []);
  return identityView(found);
}

export function identityView(identity: IdentityRecord): IdentityView {
  return {
    channel: identity.channel,
    external_id: identity.externalId,
    person: identity.person,
    name: identity.name,
    linked_at: isoOf(identity.linkedAt),
  };
}

/** SECURITY: a chat never links a chat: that takes a sign-in to Holdpoint itself. */
function requireSignedIn(ctx: Context): Person {
  const person = requirePerson(ctx, "review");
  if (person.assurance !== "chat") return person;
  throw new HoldpointError("scope_missing", { message: "sign in to Holdpoint to link an account" });
}

/** The person behind the account that is signed in; one who left has nothing to link. */
async function canonicalOf(ctx: Context, person: Person): Promise<Person> {
  const { directory } = await ctx.policies.active(ctx.caller.tenant);
  const known = directory.canonical(person);
  if (known !== null) return known;
  throw new HoldpointError("scope_missing", {
    message: "the people file says that you left; ask an admin",
  });
}

async function findCode(ctx: Context, text: string): Promise<LinkCodeRecord> {
  const code = text.toLowerCase().replaceAll(/[\s-]/g, "");
  if (!codePattern.test(code)) throw unusable();
  const now = ctx.clock.now();
  const found = await ctx.store.findLinkCode(ctx.caller.tenant, hashOf(code), now);
  if (found === null) throw unusable();
  return found;
}

interface LinkFact {
  readonly ctx: Context;
  /** Who did it. */
  readonly person: Person;
  readonly account: Pick<IdentityRecord, "channel" | "externalId" | "name">;
  /** Id of the person whom the account spoke for, or speaks for now. */
  readonly of: string;
}

function factOf(
  type: "identity.linked" | "identity.unlinked",
  { ctx, person, account, of }: LinkFact,
): AuditFact {
  return {
    type,
    at: ctx.clock.now(),
    actor: personActor(person),
    jobId: null,
    revision: null,
    before: null,
    after: null,
    jobHash: null,
    snapshot: null,
    payload: {
      channel: account.channel,
      external_id: account.externalId,
      name: account.name,
      person: of,
    },
  };
}

function makeCode(random: RandomBytes): string {
  const letters = [...random(codeLength)].map((byte) => alphabet.charAt(byte & 31)).join("");
  return `${letters.slice(0, 4)}-${letters.slice(4, 8)}-${letters.slice(8)}`;
}

function hashOf(code: string): string {
  const bare = code.replaceAll("-", "");
  return createHash("sha256").update(`holdpoint/link/v1\0${bare}`).digest("hex");
}

function nameOf(name: string): string {
  return visibleLine(maskString(name), identityNameMax);
}

function unusable(): HoldpointError {
  return new HoldpointError("identity_code_invalid", {
    message: "the code was used, ran out or is not one; ask for a new one in the chat",
    path: "/code",
  });
}

function notLinked(channel: string, externalId: string): HoldpointError {
  return new HoldpointError("identity_not_found", {
    message: `no account \`${externalId}\` of \`${channel}\` is linked to you`,
  });
}
