// The policy commands as people and pipelines use them: the built command, files, and a real server.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { DiffReport, ReplayReport, TestReport } from "@holdpoint/core/policy/report";
import { Holdpoint } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

const policy = `version: v1
parameters: { most: 100, environments: { prod: { most: 50 } } }
rules:
  - id: read
    owner: ana@example.com
    match: { topics: ["job.*.read"] }
    decision: allow
  - id: payment
    owner: ana@example.com
    match: { risk_tags: [payment] }
    when: 'has(action.cost) && action.cost.amount > parameters.most'
    decision: require_approval
    reason: "Payment of \${action.cost.amount} \${action.cost.currency}"
  - id: small
    owner: ana@example.com
    match: { risk_tags: [payment] }
    when: 'has(action.cost) && action.cost.amount <= parameters.most'
    decision: allow
tests:
  - name: a large payment asks
    action: { topic: job.pay.card, risk_tags: [payment], cost: { amount: 101, currency: EUR } }
    expect: { decision: require_approval, rule: payment }
`;
const looser = policy.replace("most: 100", "most: 150").replace("amount: 101", "amount: 151");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let folder: string;
let serving: ChildProcess;
let url: string;
let hp: Holdpoint;

function launch(args: readonly string[]): ChildProcess {
  const { HOLDPOINT_URL: _url, DATABASE_URL: _database, ...inherited } = process.env;
  const env = { ...inherited, ...(url === undefined ? {} : { HOLDPOINT_URL: url }) };
  return spawn(process.execPath, [program, ...args], { env, stdio: ["pipe", "pipe", "pipe"] });
}

async function run(args: readonly string[], input = ""): Promise<Ended> {
  const child = launch(args);
  child.stdin?.end(input);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("no pipes");
  const [out, err] = await Promise.all([text(stdout), text(stderr), once(child, "close")]);
  return { code: child.exitCode, out, err };
}

/** A file of the test, by its name. */
async function file(name: string, content: string): Promise<string> {
  const place = path.join(folder, name);
  await writeFile(place, content);
  return place;
}

async function startServer(): Promise<void> {
  const place = ["--port", "0", "--data", path.join(folder, "data")];
  const policyFile = await file("active.yaml", policy);
  serving = launch(["start", "--dev", "--quiet", "--json", ...place, "--policy", policyFile]);
  serving.stderr?.resume();
  if (serving.stdout === null) throw new Error("no pipe");
  const lines = createInterface({ input: serving.stdout });
  const [line] = (await once(lines, "line")) as [string];
  lines.close();
  serving.stdout.resume();
  url = (JSON.parse(line) as { url: string }).url;
  hp = new Holdpoint({ url });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "holdpoint-policy-"));
  await startServer();
});

afterAll(async () => {
  serving.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

describe("policy check", () => {
  const broken = `version: v1
rules:
  - id: pay
    match: { risk_tags: [payment] }
    when: 'action.cost.amout > 100'
    decision: deny
    reason: no
`;

  test("shows the line with a mark under what is wrong, and what was meant", async () => {
    const checked = await run(["policy", "check", "-"], broken);

    expect(checked.code).toBe(1);
    expect(checked.out).toMatch(/^-:5:24: error \[unknown_field\] .*amout/m);
    expect(checked.out).toMatch(/^ +\| +\^{5}$/m);
    expect(checked.out).toContain("amount");
  });

  test("prints JSON and SARIF for programs, and nothing else", async () => {
    const json = await run(["policy", "check", "-", "--format", "json"], broken);
    const sarif = await run(["policy", "check", "-", "--format", "sarif"], broken);

    expect([json.code, sarif.code, json.err, sarif.err]).toEqual([1, 1, "", ""]);
    expect(JSON.parse(json.out)).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([
        expect.objectContaining({ code: "unknown_field", line: 5, column: 24 }),
      ]),
    });
    expect(JSON.parse(sarif.out)).toMatchObject({ version: "2.1.0" });
  });

  test("accepts what only warns, unless it is strict", async () => {
    const warned = policy.replace(
      "has(action.cost) && action.cost.amount <=",
      "action.cost.amount <=",
    );

    const lax = await run(["policy", "check", "-"], warned);
    const strict = await run(["policy", "check", "-", "--strict"], warned);

    expect([lax.code, strict.code]).toEqual([0, 1]);
    expect(lax.out).toContain("unguarded_optional");
  });

  test("knows the parameters of tools from their file", async () => {
    const tools = await file(
      "tools.yaml",
      `version: v1
tools:
  - id: pay
    topic: job.pay.*
    params_schema: { type: object, properties: { account: { type: string } }, additionalProperties: false }
`,
    );
    const wrong = `version: v1
rules:
  - id: pay
    match: { topics: [job.pay.*] }
    when: 'has(action.params.acount) && action.params.acount == "x"'
    decision: deny
    reason: no
`;

    const without = await run(["policy", "check", "-"], wrong);
    const within = await run(["policy", "check", "-", "--tools", tools], wrong);

    expect([without.code, within.code]).toEqual([0, 1]);
    expect(within.out).toContain("account");
  });
});

describe("policy test", () => {
  test("runs the tests of the file and of others, and says what they leave untried", async () => {
    const place = await file("policy.yaml", policy);
    const more = await file(
      "more.yaml",
      `tests:
  - name: production has its own limit
    action: { topic: job.pay.card, risk_tags: [payment], cost: { amount: 60, currency: EUR }, target: { environment: prod } }
    expect: { decision: require_approval, rule: payment }
`,
    );

    const tested = await run(["policy", "test", place, "--tests", more]);
    const json = await run(["policy", "test", place, "--tests", more, "--json"]);

    expect(tested).toMatchObject({ code: 0, err: "" });
    expect(tested.out).toContain("✓ a large payment asks\n");
    expect(tested.out).toContain("✓ production has its own limit");
    expect(tested.out).toMatch(/^read +0 +0 +– +never matched$/m);
    expect(tested.out).toContain("2 passed, 0 failed");
    const report = JSON.parse(json.out) as TestReport;
    expect(report).toMatchObject({ ok: true, passed: 2, coverage: { reached: 3, points: 7 } });
    expect(report.tests.map((one) => one.file)).toEqual([null, more]);
  });

  test("fails when a test does, with the clauses that decided", async () => {
    const tested = await run(
      ["policy", "test", "-"],
      policy.replace("rule: payment }", "rule: small }"),
    );

    expect(tested.code).toBe(1);
    expect(tested.out).toContain("rule: expected small, got payment");
    expect(tested.out).toContain("✗ when: ");
    expect(tested.err).toContain("1 of 1 tests failed");
  });

  test("fails when less is reached than asked for", async () => {
    const enough = await run(["policy", "test", "-", "--min-coverage", "42"], policy);
    const short = await run(["policy", "test", "-", "--min-coverage", "43"], policy);
    const absurd = await run(["policy", "test", "-", "--min-coverage", "101"], policy);

    expect([enough.code, short.code, absurd.code]).toEqual([0, 1, 2]);
    expect(short.err).toContain("coverage is 42 %, 43 % is asked for");
  });

  test("runs nothing when a file of tests does not load", async () => {
    const place = await file("bad-tests.yaml", "tests:\n  - nam: x\n");

    const tested = await run(["policy", "test", "-", "--tests", place], policy);

    expect(tested.code).toBe(1);
    expect(tested.out).toContain("unknown_key");
    expect(tested.err).toContain("no test was run");
  });
});

describe("policy diff", () => {
  test("shows what changed, and fails on loosening when asked to", async () => {
    const [before, after] = [await file("before.yaml", policy), await file("after.yaml", looser)];

    const shown = await run(["policy", "diff", before, after]);
    const gated = await run(["policy", "diff", before, after, "--fail-on", "loosened"]);
    const back = await run(["policy", "diff", after, before, "--fail-on", "loosened"]);
    const any = await run(["policy", "diff", after, before, "--fail-on", "any"]);

    expect([shown.code, gated.code, back.code, any.code]).toEqual([0, 1, 0, 1]);
    expect(shown.out).toContain("/most: 100 → 150");
    expect(shown.out).toContain("require_approval by payment → allow by small");
    expect(gated.err).toMatch(/decided more loosely: [1-9]/);
  });

  test("compares the active policy of the server with a file", async () => {
    const after = await file("next.yaml", looser);

    const compared = await run(["policy", "diff", "active", after, "--json"]);
    const same = await run(["policy", "diff", "active", await file("same.yaml", `${policy}# x\n`)]);
    const missing = await run(["policy", "diff", `sha256:${"0".repeat(64)}`, after]);

    const report = JSON.parse(compared.out) as DiffReport;
    expect(report.loosened).toMatchObject([
      { before: { rule: "payment" }, after: { rule: "small" } },
    ]);
    expect(same.out).toContain("both are the same snapshot");
    expect(missing.code).toBe(3);
  });
});

describe("recorded decisions", () => {
  async function propose(jobId: string, amount: number): Promise<void> {
    await hp.propose({
      topic: "job.pay.card",
      jobId,
      params: { account: "a-1", password: "hunter2" },
      riskTags: ["payment"],
      cost: { amount, currency: "EUR" },
    });
  }

  test("are exported and decided again by another policy, here and on the server alike", async () => {
    for (const amount of [90, 120, 140, 200]) await propose(`pay-${amount}`, amount);
    await run(["approvals", "approve", "pay-120", "--reason", "fine"]);
    await run(["approvals", "reject", "pay-200", "--reason", "no"]);

    const exported = await run(["audit", "export"]);
    const records = await file("events.ndjson", exported.out);
    const next = await file("next.yaml", looser);
    const offline = await run(["policy", "replay", next, "--records", records, "--json"]);
    const itself = await run([
      "policy",
      "replay",
      path.join(folder, "active.yaml"),
      "--records",
      records,
      "--json",
    ]);
    const online = await run(["policy", "replay", next, "--json"]);
    const shown = await run(["policy", "replay", next, "--records", records]);

    expect(exported.code).toBe(0);
    expect(exported.out).not.toContain("hunter2");
    const report = JSON.parse(offline.out) as ReplayReport;
    expect(report).toMatchObject({
      coverage: { decisions: 4, replayable: 4, not_replayable: [] },
      same: 2,
      loosened: 2,
      tightened: 0,
      load: { before: { cards: 3 }, after: { cards: 1 } },
    });
    expect(report.agreement).toMatchObject([
      { people: "approved", would_allow: 1 },
      { people: "rejected", would_hold: 1 },
      { people: "expired" },
    ]);
    expect(JSON.parse(itself.out)).toMatchObject({ same: 4, loosened: 0, tightened: 0 });
    expect(JSON.parse(online.out)).toEqual(report);
    expect(shown.out).toMatch(/^4 of 4 decisions can be replayed/);
    expect(shown.out).toMatch(/^require_approval +allow +2$/m);
    expect(shown.out).toContain("cards 3 → 1");
  });

  test("are compared by two policies as a corpus", async () => {
    await propose("corpus", 130);
    const records = await file("corpus.ndjson", (await run(["audit", "export"])).out);
    const [before, after] = [await file("before.yaml", policy), await file("after.yaml", looser)];

    const compared = await run(["policy", "diff", before, after, "--corpus", records, "--json"]);

    const report = JSON.parse(compared.out) as DiffReport;
    expect(report.actions.recorded).toBeGreaterThan(0);
    expect(report.loosened[0]?.examples[0]).toMatchObject({ origin: "recorded" });
  });

  test("of a file that is none end with the line that is wrong", async () => {
    const bad = await file("bad.ndjson", '{"type":"job.proposed"}\n{]\n');

    const replayed = await run(["policy", "replay", "-", "--records", bad], policy);

    expect(replayed.code).toBe(2);
    expect(replayed.err).toContain("bad.ndjson:2");
  });
});

describe("policy explain", () => {
  const action = JSON.stringify({ topic: "job.pay.card", params: { kind: "wire" } });

  test("takes tags from the tools file, history from a file, and the time as given", async () => {
    const tools = await file(
      "tags.yaml",
      "version: v1\ntools: [{ id: pay, topic: job.pay.*, risk_tags: [payment] }]\n",
    );
    const facts = await file("facts.yaml", "count: { hour: 7, day: 7 }\n");
    const place = await file(
      "facts-policy.yaml",
      `version: v1
calendars: { night: { zone: UTC, days: mon-sun, from: "22:00", to: "06:00" } }
rules:
  - id: busy
    match: { risk_tags: [payment], during: [night] }
    when: 'facts.count.hour > 5.0'
    decision: deny
    reason: "\${facts.count.hour} in an hour"
`,
    );
    const asked = ["policy", "explain", "-", "--policy", place, "--tools", tools, "--facts", facts];

    const night = await run([...asked, "--now", "2026-11-21T23:00:00Z"], action);
    const day = await run([...asked, "--now", "2026-11-21T12:00:00Z"], action);
    const never = await run([...asked, "--now", "yesterday"], action);

    expect(night.out).toMatch(/^DENY by busy: 7/);
    expect(day.out).toMatch(/^REQUIRE_APPROVAL by default/);
    expect(never.code).toBe(2);
  });

  test("shows rules that only warn, exceptions, and conditions without an answer", async () => {
    const place = await file(
      "modes.yaml",
      `version: v1
rules:
  - { id: soft, mode: warn, match: { topics: [job.pay.*] }, decision: deny, reason: soon }
  - { id: lifted, match: { topics: [job.pay.*] }, decision: deny, reason: no }
  - { id: unsure, match: { topics: [job.pay.*] }, when: 'action.cost.amount > 5', decision: require_approval, reason: x }
exceptions:
  - { id: move, rules: [lifted], owner: ana@example.com, reason: moving, expires: 2030-01-01T00:00:00Z }
`,
    );

    const { out } = await run(["policy", "explain", "-", "--policy", place], action);

    expect(out).toContain("warn: DENY by soft: soon");
    expect(out).toMatch(/^✓ soft DENY {2}\(in warn mode: does not count\)$/m);
    expect(out).toMatch(/^. lifted DENY {2}\(lifted by the exception move\)$/m);
    expect(out).toMatch(/^ +\? when: /m);
  });

  test("asks the server with the same words, facts and time", async () => {
    const facts = await file("known.yaml", "count: { hour: 7, day: 7 }\n");
    const now = ["--now", "2026-11-21T23:00:00Z"];

    const asked = await run(["policy", "explain", "-", "--facts", facts, ...now, "--json"], action);
    const wrong = await run(["policy", "explain", "-", "--facts", "-"], "x");

    expect(JSON.parse(asked.out)).toMatchObject({ decision: "REQUIRE_APPROVAL" });
    expect(wrong.code).not.toBe(0);
  });

  test("takes an agent by its name from a server too, and says where an action is wrong", async () => {
    const named = '{"topic":"job.pay.card","agent":"payer"}';
    const asked = await run(["policy", "explain", "-", "--json"], named);
    const wrong = await run(
      ["policy", "explain", "-"],
      '{"topic":"job.pay.card","cost":{"amount":"5"}}',
    );

    expect(asked.code).toBe(0);
    expect(wrong.code).toBe(3);
    expect(wrong.err).toContain("(at /action/cost/amount)");
  });
});
