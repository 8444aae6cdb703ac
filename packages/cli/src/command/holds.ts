// `holdpoint approvals claim|release|assign|ask|batch`: what people do with holds beside one vote.

import type { BatchAnswer } from "@holdpoint/core/wire/hold";
import type { ApprovalPage, JobView } from "@holdpoint/core/wire/response";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { cut, table } from "../output/table.ts";
import { safeLine } from "../output/terminal.ts";
import { confirm } from "./ask.ts";
import { type GlobalOptions, openSession, segment, type Session } from "./session.ts";

export interface AssignOptions extends GlobalOptions {
  readonly to: string;
  readonly note?: string;
}

export interface AskOptions extends GlobalOptions {
  readonly text: string;
}

export interface BatchOptions extends GlobalOptions {
  readonly approve?: boolean;
  readonly reject?: boolean;
  readonly reason?: string;
  readonly code?: string;
  readonly note?: string;
  readonly yes?: boolean;
}

export function claim(id: string, options: GlobalOptions): Promise<void> {
  return change(id, "claim", { options, body: {}, done: () => "the card is yours" });
}

export function release(id: string, options: GlobalOptions): Promise<void> {
  return change(id, "release", { options, body: {}, done: () => "nobody has the card" });
}

export function assign(id: string, options: AssignOptions): Promise<void> {
  const body = { to: options.to, ...(options.note !== undefined && { note: options.note }) };
  const done = ({ watch }: JobView): string => {
    const person = watch?.claim?.person;
    return `${safeLine(person?.name ?? person?.id ?? options.to)} has the card`;
  };
  return change(id, "assign", { options, body, done });
}

export function ask(id: string, options: AskOptions): Promise<void> {
  const done = (): string => "the agent is asked; `approvals show` has its answer";
  return change(id, "ask", { options, body: { text: options.text }, done });
}

interface Deed {
  readonly options: GlobalOptions;
  readonly body: object;
  readonly done: (job: JobView) => string;
}

async function change(id: string, verb: string, deed: Deed): Promise<void> {
  const { server, terminal } = openSession(deed.options);
  const job = await server.post<JobView>(`/approvals/${segment(id)}/${verb}`, deed.body);
  if (terminal.json) terminal.printJson(job);
  else terminal.print(`${job.job.id}: ${deed.done(job)}.`);
}

/** Ends with failure when one of the holds was not reviewed. */
export async function batch(ids: readonly string[], options: BatchOptions): Promise<void> {
  if ((options.approve === true) === (options.reject === true)) {
    throw new CommandFailed("say one of --approve and --reject", exitCodes.usage);
  }
  if (options.reject === true && options.reason === undefined) {
    throw new CommandFailed("a rejection says why: --reason", exitCodes.usage);
  }
  const session = openSession(options);
  const { server, terminal } = session;
  const items = await lookedAt(session, ids);
  const verdict = options.approve === true ? "approve" : "reject";
  if (terminal.interactive && options.yes !== true) {
    for (const { title, job_id: id } of items) terminal.print(`${id}  ${cut(title, 80)}`);
    if (!(await confirm(`${verdict === "approve" ? "Approve" : "Reject"} these?`))) {
      throw new CommandFailed("nothing was decided");
    }
  }
  const answer = await server.post<BatchAnswer>("/approvals/batch", {
    verdict,
    ...(options.reason !== undefined && { reason: options.reason }),
    ...(options.code !== undefined && { code: options.code }),
    ...(options.note !== undefined && { note: options.note }),
    items: items.map(({ job_id, job_hash }) => ({ job_id, job_hash })),
  });
  report(session, answer);
}

function report({ terminal }: Session, { items }: BatchAnswer): void {
  if (terminal.json) terminal.printJson({ items });
  else {
    const rows = items.map((item) => [
      item.job_id,
      item.state ?? item.code ?? String(item.status),
      cut(safeLine(item.detail ?? ""), 80),
    ]);
    for (const line of table(["JOB", "NOW", "WHY"], rows)) terminal.print(line);
  }
  const refused = items.filter(({ code }) => code !== null).length;
  if (refused > 0) {
    const message = terminal.json ? "" : `${refused} of ${items.length} were not reviewed`;
    throw new CommandFailed(message, exitCodes.refused);
  }
}

interface Looked {
  readonly job_id: string;
  readonly job_hash: string;
  readonly title: string;
}

/** The hashes of the holds as they are now; the server compares each when it counts the vote. */
async function lookedAt({ server }: Session, ids: readonly string[]): Promise<readonly Looked[]> {
  const known = new Map<string, Looked>();
  const page = await server.get<ApprovalPage>("/approvals", { limit: "200" });
  for (const item of page.items) known.set(item.job.id, lookedOf(item));
  const looked: Looked[] = [];
  for (const id of ids) {
    looked.push(known.get(id) ?? lookedOf(await server.get<JobView>(`/jobs/${segment(id)}`)));
  }
  return looked;
}

function lookedOf(job: Pick<JobView, "job" | "job_hash" | "decision_summary">): Looked {
  return {
    job_id: job.job.id,
    job_hash: job.job_hash,
    title: safeLine(job.decision_summary.title),
  };
}
