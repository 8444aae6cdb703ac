// One group: who is on call now and next, the week as a roster, members, hours, and the chain from here.

import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import type { GroupView } from "@holdpoint/core/wire/people";
import { getGroup, getRosters, peopleKeys } from "../api/people.ts";
import { Chains } from "../features/groups/chain.tsx";
import { answeringWords, NextDuty, OnDuty } from "../features/groups/duty-words.tsx";
import { Members } from "../features/groups/members.tsx";
import { RosterLine } from "../features/groups/roster-state.tsx";
import { WeekView } from "../features/groups/week-view.tsx";
import { Fact } from "../features/people/person-facts.tsx";
import { useMe } from "../features/shell/shell.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { spanInWords } from "../ui/span.ts";

export function GroupRoute(): ReactNode {
  const name = useParams()["name"] ?? "";
  usePageTitle(name);
  const isAdmin = useMe()?.scopes.includes("admin") ?? false;
  const group = useQuery({
    queryKey: peopleKeys.group(name),
    queryFn: ({ signal }) => getGroup(name, signal),
  });
  if (group.isError && group.data === undefined) {
    return <ProblemNotice fault={group.error} retry={() => void group.refetch()} />;
  }
  if (group.data === undefined) {
    return <output className="hp-skeleton" style={{ height: 420 }} aria-label="Loading" />;
  }
  return (
    <div className="hp-stack">
      <Answering group={group.data} />
      <WeekView key={name} group={name} members={group.data.members.map(({ id }) => id)} />
      <div className="hp-columns">
        <Members group={group.data} isAdmin={isAdmin} />
        <Chains asked={group.data.asked_by} />
      </div>
    </div>
  );
}

function Answering({ group }: { group: GroupView }): ReactNode {
  const { name, members, hours, tell, digest_ms: digestMs, next } = group;
  const onDuty = members.filter((one) => one.on_duty);
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="group-name">
      <h2 id="group-name">{name}</h2>
      <dl className="hp-pairs">
        <Fact term="On call now">
          <OnDuty people={onDuty} />
        </Fact>
        <Fact term="Next">
          <NextDuty next={next} />
        </Fact>
        <Fact term="Answers">{answeringWords(group)}</Fact>
        {hours !== null && (hours.except.length > 0 || hours.holidays !== null) && (
          <Fact term="Holidays">
            {[
              ...hours.except,
              ...(hours.holidays === null ? [] : [`calendar ${hours.holidays}`]),
            ].join(", ")}
          </Fact>
        )}
        {tell !== null && <Fact term="Told first">{tell} of those on duty, the least loaded</Fact>}
        {digestMs !== null && <Fact term="Notices">gathered over {spanInWords(digestMs)}</Fact>}
        <Calendars group={group} />
      </dl>
    </section>
  );
}

function Calendars({ group }: { group: GroupView }): ReactNode {
  const names = [group.roster, group.hours?.holidays].filter((name) => name != null);
  const rosters = useQuery({
    queryKey: peopleKeys.rosters,
    queryFn: ({ signal }) => getRosters(signal),
    enabled: names.length > 0,
  });
  const named = rosters.data?.items.filter((one) => names.includes(one.name)) ?? [];
  if (named.length === 0) return null;
  return (
    <Fact term="Calendars">
      {named.map((roster) => (
        <RosterLine key={roster.name} roster={roster} />
      ))}
    </Fact>
  );
}
