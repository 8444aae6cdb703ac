// Names of people and groups as links, and their marks: on duty, left, roles.

import type { ReactNode } from "react";
import { Link } from "react-router";
import { paths } from "../../paths.ts";
import { MixedWarning, Untrusted } from "../../ui/untrusted.tsx";

export function PersonLink({ id, name }: { id: string; name: string | null }): ReactNode {
  return (
    <Link to={paths.person(id)}>
      <Untrusted text={name ?? id} />
      <MixedWarning text={name ?? ""} />
    </Link>
  );
}

export function DutyMark(): ReactNode {
  return <span className="hp-badge hp-tone-go">On duty</span>;
}

/** Groups of somebody, each with a mark where they are on duty now. */
export function GroupTags({
  groups,
}: {
  groups: readonly { readonly name: string; readonly isOnDuty: boolean }[];
}): ReactNode {
  return groups.map(({ name, isOnDuty }) => (
    <Link key={name} to={paths.group(name)} className={isOnDuty ? "hp-tag hp-duty-tag" : "hp-tag"}>
      {name}
      {isOnDuty && <span className="hp-duty-word"> on duty</span>}
    </Link>
  ));
}

export function RoleTags({ roles }: { roles: readonly string[] }): ReactNode {
  return roles.map((role) => (
    <span key={role} className="hp-tag">
      role {role}
    </span>
  ));
}

/** What somebody was sent within the last hour, against their budget. */
export function LoadText({
  load,
  budget,
}: {
  load: { readonly cards_last_hour: number; readonly cards_open: number };
  budget: number | null;
}): ReactNode {
  const { cards_last_hour: sent, cards_open: open } = load;
  const isOver = budget !== null && sent >= budget;
  return (
    <span className={isOver ? "hp-urgent hp-num" : "hp-num"}>
      {budget === null
        ? `${sent} ${sent === 1 ? "card" : "cards"} this hour`
        : `${sent} of ${budget} cards this hour`}
      {open > 0 && `, ${open} still open`}
      {isOver && ": further ones go to others"}
    </span>
  );
}
