// Who stands in for whom, in words, each with a way to take it back.

import type { ReactNode } from "react";
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { DelegationView } from "@holdpoint/core/wire/people";
import { endDelegation, peopleKeys } from "../../api/people.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Minute } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { PersonLink } from "./names.tsx";

export function DelegationList({
  delegations,
  mayEnd,
  label,
}: {
  delegations: readonly DelegationView[];
  mayEnd: (delegation: DelegationView) => boolean;
  label: string;
}): ReactNode {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: endDelegation,
    onSettled: () => void client.invalidateQueries({ queryKey: peopleKeys.all }),
  });
  return (
    <>
      <ul className="hp-lines" aria-label={label}>
        {delegations.map((one) => (
          <li key={one.id}>
            <div>
              <DelegationWords delegation={one} />
            </div>
            {isOfFile(one) && <span className="hp-muted hp-small">of the people file</span>}
            {mayEnd(one) && !isOfFile(one) && (
              <Button
                size="compact-sm"
                variant="default"
                loading={end.isPending && end.variables === one.id}
                onClick={() => end.mutate(one.id)}
              >
                {one.live ? "End it now" : "Take it back"}
                <span className="hp-sr">
                  : {one.from} to {one.to}
                </span>
              </Button>
            )}
          </li>
        ))}
      </ul>
      {end.isError && <ProblemNotice fault={end.error} />}
    </>
  );
}

/** The file says it, so the file is where it is taken back. */
function isOfFile({ id }: DelegationView): boolean {
  return id.startsWith("file_");
}

function DelegationWords({ delegation }: { delegation: DelegationView }): ReactNode {
  const { from, from_name, to, to_name, live, starts, ends, reason, by } = delegation;
  return (
    <>
      <PersonLink id={to} name={to_name} /> decides for <PersonLink id={from} name={from_name} />{" "}
      {live ? (
        <>
          until <Minute at={ends} />
        </>
      ) : (
        <>
          from <Minute at={starts} /> to <Minute at={ends} />
        </>
      )}
      {live && <span className="hp-badge hp-tone-work hp-mark-word">now</span>}
      {reason !== null && (
        <div className="hp-muted hp-small">
          <Untrusted text={reason} />
        </div>
      )}
      {by !== from && (
        <div className="hp-muted hp-small">
          Written down by <Untrusted text={by} />
        </div>
      )}
    </>
  );
}
