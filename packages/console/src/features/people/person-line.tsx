// One person in the list: names, roles, groups, whether on duty, load, who decides for them.

import type { ReactNode } from "react";
import type { EntryView } from "@holdpoint/core/wire/people";
import { Minute } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { GroupTags, LoadText, PersonLink, RoleTags } from "./names.tsx";
import type { Standing } from "./standing.ts";

export function PersonLine({
  person,
  standing,
}: {
  person: EntryView;
  standing: Standing;
}): ReactNode {
  const { id, name, email, roles, load, active, cards_per_hour: budget } = person;
  return (
    <>
      <div className="hp-person-head">
        <strong>
          <PersonLink id={id} name={name} />
        </strong>{" "}
        <span className="hp-muted hp-small">
          {name !== null && <Untrusted text={id} />}
          {name !== null && email !== null && " · "}
          {email !== null && <Untrusted text={email} />}
        </span>{" "}
        {!active && <span className="hp-badge hp-tone-quiet">Left</span>}
        {standing.away.map((one) => (
          <span key={one.id} className="hp-badge hp-tone-hold hp-badge-wrap">
            Away until <Minute at={one.ends} />: <Untrusted text={one.to_name ?? one.to} /> decides
          </span>
        ))}
      </div>
      {(roles.length > 0 || standing.groups.length > 0) && (
        <div className="hp-row-wrap">
          <RoleTags roles={roles} />
          <GroupTags groups={standing.groups} />
        </div>
      )}
      {active && (
        <div className="hp-small hp-muted">
          <LoadText load={load} budget={budget} />
          {standing.standsInFor.map((one) => (
            <span key={one.id}>
              {" · decides for "}
              <Untrusted text={one.from_name ?? one.from} />
            </span>
          ))}
        </div>
      )}
    </>
  );
}
