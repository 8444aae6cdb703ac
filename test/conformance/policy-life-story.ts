// The life of a policy as calls of the API: every operation of it, with every status that it can answer.

import { type Answer, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

const tests = `tests:
  - { name: reads, action: { topic: job.files.read }, expect: { decision: allow } }
`;

/** `policy` is active; it has an invariant-free text that may be changed by a comment-free word. */
export async function tellPolicyLife(drive: Drive, policy: string): Promise<void> {
  const other = policy.replace("timeout: 1h", "timeout: 2h");
  const guarded = `${policy}invariants:
  - { id: no-drop, match: { topics: ["job.db.drop"] }, decision: deny, reason: Never }
`;
  const admin = async (subject: string): Promise<string> => {
    const scopes = ["read", "review", "admin"];
    const made = await drive("createKey", "/keys", { body: { kind: "person", subject, scopes } });
    return textAt(made.body, "secret");
  };
  const [ana, bob, eve] = [
    await admin("ana@example.com"),
    await admin("bob@example.com"),
    await admin("eve@example.com"),
  ];
  const approve = (job: string, key: string) =>
    drive("approve", `/approvals/${job}/approve`, { body: {}, key });

  await drive("testPolicy", "/policies/test", { body: { source: policy, tests } });
  await drive("diffPolicies", "/policies/diff", { body: { from: "active", to: other } });
  await drive("replayPolicy", "/policies/replay", { body: { source: other, limit: 10 } });
  const question = { action: { topic: "job.db.delete" }, source: other };
  await drive("explainAction", "/policies/explain", {
    body: { ...question, facts: { count: { hour: 1, day: 2 } }, now: "2026-11-21T12:00:00.000Z" },
  });

  const draft = await drive("createDraft", "/policies/drafts", {
    body: { source: other },
    key: ana,
  });
  const place = `/policies/drafts/${textAt(draft.body, "id")}`;
  await drive("listDrafts", "/policies/drafts");
  await drive("readDraft", place);
  await drive("changeDraft", place, { body: { message: "why", revision: 1 }, key: ana });
  const asked = await drive("publishDraft", `${place}/publish`, {
    body: { rollout: 10, shadow: true },
    key: ana,
  });
  await approve(textAt(asked.body, "job", "id"), bob);
  await drive("readShadow", "/policies/shadow");
  await drive("endShadow", "/policies/shadow");
  await drive("startShadow", "/policies/shadow", { body: { source: guarded } });
  await drive("readPolicyState", "/policies/state");
  await drive("controlRollout", "/policies/rollout", { body: { percent: 50 } });
  await drive("controlRollout", "/policies/rollout", { body: { action: "finish" } });
  await drive("rollBackPolicy", "/policies/rollback", { body: { reason: "no" } });

  const guarding = await drive("publishPolicy", "/policies", {
    body: { source: guarded },
    key: ana,
  });
  const job = textAt(guarding.body, "job", "id");
  await approve(job, bob);
  await approve(job, eve);
  const back = await drive("rollBackPolicy", "/policies/rollback", {
    body: { reason: "too strict" },
    key: ana,
  });
  await drive("reject", `/approvals/${textAt(back.body, "job", "id")}/reject`, {
    body: { reason: "it stays" },
    key: bob,
  });
  const left = await drive("createDraft", "/policies/drafts", { body: { source: policy } });
  const leftPlace = `/policies/drafts/${textAt(left.body, "id")}`;
  await drive("publishDraft", `${leftPlace}/publish`, {
    body: { activate_at: new Date(Date.now() + 3_600_000).toISOString() },
  });
  const gone = await drive("createDraft", "/policies/drafts", {
    body: { source: "version: v9\n" },
  });
  const gonePlace = `/policies/drafts/${textAt(gone.body, "id")}`;
  await drive("publishDraft", `${gonePlace}/publish`, { body: {} });
  await drive("removeDraft", gonePlace);
  await drive("readDraft", gonePlace);
  await drive("publishPolicy", "/policies", { body: { source: policy } });
}
