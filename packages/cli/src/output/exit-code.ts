// How the command ends, for scripts: one number per kind of ending.

/** Documented in `holdpoint --help`. */
export const exitCodes = {
  ok: 0,
  /** Something did not work. */
  failure: 1,
  /** The command line is not one. */
  usage: 2,
  /** The server refused it (4xx): not found, not allowed, conflict. */
  refused: 3,
  /** No answer from the server. */
  unreachable: 4,
} as const;

/** An ending that a command chose, with what to tell the person. */
export class CommandFailed extends Error {
  override readonly name: string = "CommandFailed";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The exit code for whatever a command threw. Errors of other packages are known by their names. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailed) return error.exitCode;
  if (!(error instanceof Error)) return exitCodes.failure;
  if (error.name === "HoldpointUnreachable") return exitCodes.unreachable;
  if (error.name !== "HoldpointApiError" || !("status" in error)) return exitCodes.failure;
  const status = Number(error.status);
  return status >= 400 && status < 500 ? exitCodes.refused : exitCodes.failure;
}
