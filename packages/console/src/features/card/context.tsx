// Parts 4 and 5 of the card: how unusual it is, and who is behind it.

import type { ReactNode } from "react";
import { Link } from "react-router";
import type { CardView } from "@holdpoint/core/wire/response";
import { paths } from "../../paths.ts";
import { RiskBadge, StateBadge } from "../../ui/state-badge.tsx";
import { spanInWords } from "../../ui/span.ts";
import { At } from "../../ui/time.tsx";
import { MixedWarning, Untrusted } from "../../ui/untrusted.tsx";
import { NearRejected } from "./near-rejected.tsx";
import { isPublicationCard, PublicationAuthor } from "./publication.tsx";
import { Fact, Section } from "./section.tsx";

export function UnusualSection({ card }: { card: CardView }): ReactNode {
  const { risk } = card;
  const similar = card.similar.filter(({ near }) => !near);
  const isNear = card.watch?.near != null;
  return (
    <Section title="How unusual it is">
      <p className="hp-row-wrap">
        <RiskBadge level={risk.level} />
        <span>
          {risk.reasons.length === 0 ? (
            "Nothing stands out."
          ) : (
            <Untrusted text={risk.reasons.join("; ")} />
          )}
        </span>
      </p>
      <NearRejected card={card} />
      {card.facts?.history != null && <HistoryFacts history={card.facts.history} />}
      {similar.length === 0 && !isNear && (
        <p className="hp-muted">No earlier decision on an action like this one.</p>
      )}
      {similar.length > 0 && (
        <ul className="hp-similar">
          {similar.map((one) => (
            <li key={one.job.id}>
              <StateBadge state={one.job.state} />{" "}
              <Link to={paths.job(one.job.id)}>
                <Untrusted text={one.title} />
              </Link>
              {one.resolved_at !== null && (
                <span className="hp-muted">
                  {" "}
                  <At at={one.resolved_at} />
                </span>
              )}
              {one.job.state === "REJECTED" && one.reason !== null && one.reason !== "" && (
                <div className="hp-small hp-muted">
                  <Untrusted text={one.reason} />
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

type History = NonNullable<NonNullable<CardView["facts"]>["history"]>;

/** What the server knew of this agent, topic and target before it decided. */
function HistoryFacts({ history }: { history: History }): ReactNode {
  const { first_time: first, count, usual } = history;
  const news = [
    first.agent ? "this agent" : "",
    first.topic ? "this agent with this topic" : "",
    first.target ? "this agent with this target" : "",
  ].filter((words) => words !== "");
  return (
    <dl className="hp-pairs">
      {news.length > 0 && <Fact name="First time">{news.join(", ")}</Fact>}
      <Fact name="Like it before">
        <span className="hp-num">{count.hour}</span> in the last hour,{" "}
        <span className="hp-num">{count.day}</span> in the last day
      </Fact>
      {Object.entries(usual).map(([path, range]) =>
        typeof range === "string" ? null : (
          <Fact key={path} name={<Untrusted text={`Usual ${path.replace(/^params\./, "")}`} />}>
            <span className="hp-num">
              {range.low} to {range.high}
            </span>{" "}
            <span className="hp-muted">in {range.count} earlier actions</span>
          </Fact>
        ),
      )}
      {history.last_outcome !== null && (
        <Fact name="The last one">
          <Untrusted text={history.last_outcome.toLowerCase()} />
        </Fact>
      )}
      {history.since_rejection_ms !== null && (
        <Fact name="Last rejected">{spanInWords(history.since_rejection_ms)} before</Fact>
      )}
    </dl>
  );
}

export function WhoSection({ card }: { card: CardView }): ReactNode {
  const { agent, labels, risk_tags: tags } = card.action;
  return (
    <Section title="Who is behind it">
      <dl className="hp-pairs">
        <Fact name="Agent">
          <Untrusted text={agent.id} /> <MixedWarning text={agent.id} />
        </Fact>
        <Fact name="On behalf of">
          <OnBehalfOf card={card} />
        </Fact>
        {agent.run !== null && (
          <Fact name="Run">
            <span className="hp-code">
              <Untrusted text={agent.run} />
            </span>
          </Fact>
        )}
        {agent.thread !== null && (
          <Fact name="Thread">
            <span className="hp-code">
              <Untrusted text={agent.thread} />
            </span>
          </Fact>
        )}
        {Object.entries(labels).map(([name, value]) => (
          <Fact
            key={name}
            name={
              <>
                Label <Untrusted text={name} />
              </>
            }
          >
            <Untrusted text={value} />
          </Fact>
        ))}
        <Fact name="Risk tags">
          {tags.length === 0 ? <span className="hp-muted">none</span> : <Tags tags={tags} />}
        </Fact>
        {card.remediates !== null && (
          <Fact name="Instead of">
            <Link to={paths.job(card.remediates)} className="hp-code">
              {card.remediates}
            </Link>
          </Fact>
        )}
        {card.remediated_by !== null && (
          <Fact name="Replaced by">
            <Link to={paths.job(card.remediated_by)} className="hp-code">
              {card.remediated_by}
            </Link>
          </Fact>
        )}
        {card.replaces !== null && (
          <Fact name="In place of">
            <Link to={paths.job(card.replaces)} className="hp-code">
              {card.replaces}
            </Link>
          </Fact>
        )}
        <Fact name="Job">
          <Link to={paths.job(card.job.id)} className="hp-code">
            {card.job.id}
          </Link>
        </Fact>
      </dl>
    </Section>
  );
}

function OnBehalfOf({ card }: { card: CardView }): ReactNode {
  const name = card.action.agent.on_behalf_of;
  if (name === null) return <span className="hp-muted">nobody named</span>;
  if (isPublicationCard(card)) return <PublicationAuthor card={card} />;
  return (
    <>
      <Untrusted text={name} /> <MixedWarning text={name} />
    </>
  );
}

function Tags({ tags }: { tags: readonly string[] }): ReactNode {
  return (
    <span className="hp-row-wrap">
      {tags.map((tag) => (
        <span key={tag} className="hp-tag">
          {tag}
        </span>
      ))}
    </span>
  );
}
