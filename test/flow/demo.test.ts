// The demo agent against a real server: what it may do at once, and that rows and files change only after a person said so.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type DemoReport, type DemoStep, runDemo } from "@holdpoint/demo";
import { startServer } from "@holdpoint/server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

const demoFolder = fileURLToPath(new URL("../../examples/demo", import.meta.url));
const configPath = "config/checkout.prod.yaml";
const staleIds = [3, 6, 11, 14, 17, 20];

interface Card {
  readonly job: { id: string; state: string };
  readonly job_hash: string;
  readonly action: { topic: string; params: Record<string, unknown>; effect: unknown };
  readonly claims: { confidence: number | null };
  readonly evidence: readonly { text: string | null }[];
}

let server: Awaited<ReturnType<typeof startServer>>;
let scratch: string;
let folder: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "holdpoint-demo-test-"));
  server = await startServer({
    port: 0,
    host: "127.0.0.1",
    dataDir: join(scratch, "data"),
    policyFile: join(demoFolder, "policy.yaml"),
    dev: true,
    logLevel: "silent",
  });
});

afterAll(async () => {
  await server?.close();
  await rm(scratch, { recursive: true, force: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(scratch, "run-"));
});

/** A file of the run, as it is on the disk. */
async function fileNow(path: string): Promise<string> {
  const [run = ""] = await readdir(folder);
  return readFile(join(folder, run, path), "utf8");
}

async function api(path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    ...(body !== undefined && {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** What a person does with a held action, after a look at the world as it is while they think. */
type Reviewer = (card: Card, config: string) => Promise<unknown>;

function reviewing(topic: string, review: Reviewer): Record<string, Reviewer> {
  return { [topic]: review };
}

function approve(card: Card): Promise<unknown> {
  return api(`/approvals/${card.job.id}/approve`, { job_hash: card.job_hash });
}

function reject(card: Card, reason: string): Promise<unknown> {
  return api(`/approvals/${card.job.id}/reject`, { reason, job_hash: card.job_hash });
}

function modify(card: Card, params: Record<string, unknown>): Promise<unknown> {
  return api(`/approvals/${card.job.id}/modify`, {
    params: { ...card.action.params, ...params },
    reason: "Only what we are sure of",
    job_hash: card.job_hash,
  });
}

/** Runs the demo; each held action is decided once both are waiting. */
async function play(
  reviewers: Record<string, Reviewer>,
): Promise<{ report: DemoReport; steps: DemoStep[]; cards: Card[] }> {
  const steps: DemoStep[] = [];
  const held: string[] = [];
  const cards: Card[] = [];
  const faults: unknown[] = [];
  const stop = new AbortController();
  const decideAll = async (): Promise<void> => {
    const config = await fileNow(configPath);
    for (const id of held) cards.push((await api(`/approvals/${id}`)) as Card);
    for (const card of cards) await reviewers[card.action.topic]?.(card, config);
  };
  const run = runDemo({
    url: server.url,
    folder,
    signal: stop.signal,
    onStep(step) {
      steps.push(step);
      if (step.state !== "APPROVAL" || step.jobId === undefined) return;
      held.push(step.jobId);
      if (held.length !== 2) return;
      decideAll().catch((error: unknown) => {
        faults.push(error);
        stop.abort(error);
      });
    },
  });
  const report = await run.catch((error: unknown) => {
    throw faults[0] ?? error;
  });
  return { report, steps, cards };
}

function statusOf(report: DemoReport, tool: string): string | undefined {
  return report.calls.find((call) => call.tool === tool)?.status;
}

describe("the demo agent", () => {
  test("reads and mails at once, and deletes and edits only after two approvals", async () => {
    const seen: string[] = [];
    const { report, steps, cards } = await play({
      ...reviewing("job.db.delete", async (card, config) => {
        seen.push(config);
        await approve(card);
      }),
      ...reviewing("job.config.write", approve),
    });
    expect(seen[0]).toContain("max_connections: 20");
    expect(report.customers).toEqual({ rowsBefore: 24, rowsAfter: 18, deletedIds: staleIds });
    expect(report.config.after).toContain("max_connections: 60");
    expect(await fileNow(configPath)).toBe(report.config.after);
    expect(report.proposals).toEqual([]);
    expect(report.calls.map((call) => call.status)).toEqual(Array(5).fill("done"));
    expect(cards.map((card) => card.action.topic).sort()).toEqual([
      "job.config.write",
      "job.db.delete",
    ]);
    const deletion = cards.find((card) => card.action.topic === "job.db.delete");
    expect(deletion?.action.effect).toMatchObject({ rows: 6 });
    expect(deletion?.claims.confidence).toBe(0.88);
    expect(deletion?.evidence[0]?.text).toContain("closed before 2024-07-01");
    for (const step of steps.filter((step) => step.state === "SUCCEEDED")) {
      expect(await api(`/jobs/${step.jobId}`)).toMatchObject({
        job: { state: "SUCCEEDED" },
        outcome: { drift: false },
      });
    }
  });

  test("sends its mail under the constraint, and the mail arrives", async () => {
    const { report, steps } = await play({
      ...reviewing("job.db.delete", (card) => reject(card, "Not today")),
      ...reviewing("job.config.write", (card) => reject(card, "Not today")),
    });
    const mail = steps.find((step) => step.text.startsWith("send_mail"));
    expect(await api(`/jobs/${mail?.jobId}`)).toMatchObject({
      decision: "ALLOW_WITH_CONSTRAINTS",
      policy_rule_id: "egress-bounded",
      constraints: { max_runtime_sec: 60, network_allowlist: ["127.0.0.1"] },
    });
    expect(report.mails).toEqual(["mailbox/001.eml"]);
    const text = await fileNow("mailbox/001.eml");
    expect(text).toContain("Subject: Ticket 4711: started");
  });

  test("takes another way after a rejection, and the approved action still runs", async () => {
    const { report } = await play({
      ...reviewing("job.db.delete", approve),
      ...reviewing("job.config.write", (card) => reject(card, "The database takes 100 in all")),
    });
    expect(report.customers.rowsAfter).toBe(18);
    expect(report.config.changed).toBe(false);
    expect(statusOf(report, "edit_config")).toBe("rejected");
    expect(report.proposals).toEqual([`${configPath}.proposed`]);
    const proposal = await fileNow(`${configPath}.proposed`);
    expect(proposal).toContain("The database takes 100 in all");
    expect(report.summary).toContain("The database takes 100 in all");
  });

  test("leaves a rejected change of production to people, as a task with its reason", async () => {
    await play({
      ...reviewing("job.db.delete", (card) => reject(card, "Not today")),
      ...reviewing("job.config.write", (card) => reject(card, "By hand, after the backup")),
    });
    const { items } = (await api("/takeovers?limit=200")) as {
      items: { reason: string; topic: string; state: string }[];
    };
    const mine = items.filter(({ reason }) => reason === "By hand, after the backup");
    expect(mine).toMatchObject([{ topic: "job.config.write", state: "open" }]);
  });

  test("answers a question while it waits, and the card is claimed meanwhile", async () => {
    const answers: string[] = [];
    const { steps } = await play({
      ...reviewing("job.db.delete", async (card) => {
        await api(`/approvals/${card.job.id}/claim`, {});
        await api(`/approvals/${card.job.id}/ask`, { text: "Which customers?" });
        answers.push(await answerTo(card.job.id));
        await approve(card);
      }),
      ...reviewing("job.config.write", approve),
    });
    expect(answers[0]).toContain(JSON.stringify(staleIds));
    expect(steps.some(({ text }) => text.startsWith("A reviewer asks: Which customers?"))).toBe(
      true,
    );
  });

  test("deletes nothing after a rejection and writes the list down instead", async () => {
    const { report } = await play({
      ...reviewing("job.db.delete", (card) => reject(card, "Two are under legal hold")),
      ...reviewing("job.config.write", approve),
    });
    expect(report.customers).toEqual({ rowsBefore: 24, rowsAfter: 24, deletedIds: [] });
    expect(report.config.after).toContain("max_connections: 60");
    expect(report.proposals).toEqual(["drafts/stale-customers.md"]);
    const list = await fileNow("drafts/stale-customers.md");
    expect(list).toContain("Two are under legal hold");
  });

  test("runs what the reviewer made of it: fewer customers, another number", async () => {
    const { report } = await play({
      ...reviewing("job.db.delete", (card) => modify(card, { ids: [3, 6] })),
      ...reviewing("job.config.write", (card) =>
        modify(card, {
          edits: [{ oldText: "max_connections: 20", newText: "max_connections: 40" }],
        }),
      ),
    });
    expect(report.customers.deletedIds).toEqual([3, 6]);
    expect(report.config.after).toContain("max_connections: 40");
    expect(statusOf(report, "delete_customers")).toBe("changed");
    expect(statusOf(report, "edit_config")).toBe("changed");
    expect(report.summary).toContain("2 instead of 6 customers were deleted: 3, 6.");
  });

  test("runs nothing with parameters that do not fit the tool", async () => {
    const { report } = await play({
      ...reviewing("job.db.delete", (card) => modify(card, { ids: [] })),
      ...reviewing("job.config.write", (card) => modify(card, { path: "tickets/4711.md" })),
    });
    expect(report.customers.rowsAfter).toBe(24);
    expect(statusOf(report, "delete_customers")).toBe("failed");
    expect(statusOf(report, "edit_config")).toBe("failed");
    expect(await fileNow("tickets/4711.md")).toContain("from 20 to 60");
  });

  test("changes nothing when the reviewer makes dry runs of both", async () => {
    const { report } = await play({
      ...reviewing("job.db.delete", (card) => modify(card, { dry_run: true })),
      ...reviewing("job.config.write", (card) => modify(card, { dry_run: true })),
    });
    expect(report.customers.rowsAfter).toBe(24);
    expect(report.config.changed).toBe(false);
    expect(report.summary).toContain("no customer was deleted");
  });

  test("withdraws what is held when it is stopped", async () => {
    const stop = new AbortController();
    const held: string[] = [];
    const run = runDemo({
      url: server.url,
      folder,
      signal: stop.signal,
      onStep(step) {
        if (step.state === "APPROVAL" && step.jobId !== undefined) held.push(step.jobId);
        if (held.length === 2) stop.abort(new Error("stopped by the test"));
      },
    });
    await expect(run).rejects.toThrow("stopped by the test");
    for (const id of held) {
      expect(await api(`/jobs/${id}`)).toMatchObject({ job: { state: "CANCELLED" } });
    }
    expect(await fileNow(configPath)).toContain("max_connections: 20");
  });
});

describe("the demo command", () => {
  const command = join(demoFolder, "dist", "main.js");

  test("prints a line of JSON per step and the report at the end", async () => {
    const args = [command, "--url", server.url, "--folder", folder, "--json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const lines: Record<string, unknown>[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const entry = JSON.parse(line) as Record<string, unknown>;
      lines.push(entry);
      if (entry["state"] === "APPROVAL") await approve(await cardOf(String(entry["jobId"])));
    }
    expect(await exited).toEqual([0, null]);
    expect(lines.at(-1)).toMatchObject({ done: true, report: { customers: { rowsAfter: 18 } } });
  });

  test("withdraws what is held and ends with 1 at a signal", async () => {
    const args = [command, "--url", server.url, "--folder", folder, "--json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    const exited = once(child, "exit");
    const held: string[] = [];
    let last = "";
    for await (const line of createInterface({ input: child.stdout })) {
      last = line;
      const entry = JSON.parse(line) as Record<string, unknown>;
      if (entry["state"] !== "APPROVAL") continue;
      held.push(String(entry["jobId"]));
      if (held.length === 2) child.kill("SIGTERM");
    }
    expect(await exited).toEqual([1, null]);
    expect(JSON.parse(last)).toMatchObject({ done: true, error: "stopped by SIGTERM" });
    for (const id of held) {
      expect(await api(`/jobs/${id}`)).toMatchObject({ job: { state: "CANCELLED" } });
    }
  });

  test("ends with 1 and says why when there is no server", async () => {
    const args = [command, "--url", await deadUrl(), "--folder", folder, "--json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    const exited = once(child, "exit");
    let last = "";
    for await (const line of createInterface({ input: child.stdout })) last = line;
    expect(await exited).toEqual([1, null]);
    expect(JSON.parse(last)).toMatchObject({ done: true, report: null, error: expect.any(String) });
  });
});

/** What the agent said to the first question, once it did. */
async function answerTo(id: string): Promise<string> {
  for (let since = 0; ;) {
    const view = (await api(`/jobs/${id}/wait?timeout=30&since=${since}`)) as {
      job: { revision: number };
      watch: { claim: unknown; questions: { answer: { text: string } | null }[] };
    };
    const answer = view.watch.questions[0]?.answer;
    if (answer != null && view.watch.claim !== null) return answer.text;
    since = view.job.revision;
  }
}

/** The address of a port that was free a moment ago. */
async function deadUrl(): Promise<string> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return `http://127.0.0.1:${port}`;
}

async function cardOf(id: string): Promise<Card> {
  return (await api(`/approvals/${id}`)) as Card;
}
