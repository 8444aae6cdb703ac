// The calls of one process's sessions, between the hook before a tool and the hooks after it.

/** What the CLI says of a call that was permitted. */
export type ToolEnd = { readonly is: unknown } | Error;

/** A permitted call while the CLI runs it. */
interface Permit {
  readonly end: (how: ToolEnd) => void;
  /** Resolves when the outcome was reported, or could not be. */
  readonly reported: Promise<unknown>;
  readonly note: string | null;
}

export class Permits {
  readonly #sessions: Map<string, string> = new Map();
  readonly #running: Map<string, Permit> = new Map();

  /** The CLI is about to ask for this call. */
  ask(call: string, session: string): void {
    this.#sessions.set(call, session);
  }

  /** SECURITY: without the hook nobody would report the outcome, so that a call that it did not see is refused. */
  sessionOf(call: string): string {
    const session = this.#sessions.get(call);
    if (session !== undefined) return session;
    throw new TypeError("the hooks of Holdpoint are not in the options of the query");
  }

  permit(call: string, permit: Permit): void {
    this.#running.set(call, permit);
  }

  /** The call has ended; null when it was not permitted here. */
  async end(call: string, how: ToolEnd): Promise<{ readonly note: string | null } | null> {
    const permit = this.#running.get(call);
    this.forget(call);
    if (permit === undefined) return null;
    permit.end(how);
    await permit.reported;
    return { note: permit.note };
  }

  forget(call: string): void {
    this.#running.delete(call);
    this.#sessions.delete(call);
  }
}
