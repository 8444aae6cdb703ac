// Every route of the API that changes something: one of the doors, or here with who it is for and why it is no door.

/** Who may call it at all, by the kind of their credential. */
export type Audience = "agents" | "people" | "admins" | "anybody";

export interface Elsewhere {
  readonly operation: string;
  readonly audience: Audience;
  readonly why: string;
  /** One that is well formed, so that a refusal is about who asks. */
  readonly body: object;
}

const source = "version: v1\nrules: []\n";
const ends = "2026-11-30T00:00:00Z";
const action = { topic: "job.gate.write", params: {} };

const table: Readonly<Record<string, readonly [Audience, string, object]>> = {
  proposeAction: ["agents", "begins a job; policy decides", action],
  cancelJob: ["anybody", "only ends: by its agent, or by people", {}],
  revokeJob: ["anybody", "only blocks: by its agent, or by people", { reason: "no" }],
  remediateJob: ["agents", "begins another job; policy decides", { remediation: "dry-run" }],
  renewGrant: ["agents", "for what was released already", {}],
  reportOutcome: ["agents", "after the act", { status: "SUCCEEDED" }],
  redeemGrant: ["agents", "for what was released already", { grant: "a.b.c", action }],
  takeLocalBatch: [
    "agents",
    "tells of what was done; each record is decided again, and what is not shared is denied",
    { batch: "b", leases: [], records: [] },
  ],
  suspendRun: [
    "agents",
    "binds own holds to a saved state; changes no decision",
    { thread: "t", jobs: ["j"], checkpoint: { id: "c" } },
  ],
  claimRuns: ["agents", "takes up its own runs", { worker: "w" }],
  claimRun: ["agents", "takes up its own runs", { worker: "w" }],
  extendRun: ["agents", "of its own runs", { fence: 1 }],
  completeRun: ["agents", "of its own runs", { fence: 1 }],
  failRun: ["agents", "of its own runs", { fence: 1, error: "no" }],
  retryRun: ["admins", "lets a worker try again; decides nothing", {}],
  cancelRun: ["anybody", "takes a run back, no call: by its agent, or by admins", {}],
  answerQuestion: ["agents", "a claim of the agent; no vote", { question: "q", text: "so" }],
  saveCheckpoint: ["agents", "the agent's own state", { codec: "text", state: "" }],
  saveCheckpointWrites: ["agents", "the agent's own state", { task: "t", writes: [] }],
  forkCheckpoint: ["anybody", "test/flow/checkpoint-rights.test.ts asks who", { thread: "t" }],
  removeCheckpoint: ["anybody", "test/flow/checkpoint-rights.test.ts asks who", {}],
  removeThread: ["anybody", "test/flow/checkpoint-rights.test.ts asks who", {}],
  openIncident: ["people", "a circumstance; overrides ask who opened it", { title: "down" }],
  takeAlerts: ["people", "circumstances; as above", { version: "4", alerts: [] }],
  closeIncident: ["people", "takes a circumstance away", {}],
  closeFinding: ["people", "test/flow/governance.test.ts asks who judges", { note: "seen" }],
  importTools: ["admins", "what is known of tools", { source: "version: v1\ntools: []\n" }],
  putTool: ["admins", "what is known of tools", { topic: "job.gate.write" }],
  removeTool: ["admins", "what is known of tools", {}],
  importPeople: ["admins", "who people are", { source: "version: v1\npeople: []\n" }],
  putPerson: ["admins", "who people are", { roles: ["lead"] }],
  removePerson: ["admins", "who people are", {}],
  addGroupMember: ["admins", "who people are", {}],
  removeGroupMember: ["admins", "who people are", {}],
  createDelegation: ["people", "what is one's own; asked again at each vote", { to: "ed", ends }],
  endDelegation: ["people", "what is one's own", {}],
  createDraft: ["people", "a text that decides nothing", { source }],
  changeDraft: ["people", "a text that decides nothing", { source, revision: 1 }],
  removeDraft: ["people", "a text that decides nothing", {}],
  publishDraft: ["admins", "opens a hold: the state `publication`", {}],
  publishPolicy: ["admins", "opens a hold: the state `publication`", { source }],
  controlRollout: ["admins", "of what was approved", { percent: 50 }],
  rollBackPolicy: ["admins", "to what was approved before", { reason: "worse" }],
  startShadow: ["admins", "decides nothing", { source }],
  endShadow: ["admins", "decides nothing", {}],
  testPolicy: ["people", "writes nothing", { source }],
  diffPolicies: ["people", "writes nothing", { from: "active", to: source }],
  explainAction: ["people", "writes nothing", { action }],
  replayPolicy: ["people", "writes nothing", { source }],
  checkPolicy: ["people", "writes nothing", { source }],
  testChannel: ["admins", "one harmless message", {}],
  resendDelivery: ["admins", "a message again", {}],
  lookAtLinkCode: ["people", "writes nothing", { code: "aaaa-aaaa-aaaa" }],
  linkIdentity: [
    "people",
    "links to who is signed in, who is asked at each vote",
    { code: "aaaa-aaaa-aaaa" },
  ],
  unlinkIdentity: ["people", "takes an account away", {}],
  createKey: [
    "admins",
    "a key stands for its maker's agents too: the person `creator`",
    { kind: "person", subject: "ed", scopes: ["review"], roles: ["lead"] },
  ],
  revokeKey: ["admins", "takes a key away", {}],
  putAgent: ["admins", "who answers for an agent; fixed in the hold when it asks", {}],
  pauseAgent: ["admins", "only blocks", { reason: "no" }],
  resumeAgent: ["admins", "lets go on what was released; releases nothing", { reason: "so" }],
  killAgent: ["admins", "only ends", { reason: "no" }],
  rotateAgentKey: ["admins", "as createKey, for agents only", {}],
};

export const elsewhere: readonly Elsewhere[] = Object.entries(table).map(
  ([operation, [audience, why, body]]) => ({ operation, audience, why, body }),
);
