// The policy that decides now: how it came to be, what runs beside it, its text and what the checks say.

import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import type { PolicyView } from "@holdpoint/core/wire/response";
import { getPolicyState, policyKeys } from "../api/policy-life.ts";
import { getPolicy, keys } from "../api/queries.ts";
import { HistoryPanel } from "../features/policy/history.tsx";
import { RolloutPanel } from "../features/policy/rollout.tsx";
import { ShadowPanel } from "../features/policy/shadow.tsx";
import { Findings, SourceView } from "../features/policy/source-view.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { At } from "../ui/time.tsx";
import { Untrusted } from "../ui/untrusted.tsx";

export function PolicyRoute(): ReactNode {
  usePageTitle("Policy");
  const policy = useQuery({ queryKey: keys.policy, queryFn: ({ signal }) => getPolicy(signal) });
  const state = useQuery({
    queryKey: policyKeys.state,
    queryFn: ({ signal }) => getPolicyState(signal),
  });
  return (
    <div className="hp-stack">
      {policy.isError && policy.data === undefined && (
        <ProblemNotice fault={policy.error} retry={() => void policy.refetch()} />
      )}
      {state.isError && <ProblemNotice fault={state.error} retry={() => void state.refetch()} />}
      <div className="hp-policy">
        {policy.isPending && (
          <output className="hp-skeleton" style={{ height: 400 }} aria-label="Loading" />
        )}
        {policy.data !== undefined && <Active policy={policy.data} />}
        {state.data !== undefined && (
          <div className="hp-stack hp-policy-life">
            {state.data.rollout !== null && <RolloutPanel rollout={state.data.rollout} />}
            {state.data.shadow?.ended_at === null && <ShadowPanel />}
            <HistoryPanel state={state.data} />
          </div>
        )}
        {policy.data?.source !== undefined && (
          <SourceView source={policy.data.source} findings={policy.data.findings ?? []} />
        )}
      </div>
    </div>
  );
}

function Active({ policy }: { policy: PolicyView }): ReactNode {
  const findings = policy.findings ?? [];
  return (
    <section className="hp-panel hp-stack-tight" aria-label="Active snapshot">
      <h2>Active snapshot</h2>
      <p className="hp-code">
        <Untrusted text={policy.snapshot} />{" "}
        <CopyButton text={policy.snapshot} label="the snapshot" />
      </p>
      <p className="hp-muted hp-small">
        {policy.rules} rule{policy.rules === 1 ? "" : "s"}, activated by{" "}
        <Untrusted text={policy.author_name ?? policy.author} />, <At at={policy.created_at} />
        {policy.message !== null && policy.message !== "" && (
          <>
            {": "}
            <Untrusted text={policy.message} />
          </>
        )}
      </p>
      <Findings findings={findings} />
    </section>
  );
}
