// One person: what is written of them, who stands in for whom, and the accounts that speak for them.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import type { EntryView, GroupView } from "@holdpoint/core/wire/people";
import { getDelegations, getGroups, getIdentities, getPerson, peopleKeys } from "../api/people.ts";
import { serverNow } from "../api/server-clock.ts";
import { DelegationDialog } from "../features/people/delegation-dialog.tsx";
import { DelegationList } from "../features/people/delegation-list.tsx";
import { IdentityList } from "../features/people/identities.tsx";
import { LeaveDialog } from "../features/people/leave-dialog.tsx";
import { PersonDialog } from "../features/people/person-dialog.tsx";
import { PersonFacts } from "../features/people/person-facts.tsx";
import { standingOf } from "../features/people/standing.ts";
import { useMe } from "../features/shell/shell.tsx";
import { paths } from "../paths.ts";
import { ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { MixedWarning, Untrusted } from "../ui/untrusted.tsx";

export function PersonRoute(): ReactNode {
  const id = useParams()["id"] ?? "";
  usePageTitle(id);
  const person = useQuery({
    queryKey: peopleKeys.person(id),
    queryFn: ({ signal }) => getPerson(id, signal),
  });
  const groups = useQuery({
    queryKey: peopleKeys.groups,
    queryFn: ({ signal }) => getGroups(signal),
  });
  const isAdmin = useMe()?.scopes.includes("admin") ?? false;
  if (person.isError && person.data === undefined) {
    return <ProblemNotice fault={person.error} retry={() => void person.refetch()} />;
  }
  if (person.data === undefined) {
    return <output className="hp-skeleton" style={{ height: 320 }} aria-label="Loading" />;
  }
  return (
    <div className="hp-stack">
      <Written
        person={person.data}
        groups={groups.data?.items ?? []}
        isAdmin={isAdmin && groups.data !== undefined}
      />
      <Standins id={person.data.id} isAdmin={isAdmin} isActive={person.data.active} />
      {isAdmin && <Accounts id={person.data.id} />}
      <p>
        <Link to={paths.deliveriesTo(person.data.id)}>What this person was told</Link>
      </p>
    </div>
  );
}

function Written({
  person,
  groups,
  isAdmin,
}: {
  person: EntryView;
  groups: readonly GroupView[];
  isAdmin: boolean;
}): ReactNode {
  const navigate = useNavigate();
  const [opened, setOpened] = useState<"edit" | "leave" | null>(null);
  const close = (): void => setOpened(null);
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="person-name">
      <div className="hp-head">
        <h2 id="person-name">
          <Untrusted text={person.name ?? person.id} /> <MixedWarning text={person.name ?? ""} />{" "}
          {!person.active && <span className="hp-badge hp-tone-quiet">Left</span>}
        </h2>
        {isAdmin && (
          <div className="hp-buttons">
            <Button size="compact-sm" variant="default" onClick={() => setOpened("edit")}>
              {person.active ? "Edit" : "Take back"}
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              color="brick"
              onClick={() => setOpened("leave")}
            >
              {person.active ? "Remove…" : "Forget…"}
            </Button>
          </div>
        )}
      </div>
      <PersonFacts person={person} standing={standingOf(person, groups, [])} />
      {opened === "edit" && <PersonDialog person={person} groups={groups} onClose={close} />}
      {opened === "leave" && (
        <LeaveDialog person={person} onClose={close} onGone={() => void navigate(paths.people)} />
      )}
    </section>
  );
}

function Standins({
  id,
  isAdmin,
  isActive,
}: {
  id: string;
  isAdmin: boolean;
  isActive: boolean;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const delegations = useQuery({
    queryKey: peopleKeys.delegations,
    queryFn: ({ signal }) => getDelegations(signal),
  });
  const theirs = delegations.data?.items.filter(
    ({ from, to, ends }) => (from === id || to === id) && Date.parse(ends) > serverNow(),
  );
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="standing-in">
      <div className="hp-head">
        <h2 id="standing-in">Standing in</h2>
        {isAdmin && isActive && (
          <Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>
            Delegate for them
          </Button>
        )}
      </div>
      {delegations.isError && <ProblemNotice fault={delegations.error} />}
      {theirs?.length === 0 && <p className="hp-muted">Nobody stands in for anybody here.</p>}
      <DelegationList delegations={theirs ?? []} mayEnd={() => isAdmin} label="Delegations" />
      {isOpen && <DelegationDialog from={id} isOwn={false} onClose={() => setOpen(false)} />}
    </section>
  );
}

function Accounts({ id }: { id: string }): ReactNode {
  const identities = useQuery({
    queryKey: peopleKeys.identities(id),
    queryFn: ({ signal }) => getIdentities(id, signal),
  });
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="accounts">
      <h2 id="accounts">Linked accounts</h2>
      {identities.isError && <ProblemNotice fault={identities.error} />}
      {identities.data?.items.length === 0 && (
        <p className="hp-muted">None. Each person links their own, at “You”.</p>
      )}
      <IdentityList identities={identities.data?.items ?? []} />
    </section>
  );
}
