// What the oversight lists share: names of people, the switch between open and all, loading more.

import type { ReactNode } from "react";
import { Button, Checkbox } from "@mantine/core";
import type { Shown } from "../../api/governance.ts";
import { Untrusted } from "../../ui/untrusted.tsx";

interface Named {
  readonly id: string;
  readonly name: string | null;
}

export function PersonName({ person }: { person: Named }): ReactNode {
  return <Untrusted text={person.name ?? person.id} />;
}

export function PersonNames({ people }: { people: readonly Named[] }): ReactNode {
  return people.map((person, index) => (
    <span key={person.id}>
      {index > 0 && (index === people.length - 1 ? " and " : ", ")}
      <PersonName person={person} />
    </span>
  ));
}

export function ShownSwitch({
  shown,
  change,
}: {
  shown: Shown;
  change: (shown: Shown) => void;
}): ReactNode {
  return (
    <Checkbox
      label="Include closed ones"
      checked={shown === "all"}
      onChange={(event) => change(event.currentTarget.checked ? "all" : "open")}
    />
  );
}

export function More({
  isThere,
  loading,
  load,
}: {
  isThere: boolean;
  loading: boolean;
  load: () => void;
}): ReactNode {
  if (!isThere) return null;
  return (
    <p className="hp-buttons">
      <Button variant="default" loading={loading} onClick={load}>
        Load more
      </Button>
    </p>
  );
}

export function CasesLoading({ label }: { label: string }): ReactNode {
  return (
    <output className="hp-cases" aria-busy="true" aria-label={label}>
      <div className="hp-skeleton" style={{ height: 120 }} />
      <div className="hp-skeleton" style={{ height: 120 }} />
    </output>
  );
}
