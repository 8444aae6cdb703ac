// The groups of the policy, who of each is on call now and next, and the calendars that say so.

import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { GroupView } from "@holdpoint/core/wire/people";
import { getGroups, getRosters, peopleKeys } from "../api/people.ts";
import { answeringWords, NextDuty, OnDuty } from "../features/groups/duty-words.tsx";
import { RosterLine } from "../features/groups/roster-state.tsx";
import { paths } from "../paths.ts";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";

export function GroupsRoute(): ReactNode {
  usePageTitle("Groups");
  const groups = useQuery({
    queryKey: peopleKeys.groups,
    queryFn: ({ signal }) => getGroups(signal),
  });
  return (
    <section className="hp-stack" aria-label="Groups and on call">
      <p className="hp-muted">Groups are named in the policy file. Members can be added here.</p>
      {groups.isError && <ProblemNotice fault={groups.error} retry={() => void groups.refetch()} />}
      {groups.isPending && (
        <output className="hp-skeleton" style={{ height: 240 }} aria-label="Loading" />
      )}
      {groups.data?.items.length === 0 && (
        <Empty title="The policy has no groups">
          <p>
            Rules can ask a group, with hours, a rotation, or a calendar that says who is on duty.
            Name groups in the <Link to={paths.policy}>policy</Link>.
          </p>
        </Empty>
      )}
      <ul className="hp-list hp-group-list" aria-label="Groups">
        {groups.data?.items.map((group) => (
          <li key={group.name} className="hp-panel">
            <GroupLine group={group} />
          </li>
        ))}
      </ul>
      <Rosters />
    </section>
  );
}

function GroupLine({ group }: { group: GroupView }): ReactNode {
  const { name, members, next } = group;
  const onDuty = members.filter((one) => one.on_duty);
  return (
    <div className="hp-stack-tight">
      <div className="hp-head">
        <strong>
          <Link to={paths.group(name)}>{name}</Link>
        </strong>
        <span className="hp-muted hp-small">
          {members.length} {members.length === 1 ? "member" : "members"}, {answeringWords(group)}
        </span>
      </div>
      <dl className="hp-now-next">
        <div>
          <dt>On call now</dt>
          <dd className={onDuty.length === 0 ? "hp-urgent" : undefined}>
            <OnDuty people={onDuty} />
          </dd>
        </div>
        <div>
          <dt>Next</dt>
          <dd>
            <NextDuty next={next} />
          </dd>
        </div>
      </dl>
    </div>
  );
}

function Rosters(): ReactNode {
  const rosters = useQuery({
    queryKey: peopleKeys.rosters,
    queryFn: ({ signal }) => getRosters(signal),
  });
  if (rosters.isError) return <ProblemNotice fault={rosters.error} />;
  if (rosters.data === undefined || rosters.data.items.length === 0) return null;
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="rosters">
      <h2 id="rosters">Calendars</h2>
      <ul className="hp-lines">
        {rosters.data.items.map((roster) => (
          <li key={roster.name}>
            <RosterLine roster={roster} />
          </li>
        ))}
      </ul>
    </section>
  );
}
