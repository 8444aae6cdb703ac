// Parts 4 and 5 of the card: how unusual it is, and who is behind it.

import type { ReactNode } from "react";
import { Link } from "react-router";
import type { CardView } from "@holdpoint/core/wire/response";
import { paths } from "../../paths.ts";
import { RiskBadge, StateBadge } from "../../ui/state-badge.tsx";
import { At } from "../../ui/time.tsx";
import { MixedWarning, Untrusted } from "../../ui/untrusted.tsx";
import { Fact, Section } from "./section.tsx";

export function UnusualSection({ card }: { card: CardView }): ReactNode {
  const { risk, similar } = card;
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
      {similar.length === 0 ? (
        <p className="hp-muted">No earlier decision on an action like this one.</p>
      ) : (
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
            </li>
          ))}
        </ul>
      )}
    </Section>
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
          {agent.on_behalf_of === null ? (
            <span className="hp-muted">nobody named</span>
          ) : (
            <>
              <Untrusted text={agent.on_behalf_of} /> <MixedWarning text={agent.on_behalf_of} />
            </>
          )}
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
        <Fact name="Job">
          <Link to={paths.job(card.job.id)} className="hp-code">
            {card.job.id}
          </Link>
        </Fact>
      </dl>
    </Section>
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
