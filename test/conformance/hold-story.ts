// What people do with a hold beside voting, as calls of the API: claims, questions, batches, what stands in its place.

import { type Answer, at, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

const held = { topic: "job.db.delete", params: { id: "c_90" } };

export async function tellHolds(drive: Drive): Promise<void> {
  const propose = (more: object): Promise<Answer> =>
    drive("proposeAction", "/actions", { body: { ...held, ...more } });
  await propose({ job_id: "job-held" });
  const place = "/approvals/job-held";
  await drive("claimCard", `${place}/claim`, { body: {} });
  await drive("assignCard", `${place}/assign`, { body: { to: "local", note: "yours" } });
  await drive("assignCard", `${place}/assign`, { body: { to: "nobody" } });
  await drive("listApprovals", "/approvals?mine=true&claimed=me");
  await drive("readCard", place);
  await drive("releaseCard", `${place}/release`, { body: {} });
  const asked = await drive("askAgent", `${place}/ask`, { body: { text: "Which customer?" } });
  const question = textAt(asked.body, "watch", "questions", 0, "id");
  const answer = { question, text: "The one of the ticket" };
  await drive("answerQuestion", "/jobs/job-held/answers", { body: answer });
  await drive("answerQuestion", "/jobs/job-held/answers", { body: { ...answer, question: "que" } });
  await drive("readCard", place);
  const other = await propose({ params: { id: "c_91" } });
  const items = [asked, other].map(({ body }) => ({
    job_id: textAt(body, "job", "id"),
    job_hash: textAt(body, "job_hash"),
  }));
  const verdict = { verdict: "reject", reason: "neither", code: "not_needed" };
  await drive("reviewBatch", "/approvals/batch", { body: { ...verdict, items } });
  await drive("reviewBatch", "/approvals/batch", { body: { verdict: "approve", items } });
  const mixed = [...items, { job_id: "job-rich", job_hash: at(other.body, "job_hash") }];
  await drive("reviewBatch", "/approvals/batch", { body: { ...verdict, items: mixed } });
  await propose({ params: { id: "c_92" }, replaces: "job-held" });
  await propose({ params: { id: "c_93" }, replaces: "job-none" });
  await drive("readJob", "/jobs/job-held");
  const agent = { run: "run-shown", thread: "t1", call: "call-1" };
  const shown = await propose({ params: { id: "c_94" }, agent });
  await drive("readInterrupt", `/jobs/${textAt(shown.body, "job", "id")}/interrupt`);
  await drive("readInterrupt", "/jobs/job-held/interrupt");
  await drive("listInterrupts", "/runs/run-shown/interrupts");
}
