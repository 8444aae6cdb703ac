// A week of duty from the server: its days as the zone's clocks have them, and who answers when.

import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { getWeek, peopleKeys } from "../../api/people.ts";
import { serverNow } from "../../api/server-clock.ts";
import { dayOf, isKnownZone, localZone, weekOf, type ZoneDay } from "../../ui/zone.ts";
import { joinedSlots, type Slot } from "./week.ts";

export interface Week {
  readonly zone: string;
  /** Zone of the group's hours or rotation; null when neither is said. */
  readonly ownZone: string | null;
  readonly days: readonly ZoneDay[];
  readonly slots: readonly Slot[];
}

interface Wish {
  /** Null is the group's own. */
  readonly zone: string | null;
  /** 0 begins today. */
  readonly weeks: number;
}

const dayMs = 86_400_000;

export function useWeek(group: string, { zone, weeks }: Wish): UseQueryResult<Week> {
  return useQuery({
    queryKey: peopleKeys.week(group, zone, weeks),
    queryFn: ({ signal }) => readWeek(group, { zone, weeks }, signal),
    placeholderData: keepPreviousData,
  });
}

async function readWeek(group: string, { zone, weeks }: Wish, signal: AbortSignal): Promise<Week> {
  const { zone: ownZone } = await getWeek(group, undefined, signal);
  const wanted = zone ?? ownZone ?? localZone();
  const shown = isKnownZone(wanted) ? wanted : "UTC";
  const today = dayOf(shown, serverNow());
  // From noon on, a day that is an hour shorter or longer does not move the date.
  const days = weekOf(shown, today.from + dayMs / 2 + weeks * 7 * dayMs);
  const from = days[0]?.from ?? today.from;
  const first = await getWeek(group, new Date(from).toISOString(), signal);
  const isLonger = Date.parse(first.to) < (days.at(-1)?.to ?? 0);
  const second = isLonger ? await getWeek(group, first.to, signal) : null;
  return { zone: shown, ownZone, days, slots: joinedSlots(first, second) };
}
