// Holds that time moves, for tests: who is on duty, what fires when, and what it is called.

import { assert } from "../base/assert.ts";
import type { GrantId } from "../base/id.ts";
import type { Contact, Duty } from "../people/duty.ts";
import type { Decision, Escalation, HoldTerms } from "../policy/decision.ts";
import { plainTerms } from "../policy/terms.ts";
import { everybodyAround } from "./around.sample.ts";
import { after, changeOf, opened, ruling, startAt } from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import type { HoldSurroundings } from "./plan.ts";
import { transition } from "./transition.ts";
import type { TickCommand } from "./tick.ts";
import type { Watch } from "./watch.ts";

export const minuteMs = 60_000;

export function held(more: Partial<Decision>, terms: Partial<HoldTerms> = {}): Partial<Decision> {
  return { timeoutMs: 60 * minuteMs, terms: { ...plainTerms, ...terms }, ...more };
}

/** Only these targets have somebody on duty. */
export function around(
  staffed: readonly string[],
  more: Partial<Duty> = {},
  surroundings: Partial<HoldSurroundings> = {},
): HoldSurroundings {
  const people = (target: string): readonly Contact[] => {
    const name = target.slice(target.indexOf(":") + 1);
    return [{ id: `of-${name}`, email: null, name: null, roles: [name], entry: null }];
  };
  const duty: Duty = {
    members: people,
    onDuty: (target) => (staffed.includes(target) ? people(target) : []),
    hoursOf: () => null,
    alwaysGroups: [],
    slots: () => [],
    ...more,
  };
  return { ...everybodyAround, duty, ...surroundings };
}

export const everybody: HoldSurroundings = around(["role:lead", "group:second", "group:third"]);
export const dashboardOnly: HoldSurroundings = { ...everybody, hasChannels: false };

export function fileOf(decision: Partial<Decision>, where: HoldSurroundings = everybody): JobFile {
  return opened({ ruling: ruling(decision), around: where });
}

export function watchOf({ job }: Pick<JobFile, "job">): Watch {
  assert(job.watch !== null, "the hold has a watch");
  return job.watch;
}

export function tickAt(file: JobFile, now: number, more: Partial<TickCommand> = {}): TickCommand {
  const same = { decision: file.job.decision, snapshot: "default@1", trace: {} };
  const grantId = "grant-tick" as GrantId;
  return { kind: "tick", now, ruling: same, around: everybody, grantId, ...more };
}

/** Fires what is due at its own time until the job is decided or nothing is left; answers event types. */
export function story(file: JobFile, more: Partial<TickCommand> = {}, until = Infinity): string[] {
  const told: string[] = [];
  let current = file;
  for (let step = 0; step < 50; step += 1) {
    const { dueAt, state } = current.job;
    if (state !== "APPROVAL" || dueAt === null || dueAt > until) break;
    const { job, facts } = changeOf(transition(current, tickAt(current, dueAt, more)));
    told.push(
      ...facts.map(({ type, payload }) =>
        `${(dueAt - startAt) / minuteMs} ${type} ${textOf(payload["to"] ?? payload["reason"])}`.trim(),
      ),
    );
    current = { job, reviews: current.reviews };
  }
  return told;
}

export function proved(file: JobFile, now: number): JobFile {
  const proof = { channel: "email", person: "ann", at: now };
  return after(file, { kind: "proved", level: watchOf(file).level, proof, around: everybody, now });
}

export const second: Escalation = { afterMs: 10 * minuteMs, to: "group:second" };
export const third: Escalation = { afterMs: 20 * minuteMs, to: "group:third" };

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
