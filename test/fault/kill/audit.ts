// Looks at what a restarted server holds: is everything acknowledged there, is anything there by half?

import { canFollow, type JobState } from "@holdpoint/core/job/state";
import type { CardView, EventPage, EventView, JobView } from "@holdpoint/core/wire/response";
import type { Call, Story } from "./story.ts";

interface Leaf {
  readonly before: JobState | null;
  readonly after: JobState | null;
  readonly job_hash: string | null;
}

/** The types of one revision, joined: whatever else is found was written by half. */
const wholeRevisions = new Set([
  "job.proposed",
  "review.submitted",
  "review.submitted job.approved",
  "review.submitted job.rejected",
  "job.modified review.submitted job.approved",
  "grant.redeemed",
  "job.succeeded",
]);

async function get<T>(url: string, path: string): Promise<T> {
  const response = await fetch(`${url}/api/v1${path}`);
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** The record as it was read so far; what was read once has to be there for ever. */
export class ReadRecord {
  readonly events: EventView[] = [];
  readonly byJob = new Map<string, EventView[]>();

  /** Reads what is new; answers the jobs that it is about. */
  async follow(url: string): Promise<ReadonlySet<string>> {
    const news = await readEvents(url, this.events.at(-1)?.cursor ?? null);
    for (const event of news) {
      this.events.push(event);
      if (event.job_id === null) continue;
      const ofJob = this.byJob.get(event.job_id) ?? [];
      ofJob.push(event);
      this.byJob.set(event.job_id, ofJob);
    }
    return new Set(news.flatMap(({ job_id: id }) => (id === null ? [] : [id])));
  }

  /** Reads everything anew and compares; answers what is wrong. */
  async compareAll(url: string): Promise<string[]> {
    const all = await readEvents(url, null);
    const isSame = this.events.every(
      (event, at) => JSON.stringify(event) === JSON.stringify(all[at]),
    );
    return isSame ? [] : ["the record is not the one that was read before"];
  }

  /** What may be in the record only once. */
  repeats(): string[] {
    const seen = new Set<string>();
    return this.events.flatMap((event) => {
      const name = uniqueName(event);
      if (name === null || !seen.has(name)) {
        if (name !== null) seen.add(name);
        return [];
      }
      return [`${name} is there twice`];
    });
  }
}

function uniqueName(event: EventView): string | null {
  switch (event.type) {
    case "job.proposed": {
      const action = event.payload?.["action"] as { idempotency_key?: unknown } | undefined;
      return `the job with the key ${String(action?.idempotency_key)}`;
    }
    case "grant.redeemed":
      return `the redemption of ${event.job_id}`;
    case "job.succeeded":
      return `the outcome of ${event.job_id}`;
    case "notice.delivered":
      return `the delivery ${String(event.payload?.["delivery"])}`;
    default:
      return null;
  }
}

async function readEvents(url: string, from: string | null): Promise<EventView[]> {
  const events: EventView[] = [];
  let cursor = from;
  for (;;) {
    const after = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await get<EventPage>(url, `/audit/events?order=oldest&limit=200${after}`);
    events.push(...page.items);
    cursor = page.items.at(-1)?.cursor ?? cursor;
    if (page.next_cursor === null) return events;
  }
}

interface Found {
  readonly job: JobView;
  /** Null for a job that was never held. */
  readonly card: CardView | null;
}

async function find(url: string, jobId: string): Promise<Found> {
  const job = await get<JobView>(url, `/jobs/${jobId}`);
  const card = job.approval_required ? await get<CardView>(url, `/approvals/${jobId}`) : null;
  return { job, card };
}

/** What is wrong with a job and its record, whoever was told of it. */
export async function auditJob(url: string, jobId: string, record: ReadRecord): Promise<string[]> {
  const { job, card } = await find(url, jobId);
  const events = record.byJob.get(jobId) ?? [];
  const faults = [...auditRevisions(job, events), ...auditParts(job, card, events)];
  return faults.map((fault) => `${jobId} (${job.job.state}): ${fault}`);
}

/** Each revision has its events, whole, and each follows from the one before. */
function auditRevisions(job: JobView, events: readonly EventView[]): string[] {
  const faults: string[] = [];
  let before: JobState | null = null;
  for (let revision = 1; revision <= job.job.revision; revision += 1) {
    const ofRevision = events.filter((event) => event.revision === revision);
    const types = ofRevision.map(({ type }) => type).join(" ");
    if (!wholeRevisions.has(types)) faults.push(`revision ${revision} has the events [${types}]`);
    const leaves = ofRevision.map(({ leaf }) => JSON.parse(leaf) as Leaf);
    if (leaves.some((leaf) => leaf.before !== before))
      faults.push(`revision ${revision} follows nothing`);
    const after: JobState | null = leaves.at(-1)?.after ?? null;
    if (before !== null && after !== null && !canFollow(before, after)) {
      faults.push(`${after} follows ${before}`);
    }
    before = after;
    const isLast = revision === job.job.revision;
    if (isLast && after !== job.job.state) faults.push(`the record ends in ${after}`);
    if (isLast && leaves.at(-1)?.job_hash !== job.job_hash)
      faults.push("the record has another hash");
  }
  const last = Math.max(0, ...events.map(({ revision }) => revision ?? 0));
  if (last > job.job.revision) faults.push(`the record is ahead, at ${last}`);
  return faults;
}

/** Reviews, execution and outcome are there exactly when their events are. */
function auditParts(job: JobView, card: CardView | null, events: readonly EventView[]): string[] {
  const ofType = (type: string): EventView[] => events.filter((event) => event.type === type);
  const faults: string[] = [];
  const expect = (what: string, stored: unknown, recorded: unknown): void => {
    if (JSON.stringify(stored ?? null) !== JSON.stringify(recorded ?? null)) {
      faults.push(
        `${what}: ${JSON.stringify(stored)} stored, ${JSON.stringify(recorded)} recorded`,
      );
    }
  };
  const reviews = (card?.reviews ?? []).map((one) => [one.id, one.kind, one.reason, one.note]);
  expect(
    "reviews",
    reviews,
    ofType("review.submitted").map(({ payload }) =>
      ["review", "verdict", "reason", "note"].map((name) => payload?.[name]),
    ),
  );
  const redeemed = ofType("grant.redeemed");
  expect("execution", job.execution?.id, redeemed[0]?.payload?.["execution"]);
  if (redeemed.length > 1) faults.push(`${redeemed.length} redemptions`);
  const ended = ofType("job.succeeded");
  expect("outcome", job.outcome?.summary, ended[0]?.payload?.["summary"]);
  if (ended.length > 1) faults.push(`${ended.length} outcomes`);
  return faults;
}

/** What was acknowledged to the clients of one story and is not there, or is another. */
export async function auditStory(url: string, story: Story): Promise<string[]> {
  const told = story.calls.filter((call) => call.answer !== null);
  const first = story.view;
  if (first === null) return auditVerdicts(story);
  const found = await find(url, first.job.id);
  const faults = told.flatMap((call) => auditAnswer(call, found));
  return [...faults, ...auditVerdicts(story)].map(
    (fault) => `${story.name} (${story.plan}): ${fault}`,
  );
}

function auditAnswer(call: Call, { job, card }: Found): string[] {
  const { answer, verb, body } = call;
  if (answer === null || answer.status >= 300) return [];
  const said = answer.body as unknown as JobView & {
    review: { id: string } | null;
    execution: { id: string; job_id?: string } | null;
  };
  const lost = (what: string): string[] => [`acknowledged ${verb} lost: ${what}`];
  if (verb === "redeem") {
    return job.execution?.id === said.execution?.id ? [] : lost(`execution ${said.execution?.id}`);
  }
  if (job.job.revision < said.job.revision) return lost(`revision ${said.job.revision}`);
  if (job.policy_snapshot !== said.policy_snapshot) return lost("the policy snapshot");
  switch (verb) {
    case "propose": {
      const proposed = job.proposed_action ?? job.action;
      const isSame = JSON.stringify(proposed.params) === JSON.stringify(body["params"]);
      return isSame && job.decision === said.decision ? [] : lost("what was proposed");
    }
    case "outcome":
      return job.outcome?.summary === body["summary"] ? [] : lost("the outcome");
    default: {
      const review = card?.reviews.find(({ id }) => id === said.review?.id);
      const isSame =
        review?.kind === verb &&
        review.reason === (body["reason"] ?? null) &&
        review.note === (body["note"] ?? null);
      return isSame ? [] : lost(`review ${said.review?.id}`);
    }
  }
}

/** Of a stage that was answered whole: one wins, and a repetition never meets its own first try. */
function auditVerdicts(story: Story): string[] {
  const faults: string[] = [];
  const refused = story.calls.filter(({ answer }) => answer !== null && answer.status >= 300);
  for (const { verb, answer } of refused) {
    const code = String(answer?.body["code"]);
    const isRival =
      story.plan === "rivals" && verb === "redeem" && code === "grant_already_redeemed";
    const isContest = story.plan === "contested" && code === "approval_already_resolved";
    if (!isRival && !isContest)
      faults.push(`${verb} was refused: ${code} ${String(answer?.body["detail"])}`);
  }
  const won = (verb: string): number =>
    story.past.filter((call) => call.verb === verb && (call.answer?.status ?? 500) < 300).length;
  const redemptions = new Set(
    story.calls
      .filter(({ verb, answer }) => verb === "redeem" && answer !== null && answer.status < 300)
      .map(({ answer }) => (answer?.body["execution"] as { id: string } | undefined)?.id),
  );
  if (redemptions.size > 1) faults.push(`${redemptions.size} clients were told that they may run`);
  const wasContested = story.past.some(({ verb }) => verb === "reject" || verb === "approve");
  if (story.plan === "contested" && wasContested && won("approve") + won("reject") !== 1) {
    faults.push("not exactly one of two reviewers won");
  }
  const wereRivals = story.past.some(({ verb }) => verb === "redeem");
  if (story.plan === "rivals" && wereRivals && won("redeem") !== 1) {
    faults.push("not exactly one of the rivals redeemed");
  }
  return faults;
}
