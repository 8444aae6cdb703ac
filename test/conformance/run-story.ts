// Runs that are suspended and taken up, as calls of the API.

import { type Answer, at, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

const state = Buffer.from("what the agent knew").toString("base64");
const checkpoint = { codec: "text", state };

/** `topic` is one that people are asked about. */
export async function tellRuns(drive: Drive, topic: string): Promise<void> {
  const first = await suspended(drive, topic, "story-1");
  await drive("claimRun", `/resumptions/${first.id}/claim`, { body: { worker: "w" } });
  await drive("approve", `/approvals/${first.job}/approve`, { body: { reason: "fine" } });
  const claim = { worker: "w", thread: "story-1", timeout: 1 };
  const claimed = await drive("claimRuns", "/resumptions/claim", { body: claim });
  const fence = Number(at(claimed.body, "items", 0, "fence"));
  await drive("claimRun", `/resumptions/${first.id}/claim`, { body: { worker: "v" } });
  await drive("extendRun", `/resumptions/${first.id}/extend`, { body: { fence } });
  await drive("extendRun", `/resumptions/${first.id}/extend`, { body: { fence: fence + 1 } });
  const done = { body: { fence, summary: "done" } };
  await drive("completeRun", `/resumptions/${first.id}/complete`, done);
  await drive("completeRun", `/resumptions/run_none/complete`, done);
  const second = await suspended(drive, topic, "story-2");
  await drive("approve", `/approvals/${second.job}/approve`, { body: { reason: "fine" } });
  const taken = await drive("claimRun", `/resumptions/${second.id}/claim`, {
    body: { worker: "w" },
  });
  const failure = { fence: Number(at(taken.body, "fence")), error: "it broke", is_final: true };
  await drive("failRun", `/resumptions/${second.id}/fail`, { body: failure });
  await drive("listRuns", "/resumptions?state=dead");
  await drive("readRun", `/resumptions/${second.id}`);
  await drive("retryRun", `/resumptions/${second.id}/retry`, { body: { reason: "fixed" } });
  await drive("retryRun", `/resumptions/${second.id}/retry`, { body: {} });
  await drive("cancelRun", `/resumptions/${second.id}/cancel`, { body: { reason: "by hand" } });
}

async function suspended(
  drive: Drive,
  topic: string,
  thread: string,
): Promise<{ readonly id: string; readonly job: string }> {
  const held = await drive("proposeAction", "/actions", { body: { topic, params: { thread } } });
  const job = textAt(held.body, "job", "id");
  const body = { thread, jobs: [job], checkpoint };
  const run = await drive("suspendRun", "/resumptions", { body });
  return { id: textAt(run.body, "id"), job };
}
