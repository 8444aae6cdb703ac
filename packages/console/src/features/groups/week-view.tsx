// The week of a group as a roster: seven days, each person one colour with their name; and as a table.

import type { CSSProperties, ReactNode } from "react";
import { useMemo, useState } from "react";
import { Button, NativeSelect } from "@mantine/core";
import { serverNow } from "../../api/server-clock.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { writtenOut } from "../../ui/visible-text.ts";
import { localZone } from "../../ui/zone.ts";
import { useWeek, type Week } from "./use-week.ts";
import { type Block, peopleOf, type Row, rowsOf } from "./week.ts";

const coloursMax = 8;

/** `members` keep their colours from week to week. */
export function WeekView({
  group,
  members,
}: {
  group: string;
  members: readonly string[];
}): ReactNode {
  const [weeks, setWeeks] = useState(0);
  const [zone, setZone] = useState<string | null>(null);
  const week = useWeek(group, { zone, weeks });
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="week">
      <div className="hp-head">
        <h2 id="week">Week</h2>
        <div className="hp-buttons">
          <Button size="compact-sm" variant="default" onClick={() => setWeeks(weeks - 1)}>
            Earlier
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            disabled={weeks === 0}
            onClick={() => setWeeks(0)}
          >
            Today
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setWeeks(weeks + 1)}>
            Later
          </Button>
        </div>
      </div>
      {week.isError && <ProblemNotice fault={week.error} retry={() => void week.refetch()} />}
      {week.data === undefined && !week.isError && (
        <output className="hp-skeleton hp-week-space" aria-label="Loading" />
      )}
      {week.data !== undefined && (
        <>
          <Drawing week={week.data} members={members} />
          <ZoneChoice week={week.data} zone={zone} choose={setZone} />
          <WeekTable week={week.data} />
        </>
      )}
    </section>
  );
}

function ZoneChoice({
  week,
  zone,
  choose,
}: {
  week: Week;
  zone: string | null;
  choose: (zone: string | null) => void;
}): ReactNode {
  const { ownZone } = week;
  const own = localZone();
  if (ownZone === null || ownZone === own) {
    return <p className="hp-muted hp-small">Times of {week.zone}</p>;
  }
  return (
    <NativeSelect
      className="hp-zone"
      label="Times of"
      data={[
        { value: "", label: `the group: ${ownZone}` },
        { value: own, label: `this device: ${own}` },
      ]}
      value={zone ?? ""}
      onChange={(event) => choose(event.currentTarget.value || null)}
    />
  );
}

function Drawing({ week, members }: { week: Week; members: readonly string[] }): ReactNode {
  const { zone, days, slots } = week;
  const rows = useMemo(() => rowsOf(zone, days, { slots, now: serverNow() }), [zone, days, slots]);
  const people = useMemo(() => peopleOf(slots), [slots]);
  const drawn = new Set(rows.flatMap(({ blocks }) => blocks.map(({ person }) => person?.id)));
  const known = [...new Set([...members, ...people.map(({ id }) => id)])].sort();
  const colours = new Map(known.map((id, index) => [id, index % coloursMax]));
  return (
    <div className="hp-week" aria-hidden="true">
      {rows.map((row) => (
        <DayRow key={row.date} row={row} colours={colours} />
      ))}
      <ul className="hp-week-key">
        {people
          .filter(({ id }) => drawn.has(id))
          .map((one) => (
            <li key={one.id}>
              <i className={`hp-turn-${colours.get(one.id)}`} />
              <Untrusted text={one.name ?? one.id} />
            </li>
          ))}
        {rows.some(hasGap) && (
          <li>
            <i className="hp-nobody" />
            nobody on duty
          </li>
        )}
      </ul>
    </div>
  );
}

function hasGap({ blocks, from, to }: Row): boolean {
  const ends = blocks.filter(({ lane }) => lane === 0);
  return ends.reduce((sum, block) => sum + block.to - block.from, 0) < to - from;
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

function DayRow({ row, colours }: { row: Row; colours: ReadonlyMap<string, number> }): ReactNode {
  const { date, hours, ticks, blocks, now } = row;
  return (
    <>
      <div className="hp-week-day">
        {dayWords(date)}
        {hours !== 24 && <span className="hp-week-odd">{hours} h</span>}
      </div>
      <div className="hp-week-row hp-nobody">
        {blocks.map((block) => (
          <BlockBar key={block.key} block={block} colour={colours.get(block.person?.id ?? "")} />
        ))}
        {ticks.map((tick) => (
          <span key={tick.at} className="hp-week-tick" style={{ left: percent(tick.left) }}>
            <span>{String(tick.hour).padStart(2, "0")}</span>
          </span>
        ))}
        {now !== null && <span className="hp-week-now" style={{ left: percent(now) }} />}
      </div>
    </>
  );
}

function BlockBar({ block, colour }: { block: Block; colour: number | undefined }): ReactNode {
  const { left, width, lane, lanes, people, person } = block;
  const style: CSSProperties = {
    left: percent(left),
    width: percent(width),
    top: percent(lane / lanes),
    height: percent(1 / lanes),
  };
  const names = people.map(({ id, name }) => writtenOut(name ?? id, false)).join(", ");
  return (
    <span
      className={colour === undefined ? "hp-turn hp-turn-many" : `hp-turn hp-turn-${colour}`}
      style={style}
      title={names}
    >
      {person === null ? (
        <Untrusted text={`${people.length}: ${names}`} />
      ) : (
        <Untrusted text={person.name ?? person.id} />
      )}
    </span>
  );
}

const dayFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  weekday: "short",
  day: "numeric",
  month: "short",
});

function dayWords(date: string): string {
  return dayFormat.format(Date.parse(`${date}T12:00:00Z`));
}

function WeekTable({ week }: { week: Week }): ReactNode {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: week.zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  return (
    <details>
      <summary>The week as a table</summary>
      <div className="hp-scroll">
        <table className="hp-table">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">On duty</th>
            </tr>
          </thead>
          <tbody>
            {week.slots.map((slot) => (
              <tr key={slot.from}>
                <td className="hp-num">{format.format(new Date(slot.from))}</td>
                <td className="hp-num">{format.format(new Date(slot.to))}</td>
                <td>
                  {slot.people.length === 0 ? (
                    <span className="hp-muted">nobody</span>
                  ) : (
                    <Untrusted text={slot.people.map(({ id, name }) => name ?? id).join(", ")} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
