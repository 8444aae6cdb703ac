// Outcomes that are reported in the background, each until it was sent or given up.

/** With more under way the caller waits for its own report, so that they do not pile up without end. */
const UNDER_WAY_MAX = 256;

export class ReportsBehind {
  readonly #underWay = new Map<Promise<void>, string>();

  /** Resolves at once, or with the report when too many are under way. */
  async send(jobId: string, sending: () => Promise<void>): Promise<void> {
    // What the caller's own `onUnreported` throws has nobody left to go to.
    const sent = sending().catch(() => undefined);
    this.#underWay.set(sent, jobId);
    const gone = sent.finally(() => this.#underWay.delete(sent));
    if (this.#underWay.size > UNDER_WAY_MAX) await gone;
  }

  async flush(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.keys());
  }

  /** Ids of the jobs whose report is under way. */
  unsent(): readonly string[] {
    return [...this.#underWay.values()];
  }
}
