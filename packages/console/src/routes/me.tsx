// The reader: groups and roles, who stands in, linked accounts, quiet hours, budget and load.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { MeView } from "@holdpoint/core/wire/people";
import { getSelf, selfKey } from "../api/holds.ts";
import { getGroups, getPerson, peopleKeys } from "../api/people.ts";
import { DelegationDialog } from "../features/people/delegation-dialog.tsx";
import { DelegationList } from "../features/people/delegation-list.tsx";
import { IdentityList, LinkForm } from "../features/people/identities.tsx";
import { limitWords } from "../features/people/limits-text.ts";
import { GroupTags, LoadText, RoleTags } from "../features/people/names.tsx";
import { Fact, Tags, Telling } from "../features/people/person-facts.tsx";
import { Notice, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Untrusted } from "../ui/untrusted.tsx";

export function MeRoute(): ReactNode {
  usePageTitle("You");
  const self = useQuery({ queryKey: selfKey, queryFn: ({ signal }) => getSelf(signal) });
  if (self.isError && self.data === undefined) {
    return <ProblemNotice fault={self.error} retry={() => void self.refetch()} />;
  }
  if (self.data === undefined) {
    return <output className="hp-skeleton" style={{ height: 320 }} aria-label="Loading" />;
  }
  return (
    <div className="hp-stack">
      <Rights me={self.data} />
      <Delegations me={self.data} />
      <Accounts me={self.data} />
    </div>
  );
}

function Rights({ me }: { me: MeView }): ReactNode {
  const groups = useQuery({
    queryKey: peopleKeys.groups,
    queryFn: ({ signal }) => getGroups(signal),
  });
  const entry = useQuery({
    queryKey: peopleKeys.person(me.id ?? ""),
    queryFn: ({ signal }) => getPerson(me.id ?? "", signal),
    enabled: me.known,
  });
  const isOnDuty = (name: string): boolean =>
    groups.data?.items
      .find((group) => group.name === name)
      ?.members.some((one) => one.id === me.id && one.on_duty) ?? false;
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="rights">
      <h2 id="rights">
        <Untrusted text={me.name ?? me.id ?? "nobody"} />
      </h2>
      {!me.known && (
        <Notice tone="plain" title="The people document does not know you">
          You decide by what your key carries. To have quiet hours, a budget or somebody who stands
          in, ask an admin to write you down.
        </Notice>
      )}
      <dl className="hp-pairs">
        <Fact term="Signed in as">
          <Untrusted text={me.id ?? "nobody"} />
          {me.email !== null && (
            <>
              {" · "}
              <Untrusted text={me.email} />
            </>
          )}
        </Fact>
        <Fact term="Roles">
          <Tags empty="none">{me.roles.length > 0 && <RoleTags roles={me.roles} />}</Tags>
        </Fact>
        <Fact term="Groups">
          <Tags empty="none">
            {me.groups.length > 0 && (
              <GroupTags groups={me.groups.map((name) => ({ name, isOnDuty: isOnDuty(name) }))} />
            )}
          </Tags>
        </Fact>
        {me.limits.length > 0 && (
          <Fact term="May approve">
            {me.limits.map((limit, index) => (
              <div key={index}>{limitWords(limit)}</div>
            ))}
          </Fact>
        )}
        {entry.data !== undefined && <Telling person={entry.data} />}
        <Fact term="Load">
          <LoadText load={me.load} budget={me.load.cards_per_hour} />
        </Fact>
      </dl>
    </section>
  );
}

function Delegations({ me }: { me: MeView }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="delegations">
      <div className="hp-head">
        <h2 id="delegations">Standing in</h2>
        {me.known && (
          <Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>
            Let somebody decide for you
          </Button>
        )}
      </div>
      {me.delegated.length === 0 && me.stands_in_for.length === 0 && (
        <p className="hp-muted">Nobody decides for you, and you decide for nobody else.</p>
      )}
      <DelegationList delegations={me.delegated} mayEnd={() => true} label="Who decides for you" />
      <DelegationList
        delegations={me.stands_in_for}
        mayEnd={() => me.scopes.includes("admin")}
        label="For whom you decide"
      />
      {isOpen && <DelegationDialog from={me.id ?? ""} isOwn onClose={() => setOpen(false)} />}
    </section>
  );
}

function Accounts({ me }: { me: MeView }): ReactNode {
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="accounts">
      <h2 id="accounts">Linked accounts</h2>
      <p className="hp-muted hp-small">
        What you press in a chat counts as yours once its account is linked.
      </p>
      <IdentityList identities={me.identities} />
      <LinkForm />
    </section>
  );
}
