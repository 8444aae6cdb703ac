// Beside each other: this action, and the one near to it that people rejected.

import type { ReactNode } from "react";
import { useMemo } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { CardView, JobView } from "@holdpoint/core/wire/response";
import { getJob, keys } from "../../api/queries.ts";
import { paths } from "../../paths.ts";
import { JsonValue } from "../../ui/json-view.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Ago } from "../../ui/time.tsx";
import { LongText, Untrusted } from "../../ui/untrusted.tsx";
import { changesBetween } from "./json-change.ts";

/** The id in the address of the page, so that the mark at the top leads here. */
export const nearId = "near-rejected";

export function NearRejected({ card }: { card: CardView }): ReactNode {
  const id = card.watch?.near ?? null;
  const other = useQuery({
    queryKey: keys.job(id ?? ""),
    queryFn: ({ signal }) => getJob(id ?? "", signal),
    enabled: id !== null,
  });
  if (id === null) return null;
  const known = card.similar.find(({ near }) => near);
  return (
    <div id={nearId} className="hp-near" tabIndex={-1}>
      <h3>Near to one that people rejected</h3>
      {known !== undefined && (
        <p>
          <Link to={paths.job(known.job.id)}>
            <Untrusted text={known.title} />
          </Link>
          {known.resolved_at !== null && (
            <>
              , rejected <Ago at={known.resolved_at} />
            </>
          )}
          {known.code !== null && ` (${known.code.replaceAll("_", " ")})`}
        </p>
      )}
      {known !== undefined && known.reason !== null && known.reason !== "" && (
        <blockquote className="hp-quote-block">
          <LongText text={known.reason} lines label="the reason" />
        </blockquote>
      )}
      {other.isError && <ProblemNotice fault={other.error} retry={() => void other.refetch()} />}
      {other.isPending && <div className="hp-skeleton" style={{ height: 70 }} />}
      {other.data !== undefined && <Beside card={card} other={other.data} />}
    </div>
  );
}

function Beside({ card, other }: { card: CardView; other: JobView }): ReactNode {
  const changes = useMemo(
    () => [
      ...changesBetween(other.action.params, card.action.params, "/params"),
      ...changesBetween(other.action.target, card.action.target, "/target"),
      ...changesBetween(other.action.cost, card.action.cost, "/cost"),
    ],
    [card.action, other.action],
  );
  if (changes.length === 0) {
    return <p className="hp-small">Parameters, target and cost are the same.</p>;
  }
  return (
    <table className="hp-beside">
      <thead>
        <tr>
          <th scope="col">What differs</th>
          <th scope="col">Rejected</th>
          <th scope="col">This one</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.path}>
            <th scope="row" className="hp-code">
              <Untrusted text={change.path} />
            </th>
            <td>
              <JsonValue value={change.before} label={`${change.path}, rejected`} />
            </td>
            <td>
              <JsonValue value={change.after} label={`${change.path}, this one`} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
