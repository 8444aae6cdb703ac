// Drafts of the policy: what is being written, waits for people, or waits for its time.

import type { ReactNode } from "react";
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "react-router";
import type { DraftView } from "@holdpoint/core/wire/policy-life";
import { getDrafts, makeDraft, policyKeys } from "../api/policy-life.ts";
import { getPolicy, keys } from "../api/queries.ts";
import { DraftState } from "../features/policy/draft-state.tsx";
import { paths } from "../paths.ts";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { At } from "../ui/time.tsx";
import { Untrusted } from "../ui/untrusted.tsx";

export function DraftsRoute(): ReactNode {
  usePageTitle("Drafts");
  const client = useQueryClient();
  const go = useNavigate();
  const drafts = useQuery({
    queryKey: policyKeys.drafts,
    queryFn: ({ signal }) => getDrafts(signal),
  });
  const active = useQuery({ queryKey: keys.policy, queryFn: ({ signal }) => getPolicy(signal) });
  const begin = useMutation({
    mutationFn: makeDraft,
    onSuccess: (draft) => {
      void client.invalidateQueries({ queryKey: policyKeys.drafts });
      void go(paths.draft(draft.id));
    },
  });
  const source = active.data?.source;
  return (
    <section className="hp-stack" aria-label="Drafts">
      <div className="hp-head">
        <p className="hp-muted">
          A draft changes nothing until it is published, and somebody else approves that.
        </p>
        <Button
          loading={begin.isPending}
          disabled={source === undefined}
          onClick={() => begin.mutate(source ?? "")}
        >
          New draft from the active policy
        </Button>
      </div>
      {begin.isError && <ProblemNotice fault={begin.error} />}
      {drafts.isError && <ProblemNotice fault={drafts.error} retry={() => void drafts.refetch()} />}
      {drafts.data?.items.length === 0 && (
        <Empty title="No drafts">
          <p>Begin with a copy of the active policy, change it, and see what that would do.</p>
        </Empty>
      )}
      <ul className="hp-list">
        {drafts.data?.items.map((draft) => (
          <li key={draft.id} className="hp-panel">
            <DraftLine draft={draft} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function DraftLine({ draft }: { draft: DraftView }): ReactNode {
  return (
    <div className="hp-stack-tight">
      <p className="hp-row-wrap">
        <DraftState state={draft.state} />
        <Link to={paths.draft(draft.id)}>
          {draft.message === null || draft.message === "" ? (
            "Draft without a message"
          ) : (
            <Untrusted text={draft.message} />
          )}
        </Link>
      </p>
      <p className="hp-muted hp-small">
        by <Untrusted text={draft.author.name ?? draft.author.id} />, <At at={draft.updated_at} />
        {draft.outcome !== null && (
          <>
            {": "}
            <Untrusted text={draft.outcome} />
          </>
        )}
      </p>
    </div>
  );
}
