// The policies in memory: compiled once per bundle, the active one known and checked again at every write.

import { HoldpointError } from "@holdpoint/core/error/error";
import { readBundle } from "@holdpoint/core/policy/bundle";
import { policyFromJson } from "@holdpoint/core/policy/snapshot";
import type { Store } from "../storage/store.ts";
import type { Telemetry } from "../telemetry/events.ts";
import { type LoadedPolicy, loadedPolicy } from "./loaded-policy.ts";

export type { LoadedPolicy };

const loadedMax = 16;

export class PolicyBook {
  readonly #store: Store;
  readonly #telemetry: Telemetry;
  readonly #loaded = new Map<string, Promise<LoadedPolicy>>();
  readonly #active = new Map<string, string>();

  constructor(store: Store, telemetry: Telemetry) {
    this.#store = store;
    this.#telemetry = telemetry;
  }

  /** The policy that this process believes active; writes check that it still is. */
  async active(tenant: string): Promise<LoadedPolicy> {
    const known = this.#active.get(tenant);
    if (known !== undefined) return this.get(tenant, known);
    const active = await this.#store.activePolicy(tenant);
    if (active === null) {
      throw new HoldpointError("policy_not_found", {
        message: `tenant \`${tenant}\` has no active policy; publish one first`,
      });
    }
    this.#active.set(tenant, active.bundle);
    return this.get(tenant, active.bundle);
  }

  get(tenant: string, bundle: string): Promise<LoadedPolicy> {
    const key = `${tenant} ${bundle}`;
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    const loading = this.#load(tenant, bundle);
    this.#loaded.set(key, loading);
    loading.catch(() => this.#loaded.delete(key));
    for (const old of this.#loaded.keys()) {
      if (this.#loaded.size <= loadedMax) break;
      this.#loaded.delete(old);
    }
    return loading;
  }

  /** Another policy was activated, here or elsewhere. */
  forget(tenant: string): void {
    this.#active.delete(tenant);
  }

  forgetAll(): void {
    this.#active.clear();
  }

  async #load(tenant: string, bundle: string): Promise<LoadedPolicy> {
    const { policy: digest } = readBundle(bundle);
    const record = await this.#store.findPolicy(tenant, digest);
    if (record === null) {
      throw new HoldpointError("policy_not_found", { message: `no policy \`${digest}\`` });
    }
    const policy = policyFromJson(JSON.parse(record.policy));
    return loadedPolicy(tenant, { bundle, policy, telemetry: this.#telemetry });
  }
}
