// Who answers now and next, and in which hours, in words.

import type { ReactNode } from "react";
import type { ContactView, DutyChange, GroupView } from "@holdpoint/core/wire/people";
import { Minute } from "../../ui/time.tsx";
import { PersonLink } from "../people/names.tsx";

export function OnDuty({ people }: { people: readonly ContactView[] }): ReactNode {
  if (people.length === 0) return <strong>nobody</strong>;
  return people.map((one, index) => (
    <span key={one.id}>
      {index > 0 && ", "}
      <PersonLink id={one.id} name={one.name} />
    </span>
  ));
}

export function NextDuty({ next }: { next: DutyChange | null }): ReactNode {
  if (next === null) return <span className="hp-muted">the same within a week</span>;
  return (
    <>
      <OnDuty people={next.on_duty} />, from <Minute at={next.at} />
    </>
  );
}

/** When the group answers, and by what. */
export function answeringWords(group: GroupView): string {
  const { always, hours, schedule, roster } = group;
  const parts = [
    ...(hours === null
      ? []
      : [`${daysWords(hours.days)}, ${hours.from} to ${hours.to}, ${hours.zone}`]),
    ...(roster === null ? [] : [`roster ${roster}`]),
    ...(schedule === null ? [] : [`rotation ${schedule}`]),
  ];
  if (always) return "around the clock";
  return parts.length === 0 ? "all members, at any hour" : parts.join("; ");
}

const week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Neighbouring days as a span: `mon to fri`. */
function daysWords(days: readonly string[]): string {
  const at = days.map((day) => week.indexOf(day));
  const isSpan = at.every((place, index) => index === 0 || place === (at[index - 1] ?? 0) + 1);
  return isSpan && days.length > 2 ? `${days[0]} to ${days.at(-1)}` : days.join(", ");
}
