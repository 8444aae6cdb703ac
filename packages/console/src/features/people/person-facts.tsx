// What is written of a person: names, roles, limits, how they want to be told.

import type { ReactNode } from "react";
import type { EntryView } from "@holdpoint/core/wire/people";
import { MixedWarning, Untrusted } from "../../ui/untrusted.tsx";
import { limitWords } from "./limits-text.ts";
import { GroupTags, LoadText, RoleTags } from "./names.tsx";
import type { Standing } from "./standing.ts";

export function PersonFacts({
  person,
  standing,
}: {
  person: EntryView;
  standing: Standing;
}): ReactNode {
  const { email, accounts, roles, limits, load, cards_per_hour: budget } = person;
  return (
    <dl className="hp-pairs">
      <Fact term="Signs in as">
        {[person.id, ...(email === null ? [] : [email]), ...accounts].map((account) => (
          <div key={account}>
            <Untrusted text={account} /> <MixedWarning text={account} />
          </div>
        ))}
      </Fact>
      <Fact term="Roles">
        <Tags empty="only those that their key carries">
          {roles.length > 0 && <RoleTags roles={roles} />}
        </Tags>
      </Fact>
      <Fact term="Groups">
        <Tags empty="none">
          {standing.groups.length > 0 && <GroupTags groups={standing.groups} />}
        </Tags>
      </Fact>
      <Fact term="May approve">
        {limits.length === 0
          ? "what their roles and groups may, without a limit of their own"
          : limits.map((limit, index) => <div key={index}>{limitWords(limit)}</div>)}
      </Fact>
      <Telling person={person} />
      <Fact term="Load">
        <LoadText load={load} budget={budget} />
      </Fact>
    </dl>
  );
}

export function Telling({
  person: { channels, quiet },
}: {
  person: Pick<EntryView, "channels" | "quiet">;
}): ReactNode {
  return (
    <>
      <Fact term="Told by">
        {channels.length === 0 ? "every channel" : channels.join(", then ")}
      </Fact>
      <Fact term="Quiet hours">
        {quiet === null ? "none" : `${quiet.from} to ${quiet.to}, ${quiet.zone}`}
      </Fact>
    </>
  );
}

export function Fact({ term, children }: { term: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Tags({ children, empty }: { children: ReactNode; empty: string }): ReactNode {
  return children === false ? (
    <span className="hp-muted">{empty}</span>
  ) : (
    <div className="hp-row-wrap">{children}</div>
  );
}
