// What the SDK does when replies are lost, servers restart, grants expire and answers make no sense.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type GuardOptions,
  Holdpoint,
  isRefusal,
  type JobView,
  type ToolContext,
} from "@holdpoint/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ProtocolServer } from "./protocol-server.ts";

interface Params {
  readonly id: string;
  readonly count?: number;
}

let server: ProtocolServer;
let hp: Holdpoint;
let runs: Params[];

beforeEach(async () => {
  server = new ProtocolServer();
  await server.start();
  hp = new Holdpoint({ url: server.url, timeoutMs: 5_000 });
  runs = [];
});

afterEach(async () => {
  hp.close();
  await server.stop();
});

function guarded(
  options: Partial<GuardOptions<Params, unknown>> = {},
  fn: (params: Params, context: ToolContext) => unknown = () => ({ done: true }),
): (params: Params) => Promise<unknown> {
  const tool = (params: Params, context: ToolContext): unknown => {
    runs.push(params);
    return fn(params, context);
  };
  return hp.guard<Params, unknown>(tool, { topic: "job.db.delete", ...options });
}

function onlyJob(): JobView {
  const [held] = server.jobs.values();
  if (held === undefined) throw new Error("nothing was proposed");
  return held.view;
}

async function errorOf(call: Promise<unknown>): Promise<Error & { code?: unknown }> {
  return call.then(
    () => expect.fail("it did not throw"),
    (error: Error) => error,
  );
}

describe("an allowed action", () => {
  test("is proposed, redeemed, run once and reported with the digest of its output", async () => {
    const result = await guarded({ summary: () => "one row is gone" })({ id: "c_1" });

    expect(result).toEqual({ done: true });
    expect(runs).toEqual([{ id: "c_1" }]);
    expect(server.seen.map((request) => request.route)).toEqual(["propose", "redeem", "outcome"]);
    expect(server.seen[2]?.body).toEqual({
      status: "SUCCEEDED",
      execution_id: `exe_${onlyJob().job.id}`,
      summary: "one row is gone",
      output: { done: true },
      output_digest: "sha256:ace9288a3ff79a9132b9ddf621bc19354ffb04b3eacb17486ad6dc4d51303961",
    });
  });

  test("is attached to, not proposed twice, when the reply to the proposal is lost", async () => {
    server.fail("propose", "lose_reply", "cut_reply", { html: 502 });

    await guarded()({ id: "c_1" });

    expect(server.count("propose")).toBe(4);
    expect(server.jobs.size).toBe(1);
    expect(runs).toHaveLength(1);
  });

  test("is redeemed once when the reply to the redemption is lost", async () => {
    server.fail("redeem", "lose_reply", { status: 503, code: "storage_unavailable" });

    await guarded()({ id: "c_1" });

    const keys = server.seen
      .filter((request) => request.route === "redeem")
      .map((request) => request.headers["idempotency-key"]);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(runs).toHaveLength(1);
  });

  test("gets its reply asked for again when it never comes", async () => {
    hp = new Holdpoint({ url: server.url, timeoutMs: 3_500 });
    server.fail("redeem", "hang_after");

    await guarded()({ id: "c_1" });

    expect(server.count("redeem")).toBe(2);
    expect(runs).toHaveLength(1);
  });

  test("reports a failure of the tool and throws what it threw", async () => {
    const error = await errorOf(
      guarded({}, () => {
        throw new TypeError("no such customer");
      })({ id: "c_1" }),
    );

    expect(error.message).toBe("no such customer");
    expect(server.seen.at(-1)?.body).toMatchObject({
      status: "FAILED",
      summary: "TypeError: no such customer",
    });
  });

  test("gives its result although the outcome cannot be reported, and says so", async () => {
    const unreported: unknown[] = [];
    server.fail("outcome", { status: 409, code: "outcome_exists" });

    const call = guarded({ onUnreported: (error) => unreported.push(error) })({ id: "c_1" });

    await expect(call).resolves.toEqual({ done: true });
    expect(unreported).toMatchObject([{ name: "HoldpointApiError", code: "outcome_exists" }]);
  });

  test("runs with what was proposed, whatever the caller does to its object meanwhile", async () => {
    server.next = { state: "APPROVAL" };
    const params = { id: "c_1" };
    const call = guarded()(params);
    await server.waiting();
    params.id = "everything";
    server.change(onlyJob().job.id, "APPROVED");

    await call;

    expect(runs).toEqual([{ id: "c_1" }]);
  });

  test("is refused before anything is sent when its parameters are not JSON", async () => {
    const call = guarded()({ id: "c_1", count: Number.NaN });

    await expect(call).rejects.toThrow("params.count is NaN");
    expect(server.seen).toEqual([]);
  });
});

describe("a held action", () => {
  beforeEach(() => {
    server.next = { state: "APPROVAL" };
  });

  test("runs after people approve it, not before", async () => {
    const call = guarded()({ id: "c_1" });
    await server.waiting();
    expect(runs).toEqual([]);

    server.change(onlyJob().job.id, "APPROVED");
    await call;

    expect(runs).toEqual([{ id: "c_1" }]);
  });

  test("runs with the parameters that people changed it to", async () => {
    const call = guarded()({ id: "c_1", count: 9 });
    await server.waiting();
    const { job, action } = onlyJob();
    const changed = { ...action, params: { id: "c_1", count: 1 } };
    server.change(job.id, "APPROVED", { action: changed, proposed_action: action });

    await call;

    expect(runs).toEqual([{ id: "c_1", count: 1 }]);
  });

  test.for([
    ["REJECTED", "ActionRejected"],
    ["EXPIRED", "ApprovalExpired"],
    ["CANCELLED", "ActionCancelled"],
    ["REVOKED", "ActionRevoked"],
  ] as const)("does not run when it is %s, and throws %s", async ([state, name]) => {
    const call = guarded()({ id: "c_1" });
    await server.waiting();
    const resolution = {
      kind: "rejected" as const,
      by: { kind: "person" as const, id: "ana", name: "Ana" },
      reason: "wrong customer",
      code: "wrong_target",
      on_reject: "reroute" as const,
      at: "2026-01-01T00:00:00.000Z",
    };
    server.change(onlyJob().job.id, state, { resolution });

    const error = await errorOf(call);

    expect(error.name).toBe(name);
    expect(isRefusal(error)).toBe(true);
    expect(error).toMatchObject({ reason: "wrong customer", job: { job: { state } } });
    if (state === "REJECTED") {
      expect(error).toMatchObject({ code: "wrong_target", onReject: "reroute", by: "Ana" });
    }
    expect(runs).toEqual([]);
    expect(server.count("redeem")).toBe(0);
  });

  test("is waited for across a restart of the server", async () => {
    const call = guarded()({ id: "c_1" });
    await server.waiting();
    await server.stop();
    server.change(onlyJob().job.id, "APPROVED");
    await server.start();

    await call;

    expect(runs).toHaveLength(1);
    expect(server.count("wait")).toBe(2);
  });

  test("is waited for across errors of the server and of what stands before it", async () => {
    server.fail("wait", { status: 503, code: "shutting_down" }, { html: 502 }, "cut_reply");

    const call = guarded()({ id: "c_1" });
    await server.waiting();
    server.change(onlyJob().job.id, "APPROVED");
    await call;

    expect(runs).toHaveLength(1);
  });

  test("is attached to by another process with the same idempotency key", async () => {
    const options = { idempotencyKey: (params: Params) => `delete-${params.id}` };
    const first = guarded(options)({ id: "c_1" });
    first.catch(() => undefined);
    await server.waiting();
    hp.close();
    await expect(first).rejects.toThrow("closed");

    hp = new Holdpoint({ url: server.url });
    const second = guarded(options)({ id: "c_1" });
    await server.waiting();
    server.change(onlyJob().job.id, "APPROVED");
    await second;

    expect(server.jobs.size).toBe(1);
    expect(runs).toHaveLength(1);
  });

  test("stops waiting when the caller aborts, and leaves the job", async () => {
    const stop = new AbortController();
    const tool = hp.guard((params: Params) => runs.push(params), { topic: "job.db.delete" });
    const call = tool({ id: "c_1" }, {}, { signal: stop.signal });
    await server.waiting();

    stop.abort(new Error("the user left"));

    await expect(call).rejects.toThrow("the user left");
    expect(onlyJob().job.state).toBe("APPROVAL");
    expect(runs).toEqual([]);
  });

  test("is not asked about again and again by a wait with a limit", async () => {
    const job = await hp.propose({ topic: "job.db.delete" });

    const error = await errorOf(hp.wait(job.job.id, { timeout: "1s" }));

    expect(error).toMatchObject({ name: "WaitTimedOut", code: "wait_timed_out" });
    expect(server.count("wait")).toBe(1);
  });
});

describe("a grant", () => {
  test("that expired is renewed while the job is approved", async () => {
    server.fail("redeem", { status: 410, code: "grant_expired" });

    await guarded()({ id: "c_1" });

    expect(server.count("grant")).toBe(1);
    expect(runs).toHaveLength(1);
  });

  test("that always expires ends in its error, without a run", async () => {
    const expired = { status: 410, code: "grant_expired" } as const;
    server.fail("redeem", ...Array.from({ length: 100 }, () => expired));
    server.fail(
      "grant",
      ...Array.from({ length: 100 }, () => ({ status: 409, code: "job_not_approved" })),
    );

    const error = await errorOf(guarded()({ id: "c_1" }));

    expect(error).toMatchObject({ name: "HoldpointApiError", code: "grant_expired" });
    expect(server.count("redeem")).toBeLessThan(10);
    expect(runs).toEqual([]);
  });

  test("that people have to give anew is waited for again", async () => {
    server.next = { state: "APPROVAL" };
    const call = guarded()({ id: "c_1" });
    await server.waiting();
    const { id } = onlyJob().job;
    const facts = { state: "APPROVAL" };
    server.fail("redeem", { status: 409, code: "grant_not_live", facts });
    server.fail("job", { status: 503, code: "storage_unavailable" });
    server.change(id, "APPROVED");
    await expect.poll(() => server.count("job")).toBeGreaterThan(0);
    server.change(id, "APPROVAL");
    await server.waiting();
    expect(runs).toEqual([]);

    server.change(id, "APPROVED");
    await call;

    expect(runs).toHaveLength(1);
  });

  test("for another action than the one about to run stays unused", async () => {
    server.fail("redeem", { status: 409, code: "grant_hash_mismatch" });

    const error = await errorOf(guarded()({ id: "c_1" }));

    expect(error).toMatchObject({ name: "HoldpointApiError", code: "grant_hash_mismatch" });
    expect(runs).toEqual([]);
  });

  test("that policy denies at the redemption ends in ActionDenied", async () => {
    server.fail("redeem", { status: 409, code: "grant_policy_denied" });

    const error = await errorOf(guarded()({ id: "c_1" }));

    expect(error).toMatchObject({ name: "ActionDenied", reason: "it is grant_policy_denied" });
    expect(runs).toEqual([]);
  });

  test("that was redeemed before does not run the action again", async () => {
    const options = { idempotencyKey: "once" };
    await guarded(options)({ id: "c_1" });

    const error = await errorOf(guarded(options)({ id: "c_1" }));

    expect(error).toMatchObject({
      name: "ActionAlreadyExecuted",
      job: { job: { state: "SUCCEEDED" } },
    });
    expect(runs).toHaveLength(1);
  });

  test("that is redeemed while the caller goes away is reported as not executed", async () => {
    hp = new Holdpoint({ url: server.url, timeoutMs: 3_500 });
    server.fail("redeem", "hang_after");
    const stop = new AbortController();
    const tool = hp.guard((params: Params) => runs.push(params), { topic: "job.db.delete" });
    const call = tool({ id: "c_1" }, {}, { signal: stop.signal });
    await expect.poll(() => server.count("redeem")).toBe(1);

    stop.abort(new Error("the user left"));

    await expect(call).rejects.toThrow("the user left");
    await expect.poll(() => server.count("outcome"), { timeout: 10_000 }).toBe(1);
    expect(server.seen.at(-1)?.body).toEqual({
      status: "FAILED",
      summary: "not executed: the caller went away",
      execution_id: `exe_${onlyJob().job.id}`,
    });
    expect(runs).toEqual([]);
  });

  test("that two processes redeem at once runs the action once", async () => {
    const options = { idempotencyKey: "once" };

    const calls = [guarded(options)({ id: "c_1" }), guarded(options)({ id: "c_1" })];
    const ended = await Promise.allSettled(calls);

    expect(ended.map((call) => call.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(ended.find((call) => call.status === "rejected")?.reason).toMatchObject({
      name: "ActionAlreadyExecuted",
    });
    expect(runs).toHaveLength(1);
  });
});

describe("a constraint", () => {
  test("that nobody here knows is refused before the redemption", async () => {
    server.next = {
      state: "APPROVED",
      more: { constraints: { max_rows: 5, sandbox: true } },
    };

    const error = await errorOf(guarded({ honours: ["max_rows"] })({ id: "c_1" }));

    expect(error).toMatchObject({
      name: "ConstraintNotSupported",
      constraints: ["sandbox"],
    });
    expect(server.count("redeem")).toBe(0);
    expect(runs).toEqual([]);
  });

  test("that the tool honours is handed to it", async () => {
    const constraints = { network_allowlist: ["api.github.com"], max_runtime_sec: 60 };
    server.next = { state: "APPROVED", more: { constraints } };
    const given: unknown[] = [];

    const options = { honours: ["network_allowlist"] };
    await guarded(options, (_params, context) => given.push(context.constraints))({ id: "c_1" });

    expect(given).toEqual([constraints]);
  });

  test("on the runtime aborts the tool and ends the call, even when the tool does not listen", async () => {
    server.next = { state: "APPROVED", more: { constraints: { max_runtime_sec: 0.05 } } };
    let signal: AbortSignal | undefined;

    const call = guarded({}, (_params, context) => {
      signal = context.signal;
      return new Promise(() => undefined);
    })({ id: "c_1" });
    const error = await errorOf(call);

    expect(error).toMatchObject({ name: "RuntimeExceeded", maxRuntimeSec: 0.05 });
    expect(signal?.aborted).toBe(true);
    expect(server.seen.at(-1)?.body).toMatchObject({ status: "FAILED" });
  });

  test("on the runtime that is not a number of seconds is refused", async () => {
    server.next = { state: "APPROVED", more: { constraints: { max_runtime_sec: "60" } } };

    const error = await errorOf(guarded()({ id: "c_1" }));

    expect(error).toMatchObject({ name: "ConstraintNotSupported" });
    expect(runs).toEqual([]);
  });
});

describe("without a usable answer nothing runs", () => {
  test("when the server is away", async () => {
    await server.stop();
    hp = new Holdpoint({ url: server.url, timeoutMs: 300 });

    const error = await errorOf(guarded()({ id: "c_1" }));

    expect(error).toMatchObject({
      name: "HoldpointUnreachable",
      code: "unreachable",
      url: server.url,
    });
    expect(runs).toEqual([]);
  });

  test("when policy denies", async () => {
    server.next = { state: "DENIED" };

    const error = await errorOf(guarded()({ id: "c_1" }));

    expect(error).toMatchObject({ name: "ActionDenied", ruleId: "a-rule" });
    expect(runs).toEqual([]);
  });

  test("when the state is one that this version does not know", async () => {
    server.next = { state: "BLESSED" as "APPROVED" };

    const error = await errorOf(guarded()({ id: "c_1" }));

    expect(error).toMatchObject({ name: "HoldpointApiError", code: "answer_invalid" });
    expect(runs).toEqual([]);
  });

  test("when something else answers at the address", async () => {
    const page = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>It works</h1>");
    });
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    hp = new Holdpoint({ url: `http://127.0.0.1:${(page.address() as AddressInfo).port}` });

    const error = await errorOf(guarded()({ id: "c_1" }));
    page.closeAllConnections();
    await new Promise((resolve) => page.close(resolve));

    expect(error).toMatchObject({ name: "HoldpointApiError", code: "answer_invalid" });
    expect(runs).toEqual([]);
  });

  test("when a redirect points elsewhere", async () => {
    const page = createServer((_request, response) => {
      response.writeHead(307, { location: `${server.url}/api/v1/actions` }).end();
    });
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    hp = new Holdpoint({ url, apiKey: "hp_secret", timeoutMs: 300 });

    const error = await errorOf(guarded()({ id: "c_1" }));
    page.closeAllConnections();
    await new Promise((resolve) => page.close(resolve));

    expect(error).toMatchObject({ name: "HoldpointUnreachable" });
    expect(server.seen).toEqual([]);
  });

  test("when the key is not known", async () => {
    server.fail("propose", { status: 401, code: "unauthenticated" });

    const error = await errorOf(guarded()({ id: "c_1" }));

    expect(error).toMatchObject({
      name: "HoldpointApiError",
      code: "unauthenticated",
      status: 401,
    });
    expect(server.count("propose")).toBe(1);
  });
});

describe("the plain form", () => {
  test("answers a rejection as a value", async () => {
    server.next = { state: "DENIED" };

    const approval = await hp.requestApproval({ topic: "job.db.drop" });

    expect(approval).toMatchObject({ status: "DENIED", grant: null, modified: false });
    expect(approval.reason).toBe("because the rule says so");
  });

  test("asks for the hold's time in the proposal, and its approval can be redeemed", async () => {
    server.next = { state: "APPROVAL" };
    const call = hp.requestApproval({ topic: "job.db.drop", params: { id: 1 } }, { timeout: "5m" });
    await server.waiting();
    server.change(onlyJob().job.id, "APPROVED");

    const approval = await call;
    const execution = await hp.redeem(approval.job, approval.action);

    expect(server.seen[0]?.body["timeout"]).toBe("5m");
    expect(approval.status).toBe("APPROVED");
    expect(execution.job_id).toBe(approval.job.job.id);
  });

  test("takes up the waiting for a job by its id", async () => {
    server.next = { state: "APPROVAL" };
    await hp.propose({ topic: "job.db.drop", jobId: "job-1" });
    const call = hp.attach("job-1");
    await server.waiting();
    server.change("job-1", "REJECTED");

    await expect(call).resolves.toMatchObject({ status: "REJECTED" });
  });
});
