// Loads what decides locally, for clients that ask for it; until it is there the server decides.

import type { Transport } from "../client/transport.ts";
import type { Decider } from "./decider.ts";
import type { LocalControl, LocalOptions, LocalStatus } from "../client/local-options.ts";

export class LazyLocal implements LocalControl {
  readonly #loading: Promise<Decider>;
  #decider: Decider | null = null;
  #isClosed = false;

  /** @param hasOwnFetch the caller brought a fetch, which is then used for everything */
  constructor(transport: Transport, options: LocalOptions, hasOwnFetch: boolean) {
    this.#loading = import("./decider.ts").then((module) => {
      const decider = new module.Decider(transport, { ...options, hasOwnFetch });
      this.#decider = decider;
      if (this.#isClosed) decider.close();
      return decider;
    });
    this.#loading.catch((cause: unknown) =>
      options.onProblem?.({ kind: "lease", message: "local decisions cannot be loaded", cause }),
    );
  }

  /** Null until it is loaded. */
  get decider(): Decider | null {
    return this.#decider;
  }

  async ready(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await (await this.#loading).ready(options);
  }

  async flush(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await (await this.#loading).flush(options);
  }

  status(): LocalStatus {
    const nothing = { isReady: false, snapshot: null, decided: 0, waitingBytes: 0 };
    return this.#decider?.status() ?? nothing;
  }

  close(): void {
    this.#isClosed = true;
    this.#decider?.close();
  }
}

/** Null for a client that does not decide locally. */
export function localOf(
  transport: Transport,
  { local, fetch }: { readonly local?: boolean | LocalOptions; readonly fetch?: unknown },
): LazyLocal | null {
  if (local === undefined || local === false) return null;
  return new LazyLocal(transport, local === true ? {} : local, fetch !== undefined);
}
