// The members of a group with their load; admins add members beside those of the policy file.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { GroupView } from "@holdpoint/core/wire/people";
import { addMember, getPeople, peopleKeys, removeMember } from "../../api/people.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { DutyMark, LoadText, PersonLink } from "../people/names.tsx";

export function Members({ group, isAdmin }: { group: GroupView; isAdmin: boolean }): ReactNode {
  const people = useQuery({
    queryKey: peopleKeys.list,
    queryFn: ({ signal }) => getPeople(signal),
  });
  const budgetOf = new Map(people.data?.items.map((one) => [one.id, one.cards_per_hour]));
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="members">
      <h2 id="members">Members</h2>
      {group.members.length === 0 && <p className="hp-muted">Nobody yet.</p>}
      <ul className="hp-lines" aria-label="Members">
        {group.members.map((one) => (
          <li key={one.id}>
            <div>
              <PersonLink id={one.id} name={one.name} /> {one.on_duty && <DutyMark />}
            </div>
            <span className="hp-muted hp-small">
              <LoadText load={one} budget={budgetOf.get(one.id) ?? null} />
            </span>
          </li>
        ))}
      </ul>
      <Named group={group} isAdmin={isAdmin} />
    </section>
  );
}

/** As policy and people document write them: what stands in the policy file is changed there. */
function Named({ group, isAdmin }: { group: GroupView; isAdmin: boolean }): ReactNode {
  const client = useQueryClient();
  const drop = useMutation({
    mutationFn: (one: string) => removeMember(group.name, one),
    onSuccess: () => void client.invalidateQueries({ queryKey: peopleKeys.all }),
  });
  return (
    <>
      <h3>Written as</h3>
      <ul className="hp-lines" aria-label="Written as">
        {group.named.map((one) => (
          <li key={`${one.source} ${one.member}`}>
            <div>
              <span className="hp-code">
                <Untrusted text={one.member} />
              </span>{" "}
              <span className="hp-muted hp-small">
                {one.source === "policy" ? "by the policy file" : "by the people document"}
              </span>
            </div>
            {isAdmin && one.source === "people" && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="brick"
                loading={drop.isPending && drop.variables === one.member}
                onClick={() => drop.mutate(one.member)}
              >
                Take out<span className="hp-sr"> {one.member}</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
      {isAdmin && <AddForm group={group.name} />}
      {drop.isError && <ProblemNotice fault={drop.error} />}
    </>
  );
}

function AddForm({ group }: { group: string }): ReactNode {
  const client = useQueryClient();
  const [member, setMember] = useState("");
  const add = useMutation({
    mutationFn: () => addMember(group, member.trim()),
    onSuccess: () => {
      setMember("");
      void client.invalidateQueries({ queryKey: peopleKeys.all });
    },
  });
  return (
    <>
      <form
        className="hp-fields"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <TextInput
          label="Add a member"
          description="An id, an email, or role: and a role"
          value={member}
          onChange={(event) => setMember(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          disabled={member.trim() === ""}
          loading={add.isPending}
        >
          Add
        </Button>
      </form>
      {add.isError && <ProblemNotice fault={add.error} />}
    </>
  );
}
