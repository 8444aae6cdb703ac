// Settles how deliveries ended: those that end while one settlement is on its way share the next one.

import type { Engine } from "../flow/context.ts";
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
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, settledAtOnce);
      try {
        await this.#engine.store.settleDeliveries(
          this.#tenant,
          batch.map(({ result }) => result),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      this.#engine.hub.changed(this.#tenant, []);
    }
    this.#isBusy = false;
  }
}
