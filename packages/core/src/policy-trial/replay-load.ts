// Counts what holds ask of reviewers: cards, their hours, and those that come in the night.

import type { Instant } from "../base/clock.ts";
import { wallTime } from "../base/zone.ts";
import type { Requirement } from "../policy/decision.ts";
import type { Policy } from "../policy/policy.ts";
import type { ReviewLoad } from "../policy/report.ts";

interface Reviewer {
  cards: number;
  nightPages: number;
  readonly byHour: Map<number, number>;
}

const hourMs = 3_600_000;
/** Local hours in which a card is a night page: from the first on, and before the second. */
const nightFrom = 22;
const nightTo = 6;

export class LoadTally {
  readonly #policy: Policy;
  readonly #reviewers = new Map<string, Reviewer>();
  readonly #hours = Array.from({ length: 24 }, () => 0);
  #cards = 0;
  #nightPages = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** One hold that began at `at`. */
  add(requirements: readonly Requirement[], at: Instant): void {
    const hour = Math.floor(at / hourMs);
    const ofDay = hour % 24;
    this.#cards += 1;
    this.#hours[ofDay] = (this.#hours[ofDay] ?? 0) + 1;
    const asked = new Map<string, boolean>();
    for (const requirement of requirements) {
      const isNight = this.#isNight(requirement, at);
      for (const name of this.#namesOf(requirement)) {
        asked.set(name, (asked.get(name) ?? false) || isNight);
      }
    }
    for (const [name, isNight] of asked) {
      const reviewer = this.#reviewers.get(name) ?? { cards: 0, nightPages: 0, byHour: new Map() };
      this.#reviewers.set(name, reviewer);
      reviewer.cards += 1;
      if (isNight) reviewer.nightPages += 1;
      reviewer.byHour.set(hour, (reviewer.byHour.get(hour) ?? 0) + 1);
    }
    if ([...asked.values()].includes(true)) this.#nightPages += 1;
  }

  report(): ReviewLoad {
    const reviewers = [...this.#reviewers].map(([reviewer, { cards, nightPages, byHour }]) => {
      const busiest = Math.max(0, ...byHour.values());
      return { reviewer, cards, night_pages: nightPages, busiest_hour: busiest };
    });
    reviewers.sort((a, b) => b.cards - a.cards || (a.reviewer < b.reviewer ? -1 : 1));
    return {
      cards: this.#cards,
      night_pages: this.#nightPages,
      reviewers,
      hours: [...this.#hours],
    };
  }

  /** Everybody who gets the card: schedules do not yet say who of a group is asked. */
  #namesOf({ kind, name }: Requirement): readonly string[] {
    if (kind === "any") return ["anybody"];
    if (kind === "role") return [`role:${name}`];
    const members = this.#policy.groups.get(name)?.members ?? [];
    return members.length === 0 ? [`group:${name}`] : members;
  }

  #isNight({ kind, name }: Requirement, at: Instant): boolean {
    const group = kind === "group" ? this.#policy.groups.get(name) : undefined;
    const schedule = this.#policy.schedules.get(group?.schedule ?? "");
    const { hour } = wallTime(at, group?.hours?.zone ?? schedule?.zone ?? "UTC");
    return hour >= nightFrom || hour < nightTo;
  }
}
