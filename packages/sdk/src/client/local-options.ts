// What callers can set for local decisions, and what they can ask of them.

/** See `docs/agents/local.md` for what is decided locally, and what each choice survives. */
export interface LocalOptions {
  /**
   * Folder of the records that wait to be sent; several processes may share it. Default: the environment's
   * `HOLDPOINT_SPOOL_DIR`, else `.holdpoint/spool` in the home folder.
   */
  readonly spoolDir?: string;
  /**
   * When an action may run: once its record is with the operating system (`process`: it survives the end of the
   * process, however it ends), or on the disk (`disk`: it survives a loss of power too, and each action waits for the
   * disk). Default: `process`.
   */
  readonly durability?: "process" | "disk";
  /** Bytes of records that may wait here; past them the server decides. Default: 256 MiB. */
  readonly spoolBytesMax?: number;
  /** Told of what is wrong: no lease, a full disk, a record that the server does not share. Default: nobody. */
  readonly onProblem?: (problem: LocalProblem) => void;
}

export interface LocalProblem {
  readonly kind: "lease" | "spool" | "shipping" | "mismatch";
  readonly message: string;
  readonly cause?: unknown;
}

export interface LocalStatus {
  /** True while actions may be decided locally. */
  readonly isReady: boolean;
  /** Name of the policy that decides; null without a lease. */
  readonly snapshot: string | null;
  /** Actions decided locally since the start. */
  readonly decided: number;
  /** Bytes of records that the server does not have yet. */
  readonly waitingBytes: number;
}

/** `hp.local`. */
export interface LocalControl {
  /** Resolves once actions may be decided locally. Nothing has to wait for it: until then the server decides. */
  ready(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Resolves once the server has everything that was recorded before this call. */
  flush(options?: { readonly signal?: AbortSignal }): Promise<void>;
  status(): LocalStatus;
}
