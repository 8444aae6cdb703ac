// The page of one hold.

import type { ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { asProblem } from "../api/problem.ts";
import { Card } from "../features/card/card.tsx";
import { useCard } from "../features/card/use-card.ts";
import { paths } from "../paths.ts";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { useShortcuts } from "../ui/shortcuts.ts";
import { writtenOut } from "../ui/visible-text.ts";

export function CardRoute(): ReactNode {
  const { id = "" } = useParams();
  return <CardPage key={id} id={id} />;
}

function CardPage({ id }: { id: string }): ReactNode {
  const { card, stale, fault, reload } = useCard(id);
  const navigate = useNavigate();
  usePageTitle(card === null ? "Hold" : writtenOut(card.decision_summary.title, false));
  useShortcuts({ u: () => void navigate(paths.inbox) });
  if (fault !== null && asProblem(fault).status === 404) return <NoSuchHold id={id} />;
  return (
    <div className="hp-stack">
      <p className="hp-small">
        <Link to={paths.inbox}>← Inbox</Link>
      </p>
      {fault !== null && <ProblemNotice fault={fault} retry={reload} />}
      {card === null && fault === null && <Loading />}
      {card !== null && <Card card={card} stale={stale} onReload={reload} />}
    </div>
  );
}

function NoSuchHold({ id }: { id: string }): ReactNode {
  return (
    <Empty title="There is no such hold">
      <p>
        It may be a job that never waited for people: <Link to={paths.job(id)}>see the job</Link>,
        or go back to the <Link to={paths.inbox}>inbox</Link>.
      </p>
    </Empty>
  );
}

function Loading(): ReactNode {
  return (
    <output className="hp-stack" aria-label="Loading the hold">
      <div className="hp-skeleton" style={{ height: 30, width: "60%" }} />
      <div className="hp-skeleton" style={{ height: 220 }} />
      <div className="hp-skeleton" style={{ height: 120 }} />
    </output>
  );
}
