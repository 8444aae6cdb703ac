// Settles how deliveries ended: those that end while one settlement is on its way share the next one.

import type { Engine } from "../flow/context.ts";
import { wasRolledBack } from "../storage/database.ts";
import type { DeliveryResult } from "../storage/deliveries.ts";

interface Waiting {
  readonly result: DeliveryResult;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const settledAtOnce = 64;

export class Settler {
  readonly #engine: Engine;
  readonly #tenant: string;
  #waiting: Waiting[] = [];
  #isBusy = false;

  constructor(engine: Engine, tenant: string) {
    this.#engine = engine;
    this.#tenant = tenant;
  }

  /** Resolves once it is written. */
  settle(result: DeliveryResult): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ result, resolve, reject });
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0, settledAtOnce));
    this.#isBusy = false;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const { store, hub } = this.#engine;
    const results = batch.map(({ result }) => result);
    try {
      await store.settleDeliveries(this.#tenant, results);
    } catch (error) {
      // One result that the database refuses must not take its neighbours with it.
      if (batch.length === 1 || !wasRolledBack(error))
        for (const { reject } of batch) reject(error);
      else for (const waiting of batch) await this.#write([waiting]);
      return;
    }
    for (const { resolve } of batch) resolve();
    hub.changed(this.#tenant, []);
  }
}
