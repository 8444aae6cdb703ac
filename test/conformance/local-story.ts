// Local decisions as calls of the API: a lease, a batch that holds, one that does not, an agent that may not.

import { type Answer, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

const nonce = "n".repeat(20);

/** The agent of the connection is `dev`; `topic` is allowed by the rule `rule`. */
export async function tellLocal(drive: Drive, topic: string, rule: string): Promise<void> {
  const answer = await drive("readSnapshot", `/policy/snapshot?nonce=${nonce}`);
  await drive("readSnapshot", "/policy/snapshot?nonce=short");
  const lease = textAt(answer.body, "lease");
  const at = Date.now();
  const end = { status: "SUCCEEDED", ended_at: at };
  const record = { id: "local-1", lease: 0, at, decision: "allow", rule, proposal: { topic }, end };
  const lying = { ...record, id: "local-2", rule: "another" };
  const begun = { ...record, id: "local-3", end: null };
  const body = { batch: "first", leases: [lease], records: [record, lying, begun] };
  await drive("takeLocalBatch", "/decisions/local", { body });
  await drive("takeLocalBatch", "/decisions/local", { body });
  const ends = [{ id: "local-3", status: "FAILED", ended_at: at, summary: "no" }];
  const later = { batch: "second", leases: [], records: [], ends };
  await drive("takeLocalBatch", "/decisions/local", { body: later });
  await drive("takeLocalBatch", "/decisions/local", { body: { ...later, batch: "" } });
  await drive("readJob", "/jobs/local-1");
  await drive("readJob", "/jobs/local-2");
  await drive("putAgent", "/agents/dev", { body: { local: false } });
  await drive("readSnapshot", `/policy/snapshot?nonce=${nonce}`);
  await drive("putAgent", "/agents/dev", { body: { local: true } });
}
