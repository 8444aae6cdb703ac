// Workers that wait in this process for a run to take up: woken one after the other, so that one run does not wake all.

export interface RunWait {
  /** Resolves when there may be something to take up, the time is over, or it is ended. */
  readonly woken: Promise<void>;
  /** True once it was told that there may be something to take up. */
  readonly isCalled: boolean;
  /** Ends the wait; may be called any number of times. */
  end(): void;
}

/** Those who would take the very same runs, in the order in which they came. */
type Desk = Set<() => void>;

/**
 * Workers who would take the very same runs wait at one desk, and the first of them is woken. INVARIANT: whoever was
 * woken and took something, or left, passes it on: what the first does not take the next one finds.
 */
export class RunWaits {
  /** The desks of each agent by what is taken there. */
  readonly #agents = new Map<string, Map<string, Desk>>();
  readonly #readyCalls = new Set<(tenant: string, agent: string) => void>();
  #isClosed = false;

  /** `desk` is the same for those who would take the same runs. */
  wait(place: { tenant: string; agent: string; desk: string }, timeoutMs: number): RunWait {
    const { tenant, agent } = place;
    const name = `${tenant}/${agent}`;
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let isCalled = false;
    const end = (): void => {
      clearTimeout(timer);
      this.#leave(name, place.desk, call);
      wake();
    };
    const call = (): void => {
      isCalled = true;
      end();
    };
    const timer = setTimeout(end, timeoutMs);
    if (this.#isClosed) end();
    else {
      const desks = this.#agents.get(name) ?? new Map<string, Desk>();
      const desk = desks.get(place.desk) ?? new Set();
      desk.add(call);
      desks.set(place.desk, desk);
      this.#agents.set(name, desks);
    }
    return {
      woken,
      get isCalled() {
        return isCalled;
      },
      end,
    };
  }

  /** Calls back when a run of an agent may have become due. */
  onReady(call: (tenant: string, agent: string) => void): () => void {
    this.#readyCalls.add(call);
    return () => this.#readyCalls.delete(call);
  }

  /** A run of the agent may have become due. */
  ready(tenant: string, agent: string): void {
    for (const call of this.#readyCalls) call(tenant, agent);
    this.pass(tenant, agent);
  }

  /** The next worker looks for what another one did not take. */
  pass(tenant: string, agent: string): void {
    for (const desk of this.#agents.get(`${tenant}/${agent}`)?.values() ?? []) {
      const [first] = desk;
      first?.();
    }
  }

  /** Everybody of the tenant looks. */
  lookAll(tenant: string): void {
    for (const [name, desks] of [...this.#agents]) {
      if (!name.startsWith(`${tenant}/`)) continue;
      for (const desk of [...desks.values()]) for (const wake of [...desk]) wake();
    }
  }

  /** Everybody looks. */
  lostTouch(): void {
    for (const desks of [...this.#agents.values()]) {
      for (const desk of [...desks.values()]) for (const wake of [...desk]) wake();
    }
  }

  get count(): number {
    let count = 0;
    for (const desks of this.#agents.values()) {
      for (const desk of desks.values()) count += desk.size;
    }
    return count;
  }

  close(): void {
    this.#isClosed = true;
    this.lostTouch();
  }

  #leave(name: string, key: string, call: () => void): void {
    const desks = this.#agents.get(name);
    const desk = desks?.get(key);
    desk?.delete(call);
    if (desk?.size === 0) desks?.delete(key);
    if (desks?.size === 0) this.#agents.delete(name);
  }
}
