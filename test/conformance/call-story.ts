// Calls with names, what their executions gave, and what people say of those that nobody reported, as calls of the API.

import { type Answer, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

const outcomeDeadlineMs = 900_000;

export async function tellCalls(drive: Drive, pass: (ms: number) => void): Promise<void> {
  const run = async (call: string): Promise<string> => {
    const action = { topic: "job.files.read", params: { path: "a" } };
    const effect = { rows: 1, diff: null };
    const agent = { run: "run-1", thread: "t-1", call };
    const body = { ...action, effect, agent };
    const job = await drive("proposeAction", "/actions", { body });
    const again = { ...body, params: { path: "b" } };
    await drive("proposeAction", "/actions", { body: again });
    const grant = textAt(job.body, "grant", "token");
    await drive("redeemGrant", "/grants/redeem", {
      body: { grant, action: { ...action, effect } },
    });
    return textAt(job.body, "job", "id");
  };
  const id = await run("call-1");
  await drive("readOutput", `/jobs/${id}/output`);
  const wrong = `sha256:${"0".repeat(64)}`;
  const outcome = { status: "SUCCEEDED", output: { lines: ["one", null] } };
  const body = { ...outcome, output_digest: wrong };
  await drive("reportOutcome", `/jobs/${id}/outcome`, { body });
  await drive("reportOutcome", `/jobs/${id}/outcome`, { body: outcome });
  await drive("waitForJob", `/jobs/${id}/wait?timeout=30&until=ended`);
  await drive("readOutput", `/jobs/${id}/output`);
  const lost = await run("call-2");
  const settled = { status: "FAILED", reason: "the file was never opened" };
  await drive("settleJob", `/jobs/${lost}/settle`, { body: settled });
  pass(outcomeDeadlineMs);
  await drive("waitForJob", `/jobs/${lost}/wait?timeout=30&until=ended`);
  await drive("settleJob", `/jobs/${lost}/settle`, { body: settled });
  await drive("readJob", `/jobs/${lost}`);
}
