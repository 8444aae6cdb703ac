// The policies in memory: compiled once with their tools, the active one known and checked again at every write.

import { HoldpointError } from "@holdpoint/core/error/error";
import type { Digest } from "@holdpoint/core/base/digest";
import { bundleName, readBundle } from "@holdpoint/core/policy/bundle";
import { registryFromJson } from "@holdpoint/core/policy-file/read-tools";
import { emptyRegistry, type Registry } from "@holdpoint/core/policy/registry";
import { peopleFromJson } from "@holdpoint/core/policy-file/read-people-file";
import { nobodyKnown, type People } from "@holdpoint/core/people/people";
import { isInRollout } from "@holdpoint/core/policy/rollout";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import type { Store } from "../storage/store.ts";
import type { Telemetry } from "../telemetry/events.ts";
import { beside, type LoadedPolicy, loadedPolicy } from "./loaded-policy.ts";

export type { LoadedPolicy };

const loadedMax = 16;

export class PolicyBook {
  readonly #store: Store;
  readonly #telemetry: Telemetry;
  readonly #loaded = new Map<string, Promise<LoadedPolicy>>();
  /** By what they are made of: a rollout that grows or ends compiles nothing anew. */
  readonly #compiled = new Map<string, Promise<LoadedPolicy>>();
  readonly #people = new Map<string, Promise<People>>();
  readonly #active = new Map<string, string>();

  constructor(store: Store, telemetry: Telemetry) {
    this.#store = store;
    this.#telemetry = telemetry;
  }

  /**
   * The policy that this process believes active; writes check that it still is. For an agent it is
   * the one that decides for this agent: the candidate of a rollout, or its base.
   */
  async active(tenant: string, agent: string | null = null): Promise<LoadedPolicy> {
    const known = this.#active.get(tenant);
    if (known !== undefined) return this.get(tenant, known, agent);
    const active = await this.#store.activePolicy(tenant);
    if (active === null) {
      throw new HoldpointError("policy_not_found", {
        message: `tenant \`${tenant}\` has no active policy; publish one first`,
      });
    }
    this.#active.set(tenant, active.bundle);
    return this.get(tenant, active.bundle, agent);
  }

  get(tenant: string, bundle: string, agent: string | null = null): Promise<LoadedPolicy> {
    const digest = digestFor(bundle, agent);
    return kept(this.#loaded, `${tenant} ${bundle} ${digest}`, async () => {
      const { tools, people = null } = readBundle(bundle);
      const [compiled, document] = await Promise.all([
        kept(this.#compiled, `${tenant} ${digest} ${tools}`, () =>
          this.#load(tenant, bundle, digest),
        ),
        people === null
          ? nobodyKnown
          : kept(this.#people, `${tenant} ${people}`, () => this.#document(tenant, people)),
      ]);
      return beside(compiled, bundle, document);
    });
  }

  /** A stored policy in the place of the active one, with everything else as it is. */
  async inPlace(tenant: string, digest: Digest): Promise<LoadedPolicy> {
    const { bundle } = await this.active(tenant);
    return this.get(tenant, bundleName({ ...readBundle(bundle), policy: digest, rollout: null }));
  }

  /** Another policy was activated, here or elsewhere. */
  forget(tenant: string): void {
    this.#active.delete(tenant);
  }

  forgetAll(): void {
    this.#active.clear();
  }

  async #load(tenant: string, bundle: string, digest: Digest): Promise<LoadedPolicy> {
    const { tools } = readBundle(bundle);
    const [record, registry] = await Promise.all([
      this.#store.findPolicy(tenant, digest),
      tools === null ? emptyRegistry : this.#registry(tenant, tools),
    ]);
    if (record === null) {
      throw new HoldpointError("policy_not_found", { message: `no policy \`${digest}\`` });
    }
    const policy = policyFromJson(JSON.parse(record.policy));
    return loadedPolicy(tenant, { bundle, digest, policy, registry, telemetry: this.#telemetry });
  }

  /** INVARIANT: a bundle decides with its people or not at all. */
  async #document(tenant: string, digest: string): Promise<People> {
    const record = await this.#store.findPeople(tenant, digest);
    const reading = record === null ? null : peopleFromJson(JSON.parse(record.document));
    if (reading?.ok === true) return reading.people;
    throw new HoldpointError("people_invalid", {
      message: `the stored people document \`${digest}\` cannot be read`,
    });
  }

  /** INVARIANT: a bundle decides with its registry or not at all. */
  async #registry(tenant: string, digest: string): Promise<Registry> {
    const record = await this.#store.findTools(tenant, digest);
    const reading = record === null ? null : registryFromJson(JSON.parse(record.registry));
    if (reading?.ok === true) return reading.registry;
    throw new HoldpointError("tools_invalid", {
      message: `the stored tool registry \`${digest}\` cannot be read`,
    });
  }
}

/** Made once for each key, the newest kept; what could not be made is tried again. */
function kept<Made>(
  made: Map<string, Promise<Made>>,
  key: string,
  make: () => Promise<Made>,
): Promise<Made> {
  const known = made.get(key);
  if (known !== undefined) return known;
  const making = make();
  made.set(key, making);
  making.catch(() => made.delete(key));
  for (const old of made.keys()) {
    if (made.size <= loadedMax) break;
    made.delete(old);
  }
  return making;
}

/** The policy of a bundle that decides for an agent; the base when nobody is named. */
function digestFor(bundle: string, agent: string | null): Digest {
  const { policy, rollout } = readBundle(bundle);
  if (agent === null || rollout === null || rollout === undefined) return policy;
  return isInRollout(rollout.id, agent, rollout.percent) ? rollout.candidate : policy;
}
