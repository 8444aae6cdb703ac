// A policy that is evaluated beside the active one and decides nothing.

import type { ReactNode } from "react";
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import type { ShadowView } from "@holdpoint/core/wire/policy-life";
import { endShadow, getShadow, policyKeys } from "../../api/policy-life.ts";
import { paths } from "../../paths.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { DecisionBadge } from "../../ui/state-badge.tsx";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { shortDigest, VerdictWords } from "./report-parts.tsx";

export function ShadowPanel(): ReactNode {
  const client = useQueryClient();
  const shadow = useQuery({
    queryKey: policyKeys.shadow,
    queryFn: ({ signal }) => getShadow(signal),
  });
  const end = useMutation({
    mutationFn: endShadow,
    onSettled: () => void client.invalidateQueries({ queryKey: policyKeys.all }),
  });
  return (
    <section className="hp-panel hp-stack-tight" aria-label="Shadow">
      <h2>Beside it, deciding nothing</h2>
      {shadow.isError && <ProblemNotice fault={shadow.error} retry={() => void shadow.refetch()} />}
      {shadow.data !== undefined && <Compared shadow={shadow.data} />}
      <div className="hp-buttons">
        <Button
          size="compact-sm"
          variant="default"
          loading={end.isPending}
          onClick={() => end.mutate()}
        >
          End it
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => void shadow.refetch()}>
          Count again
        </Button>
      </div>
      {end.isError && <ProblemNotice fault={end.error} />}
    </section>
  );
}

function Compared({ shadow }: { shadow: ShadowView }): ReactNode {
  return (
    <>
      <p className="hp-muted hp-small">
        <span className="hp-code" title={shadow.digest}>
          {shortDigest(shadow.digest)}
        </span>
        , by <Untrusted text={shadow.author_name ?? shadow.author} />, <At at={shadow.started_at} />
        . {shadow.verdicts} decision{shadow.verdicts === 1 ? "" : "s"} compared
        {shadow.left_out > 0 && `, ${shadow.left_out} left out because too many came at once`}.
      </p>
      {shadow.transitions.length > 0 && (
        <div className="hp-scroll">
          <table className="hp-table">
            <caption className="hp-sr">Decisions of both policies</caption>
            <thead>
              <tr>
                <th scope="col">active</th>
                <th scope="col">beside it</th>
                <th scope="col">actions</th>
              </tr>
            </thead>
            <tbody>
              {shadow.transitions.map(({ from, to, count }) => (
                <tr key={`${from} ${to}`}>
                  <td>
                    <DecisionBadge decision={from.toUpperCase()} />
                  </td>
                  <td>
                    <DecisionBadge decision={to.toUpperCase()} />
                  </td>
                  <td className="hp-num">{count}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Samples samples={shadow.samples} />
    </>
  );
}

function Samples({ samples }: { samples: ShadowView["samples"] }): ReactNode {
  if (samples.length === 0) return null;
  return (
    <details>
      <summary>
        {samples.length} that differ{samples.length === 1 ? "s" : ""}
      </summary>
      <ul className="hp-stack-tight">
        {samples.map((sample) => (
          <li key={sample.job_id} className="hp-rule">
            <Link to={paths.job(sample.job_id)} className="hp-code">
              {sample.job_id}
            </Link>{" "}
            <span className="hp-code hp-muted">{sample.topic}</span>
            <p className="hp-row-wrap">
              <VerdictWords verdict={{ decision: sample.from, rule: sample.from_rule }} />{" "}
              <span aria-label="becomes">→</span>{" "}
              <VerdictWords verdict={{ decision: sample.to, rule: sample.to_rule }} />
            </p>
            <p className="hp-muted hp-small">
              <Untrusted text={sample.reason} />
            </p>
          </li>
        ))}
      </ul>
    </details>
  );
}
