// What storage does for recorded outputs.

/** The output of one execution, sealed; written with its outcome. */
export interface OutputRow {
  readonly jobId: string;
  /** Of the plain form. */
  readonly bytes: number;
  readonly digest: string;
  readonly sealed: Uint8Array;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface OutputStore {
  /** Null when none was recorded, or its time is over. */
  findOutput(tenant: string, jobId: string, now: number): Promise<OutputRow | null>;
  /** Removes at most so many whose time is over, the oldest first; answers how many. */
  forgetOutputs(tenant: string, now: number, limit: number): Promise<number>;
}
