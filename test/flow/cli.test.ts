// The command line as people and scripts use it: the built command against a server that it started.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Holdpoint } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

const policy = `version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: allow-read
    match: { topics: ["job.*.read"], risk_tags: [] }
    decision: allow
  - id: prod-write-gate
    match: { risk_tags: [prod, write] }
    decision: require_approval
    reason: Production writes require human approval
`;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let folder: string;
let serving: ChildProcess;
let url: string;
let hp: Holdpoint;

function launch(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const { HOLDPOINT_URL: _url, DATABASE_URL: _database, ...inherited } = process.env;
  const env = { ...inherited, ...environment };
  return spawn(process.execPath, [program, ...args], { env, stdio: ["pipe", "pipe", "pipe"] });
}

async function run(args: readonly string[], input = ""): Promise<Ended> {
  const child = launch(args, url === undefined ? {} : { HOLDPOINT_URL: url });
  child.stdin?.end(input);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("no pipes");
  const [out, err] = await Promise.all([text(stdout), text(stderr), once(child, "close")]);
  return { code: child.exitCode, out, err };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("no pipe");
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line")) as [string];
  lines.close();
  // The rest is read and forgotten, so that a full pipe never stops the process.
  child.stdout.resume();
  return line;
}

async function startServer(): Promise<ChildProcess> {
  const policyFile = path.join(folder, "policy.yaml");
  const data = path.join(folder, "data");
  const place = ["--port", "0", "--data", data, "--policy", policyFile];
  const child = launch(["start", "--dev", "--quiet", "--json", ...place]);
  child.stderr?.resume();
  const listening = JSON.parse(await firstLine(child)) as { event: string; url: string };
  url = listening.url;
  return child;
}

async function hold(jobId: string, params: Record<string, string> = { id: "c_81" }): Promise<void> {
  await hp.propose({
    topic: "job.db.delete",
    jobId,
    params,
    riskTags: ["prod", "write"],
    target: { environment: "prod", resource: "customers" },
    claims: { reasoning: "clear\u001b[2Jed \u202eby the boss" },
  });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "holdpoint-cli-"));
  await writeFile(path.join(folder, "policy.yaml"), policy);
  serving = await startServer();
  hp = new Holdpoint({ url });
});

afterAll(async () => {
  serving.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

describe("approvals", () => {
  test("are listed for people and for programs", async () => {
    await hold("cli-list");

    const people = await run(["approvals", "ls"]);
    const programs = await run(["approvals", "ls", "--json"]);

    expect(people.code).toBe(0);
    expect(people.out).toContain("cli-list");
    const page = JSON.parse(programs.out) as { items: { job: { id: string } }[] };
    expect(page.items.map((item) => item.job.id)).toContain("cli-list");
  });

  test("are shown without letting the agent's words act on the terminal", async () => {
    await hold("cli-show", { id: "\u001b]0;owned\u0007" });

    const shown = await run(["approvals", "show", "cli-show"]);

    expect(shown.out).toContain("Claimed by the agent");
    expect(shown.out).toContain("prod-write-gate");
    expect(shown.out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  });

  test("are approved with the hash of what was shown", async () => {
    await hold("cli-approve");

    const approved = await run(["approvals", "approve", "cli-approve", "--reason", "fine"]);

    expect(approved).toMatchObject({ code: 0, out: "cli-approve is APPROVED\n" });
    expect((await hp.job("cli-approve")).job.state).toBe("APPROVED");
  });

  test("are not approved with the hash of something else", async () => {
    await hold("cli-stale");

    const hash = `sha256:${"0".repeat(64)}`;
    const stale = await run(["approvals", "approve", "cli-stale", "--hash", hash, "--json"]);

    expect(stale.code).toBe(3);
    expect(JSON.parse(stale.err)).toMatchObject({ code: "approval_stale_request" });
    expect((await hp.job("cli-stale")).job.state).toBe("APPROVAL");
  });

  test("are rejected with a reason, and not without one", async () => {
    await hold("cli-reject");

    const bare = await run(["approvals", "reject", "cli-reject"]);
    const rejected = await run([
      ...["approvals", "reject", "cli-reject"],
      ...["--reason", "missing rollback plan", "--code", "policy_violation"],
    ]);

    expect(bare.code).toBe(2);
    expect(rejected).toMatchObject({ code: 0, out: "cli-reject is REJECTED\n" });
    expect((await hp.job("cli-reject")).resolution?.reason).toBe("missing rollback plan");
  });

  test("are modified from standard input, after a look at what policy would say", async () => {
    await hold("cli-modify");
    const words = ["--reason", "only this one", "--params", "-"];

    const preview = await run(
      ["approvals", "modify", "cli-modify", ...words, "--preview"],
      '{"id":"c_1"}',
    );
    const unchanged = await hp.job("cli-modify");
    const modified = await run(["approvals", "modify", "cli-modify", ...words], '{"id":"c_1"}');

    expect(preview.out).toMatch(/^REQUIRE_APPROVAL: /);
    expect(unchanged.action.params).toEqual({ id: "c_81" });
    expect(modified.code).toBe(0);
    expect((await hp.job("cli-modify")).action.params).toEqual({ id: "c_1" });
  });

  test("are watched as they come", async () => {
    const watching = launch(["approvals", "watch", "--json"], { HOLDPOINT_URL: url });
    if (watching.stderr === null || watching.stdout === null) throw new Error("no pipes");
    await once(createInterface({ input: watching.stderr }), "line");
    const lines = createInterface({ input: watching.stdout });

    const seen = (async (): Promise<unknown> => {
      for await (const line of lines) {
        const event = JSON.parse(line) as { job_id: string };
        if (event.job_id === "cli-watch") return event;
      }
      return null;
    })();
    await hold("cli-watch");
    const event = await seen;
    watching.kill("SIGINT");
    await once(watching, "close");

    expect(event).toMatchObject({ type: "job.proposed", state: "APPROVAL" });
    expect(watching.exitCode).toBe(0);
  });

  test("of jobs that do not exist end with their own exit code", async () => {
    const missing = await run(["approvals", "show", "no-such-job"]);

    expect(missing.code).toBe(3);
    expect(missing.err).toContain("job_not_found");
  });
});

describe("jobs", () => {
  test("are shown from the proposal to the outcome, with the rules looked at", async () => {
    const tool = hp.guard(() => ({ rows: 1 }), { topic: "job.crm.read" });
    let id = "";
    await tool({ id: "c_1" }, {}, { onProposed: (job) => (id = job.job.id) });

    const shown = await run(["jobs", "show", id]);

    expect(shown.code).toBe(0);
    for (const part of ["SUCCEEDED", "ALLOW", "allow-read", "topics"]) {
      expect(shown.out).toContain(part);
    }
  });
});

describe("policy", () => {
  test("files are checked without a server, with the place of each fault", async () => {
    const good = await run(["policy", "check", "-"], policy);
    const bad = await run(["policy", "check", "-"], "version: v1\nrules:\n  - idd: x\n");

    expect(good).toMatchObject({ code: 0 });
    expect(good.out).toContain("2 rules");
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/^-:3:\d+: error /m);
  });

  test("is explained by the server and by a file, with the same decision", async () => {
    const action = JSON.stringify({ topic: "job.db.delete", risk_tags: ["prod", "write"] });
    const file = path.join(folder, "policy.yaml");

    const active = await run(["policy", "explain", "-", "--json"], action);
    const local = await run(["policy", "explain", "-", "--policy", file, "--json"], action);

    const { policy_snapshot: _snapshot, ...said } = JSON.parse(active.out) as Record<
      string,
      unknown
    >;
    expect(said).toMatchObject({ decision: "REQUIRE_APPROVAL", policy_rule_id: "prod-write-gate" });
    expect(JSON.parse(local.out)).toMatchObject(said);
  });

  test("that is published is the active one, and one that does not load is not sent", async () => {
    const published = await run(
      ["policy", "publish", "-", "--message", "a note"],
      `${policy}# 2\n`,
    );
    const refused = await run(["policy", "publish", "-"], "version: v9\n");
    const shown = await run(["policy", "show"]);

    expect(published.code).toBe(0);
    expect(refused.code).toBe(1);
    expect(shown.out).toContain("prod-write-gate");
  });
});

describe("keys", () => {
  test("are made, listed without their secret, used and revoked", async () => {
    const made = await run(["keys", "create", "--agent", "billing", "--expires", "1d", "--json"]);
    const key = JSON.parse(made.out) as { id: string; secret: string };
    const listed = await run(["keys", "ls"]);
    const agent = new Holdpoint({ url, apiKey: key.secret });
    const job = await agent.propose({ topic: "job.crm.read" });
    const revoked = await run(["keys", "revoke", key.id]);

    expect(job.action.agent.id).toBe("billing");
    expect(listed.out).toContain(key.id);
    expect(listed.out).not.toContain(key.secret);
    expect(revoked.code).toBe(0);
    await expect(agent.propose({ topic: "job.crm.read" })).rejects.toMatchObject({ status: 401 });
  });

  test("for nobody or for two are a mistake of the command line", async () => {
    const nobody = await run(["keys", "create"]);
    const two = await run(["keys", "create", "--agent", "a", "--person", "b"]);

    expect([nobody.code, two.code]).toEqual([2, 2]);
  });
});

describe("the command itself", () => {
  test("says who is ill", async () => {
    const port = new URL(url).port;

    const doctor = await run(["doctor", "--port", port, "--data", folder, "--json"]);

    const report = JSON.parse(doctor.out) as { findings: { what: string; status: string }[] };
    expect(doctor.code).toBe(0);
    expect(report.findings).toContainEqual(
      expect.objectContaining({ what: "server", status: "ok" }),
    );
    expect(report.findings).toContainEqual(
      expect.objectContaining({ what: "port", status: "note" }),
    );
  });

  test("ends with a code of its own when no server answers", async () => {
    const away = await run(["approvals", "ls", "--url", "http://127.0.0.1:9"]);

    expect(away.code).toBe(4);
    expect(away.err).toContain("no answer from Holdpoint");
  });

  test.for([
    ["bogus"],
    ["migrate-to", "mysql://x/y"],
    ["approvals", "ls", "--bogus"],
    ["start", "--port", "x"],
  ])("refuses %o as no command line", async (args) => {
    expect((await run(args)).code).toBe(2);
  });

  test("stops the server in order and keeps what it knew", async () => {
    await hold("cli-kept");

    serving.kill("SIGTERM");
    await once(serving, "close");
    expect(serving.exitCode).toBe(0);

    serving = await startServer();
    const listed = await run(["approvals", "ls", "--json"]);
    expect(listed.out).toContain("cli-kept");
  });

  test("gives the first person of a new installation a key that only they can read", async () => {
    const data = path.join(folder, "real");
    const place = ["--port", "0", "--data", data, "--policy", path.join(folder, "policy.yaml")];
    const child = launch(["start", "--quiet", "--json", ...place]);
    child.stderr?.resume();
    const listening = JSON.parse(await firstLine(child)) as { url: string };
    const file = path.join(data, "first-admin.key");
    const apiKey = (await readFile(file, "utf8")).trim();
    const here = ["--url", listening.url, "--json"];

    const stranger = await run(["approvals", "ls", ...here]);
    const admin = await run(["keys", "create", "--agent", "billing", ...here, "--key", apiKey]);
    const { secret } = JSON.parse(admin.out) as { secret: string };
    const agent = new Holdpoint({ url: listening.url, apiKey: secret });
    const job = await agent.propose({ topic: "job.crm.read" });
    const kill = once(child, "close");
    child.kill("SIGTERM");
    await kill;

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(stranger.code).toBe(3);
    expect(job.action.agent.id).toBe("billing");
  });

  test("refuses development mode on an address that others reach", async () => {
    const args = ["start", "--dev", "--port", "0", "--host", "0.0.0.0"];

    const open = await run([...args, "--data", path.join(folder, "other")]);

    expect(open.code).toBe(1);
    expect(open.err).toContain("loopback");
  });
});
