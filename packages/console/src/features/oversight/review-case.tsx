// One override with what is needed to judge it, and the judgement once there is one.

import type { ReactNode } from "react";
import { Button } from "@mantine/core";
import { Link } from "react-router";
import type { GovernanceView } from "@holdpoint/core/wire/governance";
import { paths } from "../../paths.ts";
import { Ago, At, In } from "../../ui/time.tsx";
import { LongText, Untrusted } from "../../ui/untrusted.tsx";
import { Fact } from "../card/section.tsx";
import { targetWords } from "../card/target-words.ts";
import { PersonName, PersonNames } from "./parts.tsx";

export function ReviewCase({
  review,
  onJudge,
}: {
  review: GovernanceView;
  onJudge: () => void;
}): ReactNode {
  const isOpen = review.state === "open";
  return (
    <li className="hp-panel hp-case">
      <div className="hp-head">
        <Link to={paths.approval(review.job_id)} className="hp-case-title">
          <Untrusted text={review.title} />
        </Link>
        <DueBadge review={review} />
      </div>
      <p>
        <strong>
          <PersonNames people={review.people} />
        </strong>{" "}
        released it without those asked, <Ago at={review.opened_at} />:
      </p>
      <blockquote className="hp-quote-block">
        <LongText text={review.reason} lines label="the reason" />
      </blockquote>
      {review.opened_own_incident && (
        <p>
          <span className="hp-flag">Who overrode had opened the incident themselves</span>
        </p>
      )}
      <Facts review={review} />
      {isOpen ? (
        <div className="hp-buttons">
          <Button onClick={onJudge}>
            Judge it…<span className="hp-sr"> {review.title}</span>
          </Button>
        </div>
      ) : (
        <Judgement review={review} />
      )}
    </li>
  );
}

function DueBadge({ review }: { review: GovernanceView }): ReactNode {
  if (review.state === "closed") return <span className="hp-badge hp-tone-quiet">Judged</span>;
  return (
    <span className={`hp-badge hp-tone-${review.overdue ? "stop" : "hold"}`}>
      {review.overdue ? (
        <>
          Overdue since <At at={review.due_at} />
        </>
      ) : (
        <>
          Due <In at={review.due_at} />
        </>
      )}
    </span>
  );
}

function Facts({ review }: { review: GovernanceView }): ReactNode {
  return (
    <dl className="hp-pairs">
      <Fact name="Incident">
        <Untrusted text={review.incident} />
      </Fact>
      <Fact name="Allowed by">
        {review.circumstances.length === 0 ? (
          "no circumstance of the rule"
        ) : (
          <Untrusted text={review.circumstances.join(", ")} />
        )}
      </Fact>
      <Fact name="Not waited for">
        {review.skipped.length === 0 ? (
          "nobody"
        ) : (
          <Untrusted text={review.skipped.map(targetWords).join(", ")} />
        )}
      </Fact>
      <Fact name="Rule">
        <span className="hp-code">
          <Untrusted text={review.rule ?? "the default"} />
        </span>
      </Fact>
      <Fact name="Agent">
        <Untrusted text={review.agent} />
      </Fact>
    </dl>
  );
}

function Judgement({ review }: { review: GovernanceView }): ReactNode {
  return (
    <div className="hp-stack-tight">
      <p>
        <strong>{review.legitimate === true ? "Legitimate" : "Not legitimate"}</strong>
        {review.closed_by !== null && (
          <>
            , said <PersonName person={review.closed_by} />
          </>
        )}
        {review.closed_at !== null && (
          <>
            , <Ago at={review.closed_at} />
          </>
        )}
      </p>
      <dl className="hp-pairs">
        <Fact name="What went wrong">
          <LongText text={review.what_went_wrong ?? ""} lines label="what went wrong" />
        </Fact>
        <Fact name="How to avoid it">
          <LongText text={review.how_to_avoid ?? ""} lines label="how to avoid it" />
        </Fact>
      </dl>
    </div>
  );
}
