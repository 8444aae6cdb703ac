// Real answers of a whole story keep to the OpenAPI document: every route, every status that it names, every problem.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalogue } from "@holdpoint/core/error/catalogue";
import { type RunningServer, startServer } from "@holdpoint/server";
import { buildOpenapi } from "@holdpoint/server/http/openapi";
import { SlackFake } from "../fake/slack.ts";
import { type Answer, at, call, type Sending, textAt } from "../http.ts";
import { tellAgents } from "./agent-story.ts";
import { expectDocumented } from "./event-words.ts";
import { tellCalls } from "./call-story.ts";
import { tellCheckpoints } from "./checkpoint-story.ts";
import { tellDeliveries } from "./delivery-story.ts";
import { tellHolds } from "./hold-story.ts";
import { tellIdentities } from "./identity-story.ts";
import { tellPeople } from "./people-story.ts";
import { tellGovernance, urgentGroups, urgentRule } from "./governance-story.ts";
import { tellLocal } from "./local-story.ts";
import { tellRuns } from "./run-story.ts";
import { tellPolicyLife } from "./policy-life-story.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
${urgentGroups}rules:
${urgentRule}  - id: reads
    match: { topics: ["job.*.read"] }
    decision: allow
  - id: logs
    match: { topics: ["job.*.list"] }
    decision: log
  - id: bounded
    match: { topics: ["job.net.*"] }
    decision: allow_with_constraints
    constraints: { max_runtime_sec: 60, network_allowlist: [api.github.com] }
  - id: never
    match: { topics: ["job.shell.*"] }
    decision: deny
    reason: Nobody runs a shell
    remediations: [{ id: read, title: Read it, set: { topic: job.files.read } }]
  - id: writes
    match: { topics: ["job.db.*"] }
    decision: require_approval
    timeout: 1h
    remediations: [{ id: soft, title: Hide it, set: { params: { soft: true } } }]
`;

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly statuses: readonly string[];
}

const openapi = buildOpenapi();
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
ajv.addSchema(openapi, "api");

const operations: readonly Operation[] = Object.entries(at(openapi, "paths") as object).flatMap(
  ([path, item]) =>
    Object.keys(item as object).map((method) => ({
      id: textAt(item, method, "operationId"),
      method: method.toUpperCase(),
      path: path.replace("/api/v1", ""),
      statuses: Object.keys(at(item, method, "responses") as object),
    })),
);

/** A schema of the document by the names on the way to it. */
function validatorAt(...names: readonly string[]): ValidateFunction | undefined {
  const pointer = names.map((name) => name.replaceAll("~", "~0").replaceAll("/", "~1"));
  const escaped = pointer.map((name) => encodeURIComponent(name));
  return at(openapi, ...names) === undefined
    ? undefined
    : ajv.getSchema(`api#/${escaped.join("/")}`);
}

function expectValid(validate: ValidateFunction | undefined, value: unknown, what: string): void {
  if (validate === undefined) throw new Error(`${what} has no schema`);
  const isValid = validate(value);
  expect([what, isValid ? [] : validate.errors]).toEqual([what, []]);
}

const answered = new Set<string>();
const codes = new Set<string>();
let server: RunningServer;
let slack: SlackFake;
let dir: string;
let moved = 0;

/** Calls an operation by its name; what comes back has to be what the document says. */
async function drive(id: string, path: string, sending: Sending = {}): Promise<Answer> {
  const operation = operations.find((one) => one.id === id);
  if (operation === undefined) throw new Error(`no operation ${id}`);
  const { method } = operation;
  const answer = await call(server.url, method, path, sending);
  const what = `${id} ${answer.status}`;
  const place = ["paths", `/api/v1${operation.path}`, method.toLowerCase()];
  if (answer.status < 300) {
    answered.add(what);
    const content = ["responses", String(answer.status), "content", "application/json", "schema"];
    expectValid(validatorAt(...place, ...content), answer.body, what);
    if (sending.body !== undefined) {
      const asked = validatorAt(...place, "requestBody", "content", "application/json", "schema");
      expectValid(asked, sending.body, `${id} takes`);
    }
  } else expectProblem(answer, what);
  return answer;
}

function expectProblem(answer: Answer, what: string): void {
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  expectValid(validatorAt("components", "schemas", "Problem"), answer.body, what);
  const code = textAt(answer.body, "code") as keyof typeof catalogue;
  const { status, title, retry } = catalogue[code];
  expect(answer.body).toMatchObject({ status, title, retry });
  expect(answer.status).toBe(status);
  codes.add(code);
}

const idOf = (answer: Answer): string => textAt(answer.body, "job", "id");
const held = { topic: "job.db.delete", params: { id: "c_81" } };
const free = { topic: "job.files.read", params: { path: "notes.txt" } };

/** Everything that a proposal can carry. */
const rich = {
  ...held,
  job_id: "job-rich",
  tool: { server: "crm", name: "delete_customer" },
  risk_tags: ["prod", "write"],
  target: { environment: "prod", resource: "customers/c_81" },
  reversible: false,
  cost: { amount: 12.5, currency: "EUR" },
  effect: { rows: 1, recipients: 0, diff: "- c_81" },
  agent: { run: "r1", thread: "t1", on_behalf_of: "eve@example.com" },
  claims: { title: "Clean up", reasoning: "URGENT", confidence: 0.5, signals: { a: [1] } },
  evidence: [{ label: "ticket", uri: "https://example.com/1", text: "please" }],
  labels: { team: "billing" },
  idempotency_key: "rich",
  timeout: "30m",
  checkpoint: "c1",
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdpoint-openapi-"));
  slack = await SlackFake.start();
  const { botToken, signingSecret, apiUrl } = slack;
  const chat = { botToken, signingSecret, apiUrl, appToken: null, places: [] };
  server = await startServer(
    { port: 0, dev: true, dataDir: dir, logLevel: "silent", slack: chat },
    { clock: { now: () => Date.now() + moved } },
  );
});

afterAll(async () => {
  await server?.close();
  await slack?.close();
  rmSync(dir, { recursive: true, force: true });
});

test("the document in the repository is the one that the schemas make", () => {
  const path = new URL("../../spec/openapi.json", import.meta.url);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(JSON.parse(JSON.stringify(openapi)));
});

test("the server serves the schema of policy files that is in the repository", async () => {
  const path = new URL("../../spec/policy.schema.json", import.meta.url);
  const served = await (await fetch(`${server.url}/policy.schema.json`)).json();
  expect(served).toEqual(JSON.parse(readFileSync(path, "utf8")));
});

test("the server serves the same document", async () => {
  const served = await (await fetch(`${server.url}/openapi.json`)).json();
  expect(served).toEqual(JSON.parse(JSON.stringify(openapi)));
});

describe("the answers of a story", () => {
  test("about policy", async () => {
    const body = { source: policy, message: "first" };
    expect((await drive("publishPolicy", "/policies", { body })).status).toBe(200);
    await drive("listPolicies", "/policies");
    const active = await drive("readPolicy", "/policies/active");
    await drive("readPolicy", `/policies/${textAt(active.body, "digest")}`);
    await drive("checkPolicy", "/policies/check", { body: { source: policy } });
    await drive("checkPolicy", "/policies/check", { body: { source: "version: v1\nrulez: []" } });
    for (const action of [free, held, { topic: "job.shell.run" }, { topic: "job.net.get" }]) {
      await drive("explainAction", "/policies/explain", { body: { action } });
    }
  });

  test("about the life of a policy", () => tellPolicyLife(drive, policy));

  test("about identity", async () => {
    await drive("readMe", "/me");
    const scopes = ["propose", "redeem", "read"];
    const body = {
      kind: "agent",
      subject: "billing",
      scopes,
      name: "ci",
      owner: "ada",
      expires_in: "90d",
    };
    const made = await drive("createKey", "/keys", { body });
    await drive("readMe", "/me", { key: textAt(made.body, "secret") });
    await drive("listKeys", "/keys");
    await drive("revokeKey", `/keys/${textAt(made.body, "id")}/revoke`, { body: {} });
    const person = {
      kind: "person",
      subject: "ada@example.com",
      scopes: ["review"],
      roles: ["dba"],
    };
    const ada = await drive("createKey", "/keys", { body: person });
    await drive("readMe", "/me", { key: textAt(ada.body, "secret") });
  });

  test("about a job that is released at once, runs and ends", async () => {
    for (const topic of ["job.files.list", "job.net.get", "job.shell.run"]) {
      await drive("proposeAction", "/actions", { body: { topic, params: {} } });
    }
    const allowed = await drive("proposeAction", "/actions", { body: free });
    const id = idOf(allowed);
    const renewed = await drive("renewGrant", `/jobs/${id}/grant`);
    const grant = textAt(renewed.body, "grant", "token");
    await drive("redeemGrant", "/grants/redeem", { body: { grant, action: free } });
    const effect = { rows: 3 };
    const outcome = { status: "SUCCEEDED", summary: "done", effect };
    await drive("reportOutcome", `/jobs/${id}/outcome`, { body: outcome });
    await drive("readJob", `/jobs/${id}`);
    await drive("readDecisions", `/jobs/${id}/decisions`);
  });

  test("about tools, and what a decision offers instead", async () => {
    const entry = {
      topic: "job.mail.*",
      title: "Mail",
      risk_tags: ["egress"],
      reversible: false,
      params_schema: { type: "object", properties: { to: { type: "array" } } },
      summary: "Mail to ${size(action.params.to)} people",
      effect: { recipients: "size(action.params.to)" },
    };
    await drive("putTool", "/tools/mail", { body: entry });
    const source = "version: v1\ntools:\n  - { id: crm, tool: crm.*, risk_tags: [write] }\n";
    await drive("importTools", "/tools/import", { body: { source } });
    await drive("listTools", "/tools");
    await drive("removeTool", "/tools/crm");
    await drive("removeTool", "/tools/crm");
    await drive("putTool", "/tools/bad", { body: { topic: "job.x", tool: "x" } });

    const denied = await drive("proposeAction", "/actions", { body: { topic: "job.shell.run" } });
    const remediate = `/jobs/${idOf(denied)}/remediate`;
    await drive("remediateJob", remediate, { body: { remediation: "read" } });
    await drive("remediateJob", remediate, { body: { remediation: "none" } });
    const body = { ...held, params: { hard: true } };
    const id = idOf(await drive("proposeAction", "/actions", { body }));
    await drive("remediateJob", `/jobs/${id}/remediate`, { body: { remediation: "soft" } });
    await drive("readJob", `/jobs/${id}`);
    await drive("readCard", `/approvals/${id}`);
  });

  test("about a hold with everything on it", async () => {
    await drive("proposeAction", "/actions", { body: rich });
    await drive("readCard", "/approvals/job-rich");
    await drive("comment", "/approvals/job-rich/comment", { body: { note: "why?" } });
    await drive("abstain", "/approvals/job-rich/abstain", { body: { reason: "not mine" } });
    const edit = { params: { id: "c_82" }, reason: "wrong customer", note: "see ticket" };
    await drive("modify", "/approvals/job-rich/modify?preview=true", { body: edit });
    await drive("modify", "/approvals/job-rich/modify", { body: edit });
    await drive("approve", "/approvals/job-rich/approve", { body: { reason: "fine" } });
    await drive("waitForJob", "/jobs/job-rich/wait?timeout=0");
    await drive("readCard", "/approvals/job-rich");
    await drive("readDecisions", "/jobs/job-rich/decisions");
    await drive("revokeJob", "/jobs/job-rich/revoke", { body: { reason: "changed our minds" } });
  });

  test("about what people do with holds beside voting", () => tellHolds(drive));

  test("about channels and what they delivered", () => tellDeliveries(drive, server));

  test("about people and who is on duty", () => tellPeople(drive, policy));

  test("about what an agent decides by itself", () => tellLocal(drive, "job.files.read", "reads"));

  test("about agents and the switches that stop them", () => tellAgents(drive, free));

  test("about accounts in chats", () =>
    tellIdentities(drive, {
      codeFor: async (user) => {
        const told = await slack.command(server.url, user, "link", (Date.now() + moved) / 1_000);
        return /[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/.exec(String(told["text"]))?.[0] ?? "";
      },
    }));

  test("about holds that are approved, rejected, cancelled, and left to expire", async () => {
    const propose = async (params: object): Promise<string> =>
      idOf(await drive("proposeAction", "/actions", { body: { ...held, params } }));
    const approved = await propose({ n: 0 });
    await drive("approve", `/approvals/${approved}/approve`, { body: { note: "fine" } });
    const rejected = await propose({ n: 1 });
    const no = { reason: "no", code: "wrong_target", note: "look again" };
    await drive("reject", `/approvals/${rejected}/reject`, { body: no });
    const cancelled = await propose({ n: 2 });
    await drive("cancelJob", `/jobs/${cancelled}/cancel`, { body: { reason: "not needed" } });
    await propose({ n: 3 });
    await drive("listApprovals", "/approvals");
    for (const query of [
      "?include_resolved=true&limit=2",
      "?state=REJECTED",
      "?q=delete&sort=oldest",
    ]) {
      await drive("listApprovals", `/approvals${query}`);
    }
    const expires = await propose({ n: 4 });
    moved += 2 * 3_600_000;
    await drive("readCard", `/approvals/${expires}`);
    await drive("approve", `/approvals/${expires}/approve`, { body: {} });
    await drive("readJob", `/jobs/${expires}`);
  });

  test("about calls with names, their outputs, and outcomes that nobody reported", () =>
    tellCalls(drive, (ms) => {
      moved += ms;
      server.engine.hub.work();
    }));

  test("about the saved state of agents", () => tellCheckpoints(drive));

  test("about an emergency and a takeover", () => tellGovernance(drive));

  test("about the record, page by page", async () => {
    let cursor = "";
    do {
      const page = await drive("listEvents", `/audit/events?limit=20${cursor}`);
      const next = at(page.body, "next_cursor");
      cursor = typeof next === "string" ? `&cursor=${next}` : "";
    } while (cursor !== "");
  });

  test("about suspended runs", () => tellRuns(drive, held.topic));

  test("about the agent's own jobs, as a stream", async () => {
    const leave = new AbortController();
    const url = `${server.url}/api/v1/agent/stream`;
    const response = await fetch(url, { signal: leave.signal });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    answered.add("followOwnJobs 200");
    leave.abort();
  });

  test("about the record, as a stream", async () => {
    const leave = new AbortController();
    const response = await fetch(`${server.url}/api/v1/events?last_event_id=0-0`, {
      signal: leave.signal,
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    answered.add("followEvents 200");
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    while (!seen.includes("event: job.revoked")) seen += (await reader?.read())?.value ?? "";
    leave.abort();
    const frames = seen.split("\n\n").slice(1, -1);
    const one = ["paths", "/api/v1/audit/events", "get", "responses", "200", "content"];
    const eventSchema = [...one, "application/json", "schema", "properties", "items", "items"];
    for (const frame of frames) {
      const [, cursor, type, data] = /^id: (.+)\nevent: (.+)\ndata: (.+)$/.exec(frame) ?? [];
      const event: unknown = JSON.parse(data ?? "null");
      expectValid(validatorAt(...eventSchema), event, "an event of the stream");
      expect(event).toMatchObject({ cursor, type });
    }
  });
});

test("the record of a story says nothing that the document of events leaves out", () =>
  expectDocumented(server.engine.store, "default"));

describe("the problems of a story", () => {
  test("have the form of one, and the status and title of their code", async () => {
    await drive("proposeAction", "/actions", { body: { topic: "NO" } });
    await drive("proposeAction", "/actions", { body: "{" });
    await drive("proposeAction", "/actions", {
      body: "{}",
      headers: { "content-type": "text/plain" },
    });
    await drive("proposeAction", "/actions", { body: free, key: "hp_nobody" });
    await drive("proposeAction", "/actions", {
      body: free,
      headers: { origin: "http://evil.example" },
    });
    await drive("proposeAction", "/actions", { body: { ...free, job_id: "job-rich" } });
    await drive("proposeAction", "/actions", { body: { ...free, idempotency_key: "rich" } });
    await drive("proposeAction", "/actions", {
      body: { ...free, params: { a: "x".repeat(1_400_000) } },
    });
    await drive("readJob", "/jobs/none");
    await drive("readPolicy", "/policies/none");
    await drive("revokeKey", "/keys/none/revoke");
    await drive("publishPolicy", "/policies", { body: { source: "version: v1\nrulez: []\n" } });
    await drive("publishPolicy", "/policies", { body: { source: policy, replaces: "sha256:old" } });
    await drive("createKey", "/keys", {
      body: { kind: "agent", subject: "a", scopes: ["review"] },
    });
    await drive("approve", "/approvals/job-rich/approve", { body: {} });
    await drive("reportOutcome", "/jobs/job-rich/outcome", { body: { status: "FAILED" } });
    await drive("redeemGrant", "/grants/redeem", { body: { grant: "x", action: free } });
    await drive("listApprovals", "/approvals?limit=x");
    await drive("listApprovals", "/approvals?cursor=x");
    await drive("approve", "/approvals/job-rich/approve", {
      body: {},
      headers: { "if-match": "x" },
    });
    expectProblem(await call(server.url, "GET", "/nothing"), "an unknown address");
    expectProblem(await call(server.url, "GET", "/grants/redeem"), "a wrong method");
  });

  test("about grants", async () => {
    const allowed = await drive("proposeAction", "/actions", { body: free });
    const grant = textAt(allowed.body, "grant", "token");
    const other = { ...free, params: { path: "other" } };
    await drive("redeemGrant", "/grants/redeem", { body: { grant, action: other } });
    moved += 600_000;
    await drive("redeemGrant", "/grants/redeem", { body: { grant, action: free } });
    const fresh = await drive("renewGrant", `/jobs/${idOf(allowed)}/grant`);
    const body = { grant: textAt(fresh.body, "grant", "token"), action: free };
    await drive("redeemGrant", "/grants/redeem", { body });
    await drive("redeemGrant", "/grants/redeem", { body });
  });

  test("were of every status that clients have to tell apart", () => {
    const statuses = new Set(
      [...codes].map((code) => catalogue[code as keyof typeof catalogue].status),
    );
    expect([...statuses].sort((a, b) => a - b)).toEqual([
      400, 401, 403, 404, 405, 409, 410, 413, 415, 429,
    ]);
    expect(codes).toContain("grant_hash_mismatch");
    expect(codes).toContain("grant_already_redeemed");
    expect(codes).toContain("grant_expired");
  });
});

test("every operation was answered with every status that the document names", () => {
  const named = operations.flatMap(({ id, statuses }) =>
    statuses.filter((status) => status !== "default").map((status) => `${id} ${status}`),
  );
  expect([...answered].sort()).toEqual(named.sort());
});
