// Suspended runs of every mode, with answers and workers in every order, against a model of a few lines.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ClaimedRun } from "@holdpoint/core/wire/resumption";
import { stopLine } from "../flow/line-world.ts";
import { type Runs, startRuns, viewOf } from "../flow/runs-world.ts";

let runs: Runs;

beforeAll(async () => {
  runs = await startRuns();
});
afterAll(() => stopLine(runs.holds.line));

type Mode = "each" | "all" | "first";
type Step = number | "claim" | "complete" | "fail";

interface Told {
  readonly mode: Mode;
  /** Answers before the run is suspended. */
  readonly early: readonly number[];
  readonly jobs: number;
  /** A number answers that job. */
  readonly steps: readonly Step[];
}

const story: fc.Arbitrary<Told> = fc.integer({ min: 1, max: 4 }).chain((jobs) =>
  fc.record({
    mode: fc.constantFrom<Mode>("each", "all", "first"),
    jobs: fc.constant(jobs),
    early: fc.subarray([...Array(jobs).keys()], { maxLength: jobs - 1 }),
    steps: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 0, max: jobs - 1 }) },
        { weight: 3, arbitrary: fc.constant("claim" as const) },
        { weight: 2, arbitrary: fc.constant("complete" as const) },
        { weight: 1, arbitrary: fc.constant("fail" as const) },
      ),
      { minLength: 2, maxLength: 14 },
    ),
  }),
);

/** What has to be so, said in the plainest way. */
class Model {
  readonly #mode: Mode;
  readonly #count: number;
  readonly answered: number[] = [];
  readonly #done = new Set<number>();
  given: readonly number[] | null = null;
  isOver = false;

  constructor({ mode, jobs }: Told) {
    this.#mode = mode;
    this.#count = jobs;
  }

  answer(job: number): void {
    if (!this.answered.includes(job)) this.answered.push(job);
  }

  /** The jobs that a claim is given; null when nobody may have the run. */
  claimable(): readonly number[] | null {
    if (this.isOver || this.given !== null) return null;
    const fresh = this.answered.filter((job) => !this.#done.has(job));
    if (fresh.length === 0) return null;
    return this.#mode !== "all" || fresh.length === this.#count ? fresh : null;
  }

  complete(): void {
    for (const job of this.given ?? []) this.#done.add(job);
    this.given = null;
    this.isOver = this.#mode !== "each" || this.#done.size === this.#count;
  }
}

async function tell(told: Told): Promise<void> {
  const model = new Model(told);
  const jobs = await runs.hold(told.jobs);
  const answer = async (job: number): Promise<void> => {
    if (!model.answered.includes(job)) await runs.answer(jobs[job] ?? "");
    model.answer(job);
  };
  for (const job of told.early) await answer(job);
  const run = await runs.suspended(jobs, { mode: told.mode });
  let claimed: ClaimedRun | null = null;
  for (const step of told.steps) {
    if (typeof step === "number") await answer(step);
    else if (step === "claim") {
      const expected = model.claimable();
      const [found] = await runs.claim({ thread: run.thread });
      const settled = found?.resumption.settled.map((id) => jobs.indexOf(id)) ?? null;
      expect(settled?.toSorted() ?? null).toEqual(expected?.toSorted() ?? null);
      if (found !== undefined) claimed = found;
      if (expected !== null) model.given = expected;
    } else if (claimed !== null && model.given !== null) {
      const view = viewOf(await runs.say(claimed, step));
      // A pause after a failure is over before anybody looks again.
      if (step === "fail") runs.holds.line.clock.move(300_000);
      if (step === "fail") model.given = null;
      else model.complete();
      expect(view.state).toBe(model.isOver ? "completed" : "waiting");
    }
  }
  const { open, settled, handed } = await runs.read(run.id);
  expect([...open, ...settled, ...handed].toSorted()).toEqual([...jobs].toSorted());
}

test("each, all, first: a worker is given just the answers that are there and not done with", async () => {
  await fc.assert(fc.asyncProperty(story, tell), { numRuns: 60 });
});
