// The whole story as an agent lives it: the SDK against the real server on the embedded database.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Holdpoint, type JobView, type ToolContext } from "@holdpoint/sdk";
import { startServer } from "@holdpoint/server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

const policy = `
version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: allow-read
    match: { topics: ["job.*.read"], risk_tags: [] }
    decision: allow
  - id: prod-write-gate
    match: { topics: ["job.db.*"], risk_tags: [prod, write] }
    decision: require_approval
    reason: Production writes require human approval
    on_reject: reroute
  - id: quick
    match: { topics: ["job.quick.*"] }
    decision: require_approval
    reason: Somebody has to look at once
    timeout: 1s
  - id: egress-bounded
    match: { topics: ["job.mail.*"], risk_tags: [egress] }
    decision: allow_with_constraints
    reason: Mail goes to known hosts
    constraints: { max_runtime_sec: 60, network_allowlist: [api.github.com] }
  - id: bulk-bounded
    match: { topics: ["job.bulk.*"] }
    decision: allow_with_constraints
    reason: A few rows at a time
    constraints: { max_rows: 5 }
  - id: no-drop
    match: { topics: ["job.db.drop"] }
    decision: deny
    reason: Dropping a database is never automated
`;

interface Params {
  readonly ids: readonly string[];
}

const gated = { topic: "job.db.delete", riskTags: ["prod", "write"], reversible: false };

let folder: string;
let server: Awaited<ReturnType<typeof startServer>>;
let hp: Holdpoint;
let runs: Params[];

async function start(port: number): Promise<void> {
  server = await startServer({
    port,
    dataDir: path.join(folder, "data"),
    policyFile: path.join(folder, "policy.yaml"),
    dev: true,
    logLevel: "silent",
  });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "holdpoint-sdk-"));
  await writeFile(path.join(folder, "policy.yaml"), policy);
  await start(0);
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  hp = new Holdpoint({ url: server.url });
  runs = [];
});

function tool(params: Params, _context: ToolContext): { deleted: number } {
  runs.push(params);
  return { deleted: params.ids.length };
}

/** The person's part, over HTTP. */
async function person(job: JobView, verb: string, body: object): Promise<unknown> {
  const response = await fetch(`${server.url}/api/v1/approvals/${job.job.id}/${verb}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

interface Held {
  readonly job: JobView;
  /** What the guarded call comes to. */
  readonly ended: Promise<unknown>;
}

/** Calls a guarded tool; resolves when its proposal is answered. */
async function propose(
  params: Params,
  options: Partial<Parameters<typeof hp.guard<Params, unknown>>[1]> = {},
  client: Holdpoint = hp,
): Promise<Held> {
  return new Promise((resolve, reject) => {
    const guarded = client.guard<Params, unknown>(tool, { ...gated, ...options });
    const ended = guarded(
      params,
      { reasoning: "the user asked" },
      {
        onProposed: (job) => resolve({ job, ended }),
      },
    );
    ended.catch(reject);
  });
}

describe("without people", () => {
  test("an allowed action runs at once and is recorded as succeeded", async () => {
    const { job, ended } = await propose({ ids: ["a"] }, { topic: "job.crm.read", riskTags: [] });

    await expect(ended).resolves.toEqual({ deleted: 1 });

    expect(job).toMatchObject({ decision: "ALLOW", policy_rule_id: "allow-read" });
    const now = await hp.job(job.job.id);
    expect(now.job.state).toBe("SUCCEEDED");
    expect(now.outcome?.output_digest).toMatch(/^sha256:/);
    expect(runs).toEqual([{ ids: ["a"] }]);
  });

  test("a constrained action runs where the tool honours the constraints", async () => {
    const mail = { topic: "job.mail.send", riskTags: ["egress"] };

    const { ended } = await propose({ ids: ["a"] }, { ...mail, honours: ["network_allowlist"] });

    await expect(ended).resolves.toEqual({ deleted: 1 });
  });

  test("a constrained action does not run where nobody knows a constraint", async () => {
    const { job, ended } = await propose({ ids: ["a"] }, { topic: "job.bulk.send", riskTags: [] });

    await expect(ended).rejects.toMatchObject({
      name: "ConstraintNotSupported",
      constraints: ["max_rows"],
    });
    expect((await hp.job(job.job.id)).job.state).toBe("APPROVED");
    expect(runs).toEqual([]);
  });

  test("a denied action does not run and says by which rule", async () => {
    const { ended } = await propose({ ids: ["a"] }, { topic: "job.db.drop" });

    await expect(ended).rejects.toMatchObject({
      name: "ActionDenied",
      ruleId: "no-drop",
      reason: "Dropping a database is never automated",
    });
    expect(runs).toEqual([]);
  });
});

describe("with people", () => {
  test("a held action runs after the approval, not before", async () => {
    const { job, ended } = await propose({ ids: ["a", "b"] });
    expect(job.job.state).toBe("APPROVAL");
    expect(runs).toEqual([]);

    await person(job, "approve", { reason: "looks right", job_hash: job.job_hash });

    await expect(ended).resolves.toEqual({ deleted: 2 });
    expect(runs).toEqual([{ ids: ["a", "b"] }]);
  });

  test("a modified action runs with the parameters that people wrote", async () => {
    const { job, ended } = await propose({ ids: ["a", "b"] });

    await person(job, "modify", { params: { ids: ["b"] }, reason: "a is a customer still" });
    const now = await hp.job(job.job.id);
    if (now.job.state === "APPROVAL") await person(job, "approve", {});

    await expect(ended).resolves.toEqual({ deleted: 1 });
    expect(runs).toEqual([{ ids: ["b"] }]);
  });

  test("a rejected action does not run, and the agent learns why", async () => {
    const { job, ended } = await propose({ ids: ["a"] });

    await person(job, "reject", { reason: "wrong customer", code: "wrong_target" });

    await expect(ended).rejects.toMatchObject({
      name: "ActionRejected",
      reason: "wrong customer",
      code: "wrong_target",
      onReject: "reroute",
    });
    expect(runs).toEqual([]);
  });

  test("an action that nobody answers expires and does not run", async () => {
    const { ended } = await propose({ ids: ["a"] }, { topic: "job.quick.look", riskTags: [] });

    await expect(ended).rejects.toMatchObject({ name: "ApprovalExpired" });
    expect(runs).toEqual([]);
  });

  test("an action that is withdrawn does not run", async () => {
    const { job, ended } = await propose({ ids: ["a"] });

    await hp.cancel(job.job.id, { reason: "not needed any more" });

    await expect(ended).rejects.toMatchObject({ name: "ActionCancelled" });
    expect(runs).toEqual([]);
  });

  test("an approval of the plain form is redeemed once", async () => {
    const action = { ...gated, params: { ids: ["a"] }, jobId: "plain-1" };
    const asking = hp.requestApproval(action, { timeout: "2m" });
    await expect.poll(() => hp.job("plain-1").then((job) => job.job.state)).toBe("APPROVAL");
    await person(await hp.job("plain-1"), "approve", {});

    const approval = await asking;
    const execution = await hp.redeem(approval.job, approval.action);

    expect(approval).toMatchObject({ status: "APPROVED", modified: false });
    expect(execution.job_id).toBe("plain-1");
    await expect(hp.redeem(approval.job, approval.action)).rejects.toMatchObject({
      code: "grant_already_redeemed",
    });
    const done = await hp.report("plain-1", { status: "SUCCEEDED", executionId: execution.id });
    expect(done.job.state).toBe("SUCCEEDED");
  });

  test("a grant for one action does not run another", async () => {
    const { job, ended } = await propose({ ids: ["a"] });
    ended.catch(() => undefined);
    const other = new Holdpoint({ url: server.url });
    const asking = other.attach(job.job.id);
    await person(job, "approve", {});
    await ended;
    const approval = await asking;

    const call = other.redeem(approval.job, { ...approval.action, params: { ids: ["b"] } });

    await expect(call).rejects.toMatchObject({ status: 409 });
    expect(runs).toEqual([{ ids: ["a"] }]);
  });
});

describe("when parts of it end", () => {
  test("an agent waits across a restart of the server", async () => {
    const { job, ended } = await propose({ ids: ["a"] });

    const { port } = server;
    await server.close();
    await start(port);
    await person(job, "approve", {});

    await expect(ended).resolves.toEqual({ deleted: 1 });
    expect(runs).toHaveLength(1);
  });

  test("an agent that comes back with its key attaches to its job and runs it once", async () => {
    const key = { idempotencyKey: (params: Params) => `delete-${params.ids.join("-")}` };
    const gone = new Holdpoint({ url: server.url });
    const first = await propose({ ids: ["k"] }, key, gone);
    gone.close();
    await expect(first.ended).rejects.toThrow("closed");

    const second = await propose({ ids: ["k"] }, key);
    await person(second.job, "approve", {});
    await second.ended;
    const third = await propose({ ids: ["k"] }, key);
    const fourth = await propose({ ids: ["k"] }, { ...key, replay: "error" });

    expect(second.job.job.id).toBe(first.job.job.id);
    await expect(third.ended).resolves.toEqual({ deleted: 1 });
    await expect(fourth.ended).rejects.toMatchObject({ name: "ActionAlreadyExecuted" });
    expect(runs).toHaveLength(1);
  });

  test("two agents with the same key run the action once between them", async () => {
    const key = { idempotencyKey: "race-1" };
    const other = new Holdpoint({ url: server.url });
    const [one, two] = await Promise.all([
      propose({ ids: ["r"] }, key),
      propose({ ids: ["r"] }, key, other),
    ]);

    await person(one.job, "approve", {});
    const ended = await Promise.allSettled([one.ended, two.ended]);

    expect(one.job.job.id).toBe(two.job.job.id);
    expect(ended.map((call) => call.status === "fulfilled" && call.value)).toEqual([
      { deleted: 1 },
      { deleted: 1 },
    ]);
    expect(runs).toHaveLength(1);
  });

  test("a reply to the redemption that is lost leads to one execution", async () => {
    const lossy = new Holdpoint({ url: server.url, fetch: losing("/grants/redeem") });

    const calls = lossy.calls<Params, unknown>(tool, { ...gated, ...reading });
    const { job } = await calls.propose({ ids: ["a"] });
    await calls.run(job, { ids: ["a"] });

    expect(runs).toHaveLength(1);
    expect((await hp.job(job.job.id)).job.state).toBe("SUCCEEDED");
  });

  test("a reply to a proposal that was redeemed at once and lost leads to one execution", async () => {
    const lossy = new Holdpoint({ url: server.url, fetch: losing("/actions") });

    const { job, ended } = await propose({ ids: ["a"] }, reading, lossy);
    await ended;

    expect(runs).toHaveLength(1);
    expect((await hp.job(job.job.id)).job.state).toBe("SUCCEEDED");
  });

  test("an action that a new policy holds at the redemption waits for people again", async () => {
    const stricter = policy.replace("decision: allow\n", "decision: require_approval\n");
    const slow = new Holdpoint({
      url: server.url,
      fetch: before("/grants/redeem", () => publish(stricter)),
    });

    const calls = slow.calls<Params, unknown>(tool, { ...gated, ...reading });
    const { job } = await calls.propose({ ids: ["a"] });
    const ended = calls.run(job, { ids: ["a"] }, { wait: true });
    await expect.poll(() => hp.job(job.job.id).then((now) => now.job.state)).toBe("APPROVAL");
    expect(runs).toEqual([]);
    await person(await hp.job(job.job.id), "approve", {});

    await expect(ended).resolves.toEqual({ deleted: 1 });
    await publish(policy);
  });
});

const reading = { topic: "job.crm.read", riskTags: [] };

/** A fetch that loses the first reply of a path after the server has handled the request. */
function losing(suffix: string): typeof fetch {
  let lost = false;
  return async (input, init) => {
    const response = await fetch(input, init);
    if (lost || !String(input).endsWith(suffix)) return response;
    lost = true;
    await response.text();
    throw new TypeError("fetch failed: the connection was reset");
  };
}

/** A fetch that does something before the first request to a path. */
function before(suffix: string, work: () => Promise<void>): typeof fetch {
  let done = false;
  return async (input, init) => {
    if (!done && String(input).endsWith(suffix)) {
      done = true;
      await work();
    }
    return fetch(input, init);
  };
}

async function publish(source: string): Promise<void> {
  await hp.request({ method: "POST", path: "/policies", body: { source } });
}
