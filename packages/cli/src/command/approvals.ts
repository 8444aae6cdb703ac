// `holdpoint approvals ls|show|approve|reject|modify`: the queue, and answering it.

import { isJsonObject } from "@holdpoint/core/base/json/value";
import type {
  ApprovalItem,
  ApprovalPage,
  CardView,
  ExplainView,
  ReviewAnswer,
} from "@holdpoint/core/wire/response";
import { printCard } from "../output/card.ts";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { timeLeft, timeSince } from "../output/span.ts";
import { cut, table } from "../output/table.ts";
import { safeJson, safeLine } from "../output/terminal.ts";
import { confirm } from "./ask.ts";
import { readJsonArgument } from "./input.ts";
import { type GlobalOptions, openSession, segment, type Session } from "./session.ts";

export interface ListOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly state?: string;
  readonly rule?: string;
  readonly topic?: string;
  readonly agent?: string;
  readonly risk?: string;
  readonly mine?: boolean;
  readonly claimed?: string;
  readonly search?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

export interface ReviewOptions extends GlobalOptions {
  readonly reason?: string;
  readonly note?: string;
  readonly code?: string;
  /** The job hash that was looked at. Default: that of the card that this command shows. */
  readonly hash?: string;
  readonly yes?: boolean;
}

export interface ModifyOptions extends ReviewOptions {
  readonly params: string;
  readonly preview?: boolean;
}

const TITLE_LENGTH_MAX = 60;

export async function list(options: ListOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<ApprovalPage>("/approvals", {
    include_resolved: options.all === true ? "true" : undefined,
    state: options.state,
    rule: options.rule,
    topic: options.topic,
    agent: options.agent,
    risk: options.risk,
    mine: options.mine === true ? "true" : undefined,
    claimed: options.claimed,
    q: options.search,
    limit: options.limit,
    cursor: options.cursor,
  });
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  if (page.items.length === 0) {
    terminal.print("Nothing waits for people.");
    return;
  }
  const now = Date.now();
  const [head, ...rows] = table(
    ["JOB", "STATE", "WHAT", "AGENT", "RULE", "ASKED", "LEFT"],
    page.items.map((item) => rowOf(item, now)),
  );
  terminal.print(terminal.style("dim", head ?? ""));
  for (const row of rows) terminal.print(row);
  if (page.next_cursor !== null) terminal.note(`more: --cursor ${page.next_cursor}`);
}

function rowOf(item: ApprovalItem, now: number): string[] {
  return [
    item.job.id,
    item.job.state,
    cut(safeLine(item.decision_summary.title), TITLE_LENGTH_MAX),
    cut(safeLine(item.agent), 20),
    cut(safeLine(item.policy_rule_id ?? "default"), 24),
    timeSince(item.created_at, now),
    item.job.state === "APPROVAL" ? timeLeft(item.expires_at, now) : "–",
  ];
}

export async function show(id: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const card = await server.get<CardView>(`/approvals/${segment(id)}`);
  if (terminal.json) {
    terminal.printJson(card);
    return;
  }
  printCard(terminal, card, Date.now());
  if (card.job.state === "APPROVAL") {
    if (card.you.why_not !== null) terminal.note(`You cannot review it: ${card.you.why_not}.`);
    else terminal.note(`holdpoint approvals approve|reject|modify ${id}`);
  }
}

export async function approve(id: string, options: ReviewOptions): Promise<void> {
  const session = openSession(options);
  const jobHash = await lookedAt(session, id, options, "Approve this?");
  await review(session, id, "approve", {
    ...(options.reason !== undefined && { reason: options.reason }),
    ...(options.note !== undefined && { note: options.note }),
    job_hash: jobHash,
  });
}

export async function reject(id: string, options: ReviewOptions): Promise<void> {
  const session = openSession(options);
  // A rejection blocks, so it needs no second look; the hash is compared when one was given.
  await review(session, id, "reject", {
    reason: options.reason,
    ...(options.note !== undefined && { note: options.note }),
    ...(options.code !== undefined && { code: options.code }),
    ...(options.hash !== undefined && { job_hash: options.hash }),
  });
}

export async function modify(id: string, options: ModifyOptions): Promise<void> {
  const params = await readJsonArgument(options.params);
  if (!isJsonObject(params)) {
    throw new CommandFailed("--params must be a JSON object", exitCodes.usage);
  }
  const session = openSession(options);
  const { server, terminal } = session;
  const words = {
    reason: options.reason,
    ...(options.note !== undefined && { note: options.note }),
  };
  const path = `/approvals/${segment(id)}/modify`;
  if (options.preview === true) {
    const hash = options.hash === undefined ? {} : { job_hash: options.hash };
    const body = { params, ...words, ...hash };
    const explained = await server.post<ExplainView>(`${path}?preview=true`, body);
    if (terminal.json) terminal.printJson(explained);
    else terminal.print(`${explained.decision}: ${safeLine(explained.policy_reason)}`);
    return;
  }
  const card = await server.get<CardView>(`/approvals/${segment(id)}`);
  if (terminal.interactive && options.yes !== true) {
    printCard(terminal, card, Date.now());
    terminal.print("New parameters:");
    terminal.print(safeJson(params));
    if (!(await confirm("Change it to this?"))) throw new CommandFailed("nothing was changed");
  }
  const jobHash = options.hash ?? card.job_hash;
  await review(session, id, "modify", { params, ...words, job_hash: jobHash });
}

/** The job hash of what the person saw; asks them first when there is one at the terminal. */
async function lookedAt(
  { server, terminal }: Session,
  id: string,
  options: ReviewOptions,
  question: string,
): Promise<string> {
  if (options.hash !== undefined) return options.hash;
  const card = await server.get<CardView>(`/approvals/${segment(id)}`);
  // A hold that is decided needs no second look: the server says what became of it.
  if (terminal.interactive && options.yes !== true && card.job.state === "APPROVAL") {
    printCard(terminal, card, Date.now());
    if (!(await confirm(question))) throw new CommandFailed("nothing was decided");
  }
  return card.job_hash;
}

async function review(
  { server, terminal }: Session,
  id: string,
  kind: "approve" | "reject" | "modify",
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const answer = await server.post<ReviewAnswer>(`/approvals/${segment(id)}/${kind}`, body);
  if (terminal.json) {
    terminal.printJson(answer);
    return;
  }
  terminal.print(`${answer.job.id} is ${answer.job.state}`);
  const asked = answer.requirements.filter(
    (requirement) => requirement.approved < requirement.count,
  );
  if (answer.job.state === "APPROVAL" && asked.length > 0) {
    const missing = asked.reduce((sum, one) => sum + one.count - one.approved, 0);
    terminal.print(`${missing} more ${missing === 1 ? "approval is" : "approvals are"} needed.`);
  }
}
