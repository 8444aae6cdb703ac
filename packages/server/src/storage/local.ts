// What local decisions ask of storage: batches that were taken, and topics of which something is remembered.

export interface LocalBatchRow {
  readonly agent: string;
  readonly id: string;
  readonly records: number;
  readonly receivedAt: number;
}

export interface LocalStore {
  /** True when the batch was taken before. */
  hasLocalBatch(tenant: string, agent: string, id: string): Promise<boolean>;
  addLocalBatch(tenant: string, batch: LocalBatchRow): Promise<void>;
  forgetLocalBatches(tenant: string, before: number): Promise<void>;
  /** Topics in which a job was rejected since then, each once and in order; at most so many. */
  rejectedTopics(tenant: string, since: number, limit: number): Promise<readonly string[]>;
}
