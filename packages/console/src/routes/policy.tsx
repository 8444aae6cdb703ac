// The policy that decides now: its text, what the checks say, and a place to try actions.

import "../features/policy/policy.css";
import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import type { PolicyView } from "@holdpoint/core/wire/response";
import { getPolicy, keys } from "../api/queries.ts";
import { Playground } from "../features/policy/playground.tsx";
import { Findings, SourceView } from "../features/policy/source-view.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { At } from "../ui/time.tsx";
import { Untrusted } from "../ui/untrusted.tsx";

export function PolicyRoute(): ReactNode {
  usePageTitle("Policy");
  const policy = useQuery({ queryKey: keys.policy, queryFn: ({ signal }) => getPolicy(signal) });
  return (
    <div className="hp-stack">
      <h1>Policy</h1>
      {policy.isError && policy.data === undefined && (
        <ProblemNotice fault={policy.error} retry={() => void policy.refetch()} />
      )}
      <div className="hp-policy">
        <div className="hp-stack">
          {policy.isPending && (
            <output
              className="hp-skeleton"
              style={{ height: 400 }}

              aria-label="Loading"
            />
          )}
          {policy.data !== undefined && <Active policy={policy.data} />}
        </div>
        <Playground />
      </div>
    </div>
  );
}

function Active({ policy }: { policy: PolicyView }): ReactNode {
  const findings = policy.findings ?? [];
  return (
    <>
      <section className="hp-panel hp-stack-tight" aria-label="Active snapshot">
        <h2>Active snapshot</h2>
        <p className="hp-code">
          <Untrusted text={policy.snapshot} />{" "}
          <CopyButton text={policy.snapshot} label="the snapshot" />
        </p>
        <p className="hp-muted hp-small">
          {policy.rules} rule{policy.rules === 1 ? "" : "s"}, activated by{" "}
          <Untrusted text={policy.author} />, <At at={policy.created_at} />
          {policy.message !== null && policy.message !== "" && (
            <>
              {": "}
              <Untrusted text={policy.message} />
            </>
          )}
        </p>
        <Findings findings={findings} />
      </section>
      {policy.source !== undefined && <SourceView source={policy.source} findings={findings} />}
    </>
  );
}
