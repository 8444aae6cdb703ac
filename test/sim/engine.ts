// The verbs over any Store, without sockets and loops: an engine, and who calls.

import { randomBytes } from "node:crypto";
import { makeIds } from "@holdpoint/core/base/id";
import type { Channel } from "@holdpoint/server/channel/channel";
import { logChannel } from "@holdpoint/server/channel/log";
import { ProposalRates } from "@holdpoint/server/flow/agent-limits";
import type { Caller, Context, Engine } from "@holdpoint/server/flow/context";
import { DutyBook } from "@holdpoint/server/flow/duty-book";
import { Hub } from "@holdpoint/server/flow/hub";
import { Lanes } from "@holdpoint/server/flow/lanes";
import { LocalStates } from "@holdpoint/server/flow/local-states";
import { RejectedTopics } from "@holdpoint/server/flow/rejection-memory";
import { Shadows } from "@holdpoint/server/flow/shadows";
import { PolicyBook } from "@holdpoint/server/flow/policy-book";
import { activate } from "@holdpoint/server/flow/publish-policy";
import { developmentCaller } from "@holdpoint/server/identity/authenticate";
import { defaultKeeping } from "@holdpoint/server/config/keeping";
import { KeyRing } from "@holdpoint/server/identity/signer";
import { makeSealer } from "@holdpoint/server/sealing/seal";
import { openSealKeys } from "@holdpoint/server/sealing/seal-keys";
import type { Store } from "@holdpoint/server/storage/store";
import { Study } from "@holdpoint/server/study/study";
import { makeTelemetry } from "@holdpoint/server/telemetry/events";
import { isPublicAddress } from "@holdpoint/server/worker/private-address";

/** A clock that stands still until a test moves it. */
export class HandClock {
  #now: number;

  constructor(startAt = 1_700_000_000_000) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  move(byMs: number): void {
    this.#now += byMs;
  }
}

const coded = Buffer.alloc(32, 7).toString("base64");
const sealKeys = openSealKeys({ keys: `test:${coded}`, dir: "", isFileAllowed: false });
const publicUrl = "http://holdpoint.test";

/** A process of its own: nothing that another engine has read is known to it. */
export function engineOver(store: Store, clock: HandClock, more: readonly Channel[] = []): Engine {
  const telemetry = makeTelemetry(
    "silent",
    () => undefined,
    () => clock.now(),
  );
  const policies = new PolicyBook(store, telemetry);
  const channels = [logChannel(telemetry), ...more];
  const developmentPerson = developmentCaller.person;
  const hub = new Hub();
  return {
    store,
    clock,
    ids: makeIds(clock, randomBytes),
    random: randomBytes,
    policies,
    people: new DutyBook({ store, clock, channels, developmentPerson }),
    shadows: new Shadows({ store, policies, telemetry }),
    localStates: new LocalStates({ store, clock, hub, policies }),
    signer: new KeyRing({ store, clock, issuer: publicUrl }),
    hub,
    lanes: new Lanes(),
    rates: new ProposalRates(),
    webhookRule: { isDevelopment: false, isPrivateAllowed: false, isPublicAddress },
    rejected: new RejectedTopics(),
    study: new Study(),
    telemetry,
    channels,
    publicUrl,
    sealer: makeSealer(sealKeys),
    keeping: defaultKeeping,
  };
}

/** The development connection of a tenant, as another person and other roles when named. */
export function contextOf(
  engine: Engine,
  tenant: string,
  person: { readonly id: string; readonly roles: readonly string[] } | null = null,
): Context {
  const caller: Caller = { ...developmentCaller, tenant };
  const own = developmentCaller.person;
  if (person === null || own === null) return { ...engine, caller };
  return { ...engine, caller: { ...caller, person: { ...own, ...person, name: person.id } } };
}

export async function makeTenant(engine: Engine, tenant: string, source: string): Promise<void> {
  await engine.store.ensureTenant(tenant, engine.clock.now());
  const author = { kind: "system", id: "test" } as const;
  await activate(engine, { tenant, source, author, message: null, replaces: null });
}
