// Who speaks through a linked chat account: a person with the rights to read and review, and nothing beside.

import type { Person } from "@holdpoint/core/approval/review";
import { developmentCaller } from "./authenticate.ts";
import type { Caller, Engine, Scope } from "../flow/context.ts";

export interface ChatPlace {
  readonly tenant: string;
  readonly channel: string;
  /** The account as the channel proved it. */
  readonly externalId: string;
  readonly isDevelopment: boolean;
}

/** `unlinked`: nobody has linked the account. `left`: its person is not known here any more. */
export type ChatCaller = Caller | "unlinked" | "left";

const chatScopes: ReadonlySet<Scope> = new Set<Scope>(["read", "review"]);

/**
 * SECURITY: a chat account outlives the keys of its person. So it counts only while the people file
 * has them as active, or while they hold a live key; and it carries no role of any key, because a
 * chat is a weaker proof of who somebody is: roles come from the people file alone.
 */
export async function chatCaller(engine: Engine, place: ChatPlace): Promise<ChatCaller> {
  const { tenant, channel, externalId, isDevelopment } = place;
  const identity = await engine.store.findIdentity(tenant, channel, externalId);
  if (identity === null || identity.revokedAt !== null) return "unlinked";
  const bare = await personOf(engine, { tenant, id: identity.person, isDevelopment });
  if (bare === null) return "left";
  return {
    tenant,
    agent: null,
    person: bare,
    scopes: chatScopes,
    keyId: null,
    isDevelopment: false,
  };
}

interface Question {
  readonly tenant: string;
  readonly id: string;
  readonly isDevelopment: boolean;
}

async function personOf(
  engine: Engine,
  { tenant, id, isDevelopment }: Question,
): Promise<Person | null> {
  const bare: Person = { id, email: null, name: null, roles: [], assurance: "chat" };
  const { directory, people } = await engine.policies.active(tenant);
  if (people.people.some((entry) => entry.id === id)) return directory.canonical(bare);
  const keyed = await engine.store.keyPeople(tenant, engine.clock.now());
  const holder = keyed.find((one) => one.id === id);
  // The address counts: an agent may name its owner by it.
  if (holder !== undefined)
    return directory.canonical({ ...bare, email: holder.email, name: holder.name });
  const isLocal = isDevelopment && id === developmentCaller.person?.id;
  return isLocal ? directory.canonical({ ...bare, name: id }) : null;
}
