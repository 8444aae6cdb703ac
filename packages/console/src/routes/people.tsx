// Everybody whom the people document names: who they are, whether on duty, how loaded, who stands in.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Checkbox, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getDelegations, getGroups, getPeople, peopleKeys } from "../api/people.ts";
import { ImportDialog } from "../features/people/import-dialog.tsx";
import { PersonDialog } from "../features/people/person-dialog.tsx";
import { PersonLine } from "../features/people/person-line.tsx";
import { fits, standingOf } from "../features/people/standing.ts";
import { useMe } from "../features/shell/shell.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";

/** Tenants may have thousands of people; the page draws them in parts. */
const shownStep = 200;

export function PeopleRoute(): ReactNode {
  usePageTitle("People");
  const [opened, setOpened] = useState<"add" | "import" | null>(null);
  const isAdmin = useMe()?.scopes.includes("admin") ?? false;
  const people = useQuery({
    queryKey: peopleKeys.list,
    queryFn: ({ signal }) => getPeople(signal),
  });
  const groups = useQuery({
    queryKey: peopleKeys.groups,
    queryFn: ({ signal }) => getGroups(signal),
  });
  return (
    <section className="hp-stack" aria-label="Everybody">
      <div className="hp-head">
        <p className="hp-muted">Who may decide, up to what, and who is on duty.</p>
        {isAdmin && (
          <div className="hp-buttons">
            <Button variant="default" onClick={() => setOpened("import")}>
              Import a file
            </Button>
            <Button onClick={() => setOpened("add")}>Add a person</Button>
          </div>
        )}
      </div>
      {people.isError && <ProblemNotice fault={people.error} retry={() => void people.refetch()} />}
      {people.isPending && (
        <output className="hp-skeleton" style={{ height: 240 }} aria-label="Loading" />
      )}
      {people.data?.items.length === 0 && (
        <Empty title="Nobody is written down">
          <p>
            Rules can ask any reviewer and the roles of keys. Write people down to give them roles
            and groups, budgets, quiet hours, and somebody who stands in.
          </p>
        </Empty>
      )}
      {people.data !== undefined && people.data.items.length > 0 && (
        <PeopleList people={people.data.items} groups={groups.data?.items ?? []} />
      )}
      {opened === "add" && (
        <PersonDialog
          person={null}
          groups={groups.data?.items ?? []}
          onClose={() => setOpened(null)}
        />
      )}
      {opened === "import" && <ImportDialog onClose={() => setOpened(null)} />}
    </section>
  );
}

type Lists = {
  readonly people: Awaited<ReturnType<typeof getPeople>>["items"];
  readonly groups: Awaited<ReturnType<typeof getGroups>>["items"];
};

function PeopleList({ people, groups }: Lists): ReactNode {
  const [search, setSearch] = useState("");
  const [isLeftShown, setLeftShown] = useState(false);
  const [shown, setShown] = useState(shownStep);
  const delegations = useQuery({
    queryKey: peopleKeys.delegations,
    queryFn: ({ signal }) => getDelegations(signal),
  });
  const left = people.filter(({ active }) => !active).length;
  const found = people.filter((one) => (one.active || isLeftShown) && fits(one, search));
  return (
    <>
      <search className="hp-fields">
        <TextInput
          type="search"
          aria-label="Search people"
          placeholder="Name, email, role, group"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        {left > 0 && (
          <Checkbox
            label={`Show ${left} who left`}
            checked={isLeftShown}
            onChange={(event) => setLeftShown(event.currentTarget.checked)}
          />
        )}
      </search>
      <output className="hp-sr">
        {found.length} {found.length === 1 ? "person" : "people"}
      </output>
      {delegations.isError && <ProblemNotice fault={delegations.error} />}
      {found.length === 0 && <p className="hp-muted">Nobody fits.</p>}
      <ul className="hp-list" aria-label="People">
        {found.slice(0, shown).map((person) => (
          <li key={person.id} className="hp-panel hp-stack-tight">
            <PersonLine
              person={person}
              standing={standingOf(person, groups, delegations.data?.items ?? [])}
            />
          </li>
        ))}
      </ul>
      {found.length > shown && (
        <div>
          <Button variant="default" onClick={() => setShown(shown + shownStep)}>
            Show more of {found.length}
          </Button>
        </div>
      )}
    </>
  );
}
