// What a tool call came to, in the form that the model reads and the report quotes.

/** `done` ran as proposed, `changed` ran as people changed it; with every other status nothing ran. */
export type ToolStatus =
  | "done"
  | "changed"
  | "denied"
  | "rejected"
  | "expired"
  | "cancelled"
  | "revoked"
  | "failed";

export interface ToolAnswer {
  readonly tool: string;
  readonly status: ToolStatus;
  /** Null only when nothing was proposed. */
  readonly jobId: string | null;
  /** What ran, which people may have changed; else what was proposed. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What the tool gave back; null when it did not run. */
  readonly result: unknown;
  /** Why it did not run, in the words of the policy or the person; null when it ran. */
  readonly reason: string | null;
  readonly code: string | null;
}

export function didRun(answer: ToolAnswer): boolean {
  return answer.status === "done" || answer.status === "changed";
}
