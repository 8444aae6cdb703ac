// One proposal at a time for each count: whoever counts the same waits for the one before.

/** Waiting in this process saves the database the races that all but one would lose. */
export class Lanes {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when all lanes are free; what it answers with opens them for the next. */
  async enter(names: readonly string[]): Promise<() => void> {
    // INVARIANT: all lanes are taken in one step, so nobody waits for one who waits for them.
    const before = names.flatMap((name) => this.#last.get(name) ?? []);
    let open = (): void => undefined;
    const mine = new Promise<void>((resolve) => {
      open = resolve;
    });
    for (const name of names) this.#last.set(name, mine);
    await Promise.all(before);
    return () => {
      open();
      for (const name of names) if (this.#last.get(name) === mine) this.#last.delete(name);
    };
  }

  /** Lanes that somebody is in. */
  get size(): number {
    return this.#last.size;
  }
}
