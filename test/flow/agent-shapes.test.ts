// Held calls in the words of other people's frontends: AG-UI, LangChain's middleware, Agent Inbox, and back into reviews.

import type { Interrupt as AgUiInterrupt, ResumeEntry as AgUiEntry } from "@ag-ui/core";
import { InterruptSchema, RunFinishedInterruptOutcomeSchema } from "@ag-ui/core/schemas";
import { type Action, Holdpoint, type JobView, outcomeOf } from "@holdpoint/sdk";
import * as agUi from "@holdpoint/sdk/ag-ui";
import * as inbox from "@holdpoint/sdk/agent-inbox";
import * as hitl from "@holdpoint/sdk/langchain-hitl";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Holds, startHolds } from "./hold-world.ts";
import { stopLine } from "./line-world.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
roles: { lead: 1 }
rules:
  - id: mail
    match: { topics: ["job.mail.*"] }
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 1h
`;

let holds: Holds;
let hp: Holdpoint;
let ana: Holdpoint;

beforeAll(async () => {
  holds = await startHolds(policy);
  hp = new Holdpoint({ url: holds.url, apiKey: holds.keys.agent });
  ana = new Holdpoint({ url: holds.url, apiKey: holds.keys.ana });
}, 120_000);

afterAll(async () => {
  hp.close();
  ana.close();
  await stopLine(holds.line);
});

const mail: Action = {
  topic: "job.mail.send",
  tool: { name: "send_mail" },
  params: { to: "li@example.com", copies: 2, urgent: false, api_key: "s3cret-value", parts: ["a"] },
};
let calls = 0;

/** A hold of its own, proposed with this call id or a fresh one. */
function hold(more: Partial<Action> = {}, run = "run-shapes"): Promise<JobView> {
  calls += 1;
  return hp.propose({ ...mail, agent: { run, thread: "t-1", call: `call-${calls}` }, ...more });
}

function isAgUi(interrupt: AgUiInterrupt): AgUiInterrupt {
  return interrupt;
}

describe("AG-UI", () => {
  test("a held job is an interrupt as its package types and checks it", async () => {
    const job = await hold();
    const interrupt = isAgUi(agUi.interruptOf(job));

    expect(InterruptSchema.parse(interrupt)).toEqual(interrupt);
    expect(interrupt).toMatchObject({
      id: job.job.id,
      reason: "tool_call",
      toolCallId: job.action.agent.call,
      expiresAt: job.expires_at,
      metadata: { holdpoint: { jobHash: job.job_hash, run: "run-shapes", topic: mail.topic } },
    });
    expect(JSON.stringify(interrupt)).not.toContain("s3cret-value");
    const outcome = agUi.runOutcome([job]);
    expect(RunFinishedInterruptOutcomeSchema.parse(outcome)).toEqual(outcome);
    expect(() => agUi.runOutcome([])).toThrow("waits for nothing");
  });

  test("the server tells the same, with the card's address, of one job and of a run", async () => {
    const run = `run-"of one"/${Date.now()}`;
    const jobs = [await hold({}, run), await hold({}, run)];
    await hold({}, "another run");
    const url = `${holds.line.server.engine.publicUrl}/approvals/${jobs[0]?.job.id}`;
    const one = await holds.get("agent", `/jobs/${jobs[0]?.job.id}/interrupt`);
    const all = await holds.get("agent", `/runs/${encodeURIComponent(run)}/interrupts`);

    expect(one.body).toEqual(agUi.interruptOf(jobs[0] as JobView, { url }));
    expect(all.body?.["items"]).toHaveLength(2);
    expect(all.body?.["items"]).toMatchObject(jobs.map(({ job }) => ({ id: job.id })));
    expect(InterruptSchema.parse(one.body)).toEqual(one.body);
  });

  test("another agent, and people, read no interrupts; a job that does not wait has none", async () => {
    const { job } = await hold({}, "run-private");
    const other = await holds.get("other", `/jobs/${job.id}/interrupt`);
    const otherRun = await holds.get("other", "/runs/run-private/interrupts");
    const person = await holds.get("ana", `/jobs/${job.id}/interrupt`);
    await holds.post("ana", `/approvals/${job.id}/approve`);
    const after = await holds.get("agent", `/jobs/${job.id}/interrupt`);

    expect([other.status, other.body?.["code"]]).toEqual([404, "job_not_found"]);
    expect(otherRun.body).toEqual({ items: [] });
    expect([person.status, person.body?.["code"]]).toEqual([403, "scope_missing"]);
    expect([after.status, after.body?.["code"]]).toEqual([409, "approval_not_actionable"]);
    expect((await holds.get("agent", "/runs/run-private/interrupts")).body).toEqual({ items: [] });
  });

  test("a client that says approved approves nothing", async () => {
    const job = await hold();
    const entry: AgUiEntry = {
      interruptId: job.job.id,
      status: "resolved",
      payload: { approved: true },
    };
    const [outcome] = await agUi.resume(hp, [entry]);
    const forged = agUi.reviewCallOf(entry, agUi.interruptOf(job));

    expect(outcome?.status).toBe("waiting");
    await expect(hp.request(forged ?? { method: "GET", path: "" })).rejects.toMatchObject({
      status: 403,
    });
    expect((await hp.job(job.job.id)).job.state).toBe("APPROVAL");
  });

  test("a person's answers approve, reject and edit, and the run reads the outcomes", async () => {
    const jobs = [await hold(), await hold(), await hold()];
    const shown = jobs.map((job) => agUi.interruptOf(job));
    const payloads = [
      { approved: true },
      { approved: false, reason: "too early" },
      {
        approved: true,
        editedArgs: { ...(shown[2]?.metadata.holdpoint["params"] as object), copies: 1 },
      },
    ];
    const entries = shown.map(({ id }, index) => ({
      interruptId: id,
      status: "resolved" as const,
      payload: payloads[index],
    }));
    for (const [index, entry] of entries.entries()) {
      const call = agUi.reviewCallOf(entry, shown[index] as agUi.Interrupt);
      if (call !== null) await ana.request(call);
    }
    const outcomes = await agUi.resume(hp, entries);

    expect(outcomes).toMatchObject([
      { status: "approved", modified: false },
      { status: "rejected", reason: "too early" },
      // The hidden secret comes back as it was.
      { status: "approved", modified: true, action: { params: { ...mail.params, copies: 1 } } },
    ]);
  });

  test("an answer to what was shown before a change is refused", async () => {
    const job = await hold();
    const interrupt = agUi.interruptOf(job);
    const params = { ...mail.params, copies: 9 };
    await holds.post("ben", `/approvals/${job.job.id}/modify`, { params, reason: "more" });
    const entry = {
      interruptId: job.job.id,
      status: "resolved",
      payload: { approved: true },
    } as const;
    const call = agUi.reviewCallOf(entry, interrupt);

    await expect(ana.request(call ?? { method: "GET", path: "" })).rejects.toMatchObject({
      status: 409,
    });
  });

  test("an abandoned interrupt withdraws its call, and one that was answered keeps its answer", async () => {
    const [open, done] = [await hold(), await hold()];
    await holds.post("ana", `/approvals/${done.job.id}/reject`, { reason: "no" });
    const entries = [open, done].map(({ job }) => ({
      interruptId: job.id,
      status: "cancelled" as const,
    }));

    expect(await agUi.resume(hp, entries)).toMatchObject([
      { status: "cancelled" },
      { status: "rejected" },
    ]);
    expect(agUi.reviewCallOf(entries[0] as agUi.ResumeEntry, agUi.interruptOf(open))).toBeNull();
  });

  test.for([
    undefined,
    null,
    {},
    { approved: "true" },
    { approved: 1 },
    { approved: true, editedArgs: [1] },
  ])("an answer %o is none", async (payload) => {
    const interrupt = { id: "job-1", metadata: { holdpoint: { jobHash: "sha256:0" } } };
    const entry = { interruptId: "job-1", status: "resolved", payload } as const;

    expect(() => agUi.reviewCallOf(entry, interrupt as unknown as agUi.Interrupt)).toThrow(
      TypeError,
    );
  });
});

const request: hitl.HITLRequest = {
  actionRequests: [
    { name: "send_mail", args: { to: "li@example.com", copies: 2 }, description: "a mail" },
    { name: "send_mail", args: { to: "bo@example.com", copies: 1 } },
    { name: "send_mail", args: { to: "cy@example.com", copies: 1 } },
  ],
  reviewConfigs: [{ actionName: "send_mail", allowedDecisions: ["approve", "edit", "reject"] }],
};

/** The calls of LangChain's request as held jobs. */
async function held(run: string): Promise<JobView[]> {
  const actions = hitl.actionsOf(request, ({ name, args }, index) => ({
    topic: "job.mail.send",
    tool: { name },
    params: args as Action["params"] & object,
    agent: { run, thread: "t", call: `c${index}` },
  }));
  return Promise.all(actions.map((action) => hp.propose(action)));
}

describe("LangChain's human-in-the-loop middleware", () => {
  test("gets the decisions of people by position: approved, edited, rejected with the reason", async () => {
    const jobs = await held("run-hitl-1");
    const [first, second, third] = jobs.map(({ job }) => job.id);
    await holds.post("ana", `/approvals/${third}/reject`, { reason: "not him", code: "unsafe" });
    const params = { to: "bo@example.com", copies: 7 };
    await holds.post("ana", `/approvals/${second}/modify`, { params, reason: "more" });
    await holds.post("ana", `/approvals/${first}/approve`);
    const outcomes = (await hp.wait(jobs)).map(outcomeOf);
    const { decisions } = hitl.decisionsOf(request, outcomes);

    expect(decisions).toEqual([
      { type: "approve" },
      { type: "edit", editedAction: { name: "send_mail", args: params } },
      { type: "reject", message: expect.stringMatching(/not him.*\(unsafe\)/) },
    ]);
    const [config] = request.reviewConfigs;
    const strict = {
      ...request,
      reviewConfigs: [{ ...config, allowedDecisions: ["approve", "reject"] }],
    };
    expect(hitl.decisionsOf(strict as hitl.HITLRequest, outcomes).decisions[1]).toMatchObject({
      type: "reject",
    });
    const lax = { ...request, reviewConfigs: [{ ...config, allowedDecisions: ["approve"] }] };
    expect(() => hitl.decisionsOf(lax as hitl.HITLRequest, outcomes)).toThrow("does not take");
  });

  test("gets none while somebody is still asked, and none for another number of calls", async () => {
    const jobs = await held("run-hitl-2");
    const outcomes = jobs.map(outcomeOf);

    expect(() => hitl.decisionsOf(request, outcomes)).toThrow("still waits");
    expect(() => hitl.decisionsOf(request, outcomes.slice(1))).toThrow("3 calls, and 2 outcomes");
  });

  test("an approval that was used is none: the middleware would run the tool again", async () => {
    const [job] = await held("run-hitl-3");
    const id = job?.job.id ?? "";
    await holds.post("ana", `/approvals/${id}/approve`);
    const approved = await hp.attach(id);
    await hp.redeem(approved.job, approved.action);
    const one = { ...request, actionRequests: request.actionRequests.slice(0, 1) };

    expect(hitl.decisionsOf(one, [outcomeOf(await hp.job(id))]).decisions).toMatchObject([
      { type: "reject", message: expect.stringContaining("Do not retry") },
    ]);
  });

  test("its frontend's decisions are reviews of what it was shown", async () => {
    const jobs = [await hold(), await hold(), await hold()];
    const shown = hitl.requestOf(jobs);
    const args = shown.actionRequests[2]?.args ?? {};
    const calls = hitl.reviewCallsOf(jobs, {
      decisions: [
        { type: "approve" },
        { type: "reject" },
        { type: "edit", editedAction: { name: "send_mail", args: { ...args, urgent: true } } },
      ],
    });
    for (const call of calls) await ana.request(call);

    expect(JSON.stringify(shown)).not.toContain("s3cret-value");
    expect((await hp.wait(jobs)).map(outcomeOf)).toMatchObject([
      { status: "approved" },
      { status: "rejected" },
      { status: "approved", action: { params: { ...mail.params, urgent: true } } },
    ]);
    const edit = { type: "edit" as const, editedAction: { name: "other", args } };
    expect(() => hitl.reviewCallsOf(jobs.slice(0, 1), { decisions: [edit] })).toThrow(
      "not send_mail",
    );
    expect(() => hitl.reviewCallsOf(jobs, { decisions: [edit] })).toThrow("3 jobs and 1 decisions");
  });
});

/** Every value as text, as the inbox hands it back. */
function asText(args: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(args).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

describe("Agent Inbox", () => {
  test("an accepted call runs with its own arguments, whatever the inbox hands back", async () => {
    const job = await hold();
    const accept = {
      type: "accept" as const,
      args: { action: "send_mail", args: { to: "evil@x" } },
    };
    const call = inbox.reviewCallOf(job, [accept]);
    await ana.request(call ?? { method: "GET", path: "" });

    expect(outcomeOf(await hp.wait(job))).toMatchObject({
      status: "approved",
      modified: false,
      action: { params: mail.params },
    });
  });

  test("edits of text are read as the types of the original", async () => {
    const job = await hold();
    const { args } = inbox.humanInterruptOf(job).action_request;
    const edited = { ...asText(args), copies: "5", urgent: "true", parts: '["a","b"]' };
    const looked: unknown[] = [];
    const call = inbox.reviewCallOf(
      job,
      [{ type: "edit", args: { action: "send_mail", args: edited } }],
      { validate: (params) => looked.push(params) },
    );
    await ana.request(call ?? { method: "GET", path: "" });
    const params = { ...mail.params, copies: 5, urgent: true, parts: ["a", "b"] };

    expect(looked).toHaveLength(1);
    expect(outcomeOf(await hp.wait(job))).toMatchObject({ modified: true, action: { params } });
  });

  test("an edit that changed nothing approves", async () => {
    const job = await hold();
    const { args } = inbox.humanInterruptOf(job).action_request;
    const edit = { type: "edit" as const, args: { action: "send_mail", args: asText(args) } };

    expect(inbox.reviewCallOf(job, edit)).toMatchObject({
      path: `/approvals/${job.job.id}/approve`,
      body: { job_hash: job.job_hash },
    });
  });

  test.for([
    [{ copies: "many" }, "cannot be read"],
    [{ copies: "9007199254740993" }, "no number that JSON keeps"],
    [{ copies: "[1]" }, "is to be a number"],
    [{ urgent: "1" }, "is to be a boolean"],
    [{ to: 7 }, "is to be a string"],
    [{ parts: '{"0":"a"}' }, "is to be a list"],
    [{ bcc: "x@y" }, "no argument of the call"],
  ] as const)("an edit %o is refused", async ([change, words]) => {
    const job = await hold();
    const { args } = inbox.humanInterruptOf(job).action_request;
    const edited = { action: "send_mail", args: { ...asText(args), ...change } };

    expect(() => inbox.reviewCallOf(job, { type: "edit", args: edited })).toThrow(words);
  });

  test("a response rejects with its words, and ignoring decides nothing", async () => {
    const job = await hold();

    expect(inbox.reviewCallOf(job, { type: "ignore", args: null })).toBeNull();
    const call = inbox.reviewCallOf(job, { type: "response", args: "ask legal first" });
    await ana.request(call ?? { method: "GET", path: "" });
    expect(outcomeOf(await hp.wait(job))).toMatchObject({
      status: "rejected",
      reason: "ask legal first",
    });
    expect(() => inbox.reviewCallOf(job, [])).toThrow("one answer is expected");
  });

  test("a graph's interrupt is proposed, and the graph gets the answer of people", async () => {
    const interrupt: inbox.HumanInterrupt = {
      action_request: { action: "Send Mail", args: { to: "li@example.com" } },
      config: { allow_ignore: true, allow_respond: true, allow_edit: true, allow_accept: true },
      description: "one mail",
    };
    expect(inbox.actionOf(interrupt)).toMatchObject({
      topic: "tool.send_mail",
      tool: { name: "Send Mail" },
      claims: { reasoning: "one mail" },
    });
    const params = { to: "li@example.com" };
    const ids: string[] = [];
    for (const note of ["a", "b", "c"]) {
      const action = inbox.actionOf(interrupt, () => ({ topic: "job.mail.send", params }));
      ids.push((await hp.propose({ ...action, labels: { note } })).job.id);
    }
    await holds.post("ana", `/approvals/${ids[0]}/approve`);
    await holds.post("ana", `/approvals/${ids[1]}/modify`, {
      params: { to: "bo@x" },
      reason: "bo",
    });
    await holds.post("ana", `/approvals/${ids[2]}/reject`, { reason: "no" });
    const outcomes = (await hp.wait(ids)).map(outcomeOf);

    expect(outcomes.map((outcome) => inbox.responsesOf(interrupt, outcome))).toEqual([
      [{ type: "accept", args: interrupt.action_request }],
      [{ type: "edit", args: { action: "Send Mail", args: { to: "bo@x" } } }],
      [{ type: "response", args: expect.stringContaining("People rejected the action: no") }],
    ]);
  });
});
