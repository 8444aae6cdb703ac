// Part 3 of the card: the rule that fired, what it checked, what is asked of whom, who has voted.

import type { ReactNode } from "react";
import type { CardView, RequirementView, ReviewView } from "@holdpoint/core/wire/response";
import { At } from "../../ui/time.tsx";
import { Clauses, TraceView, Warnings } from "../../ui/trace-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { isPublicationCard } from "./publication.tsx";
import { Section } from "./section.tsx";

export function WhySection({ card }: { card: CardView }): ReactNode {
  const winner = card.trace?.rules.find((rule) => rule.won);
  const votes = card.reviews.filter((review) => review.kind !== "comment");
  return (
    <Section title="Why it is held">
      <p>
        <Untrusted text={card.policy_reason} />
      </p>
      <p className="hp-small hp-muted">
        {card.policy_rule_id === null ? (
          "No rule matched; the default of the policy asks for people."
        ) : (
          <>
            Rule{" "}
            <span className="hp-code">
              <Untrusted text={card.policy_rule_id} />
            </span>
          </>
        )}
        {" · policy "}
        <span className="hp-code" title={card.policy_snapshot}>
          {shortSnapshot(card.policy_snapshot)}
        </span>
      </p>
      {winner && <Clauses clauses={winner.clauses} />}
      {card.warnings.length > 0 && (
        <div>
          <h3>Rules on trial that matched</h3>
          <Warnings warnings={card.warnings} />
        </div>
      )}
      {card.trace !== null && (
        <details>
          <summary>All rules that were checked</summary>
          <TraceView trace={card.trace} />
        </details>
      )}
      <Asked
        requirements={card.requirements}
        exclude={card.exclude}
        isPublication={isPublicationCard(card)}
      />
      <Votes votes={votes} currentHash={card.job_hash} />
    </Section>
  );
}

export function shortSnapshot(snapshot: string): string {
  const at = snapshot.lastIndexOf("sha256:");
  return at < 0 ? snapshot : snapshot.slice(at + 7, at + 19);
}

export function Asked({
  requirements,
  exclude = [],
  isPublication = false,
}: {
  requirements: readonly RequirementView[];
  exclude?: readonly string[];
  /** Only admins vote about those. */
  isPublication?: boolean;
}): ReactNode {
  if (requirements.length === 0) return null;
  return (
    <div>
      <h3>Asked for</h3>
      <ul>
        {requirements.map((one, index) => (
          <li key={index}>
            <strong className="hp-num">
              {Math.min(one.approved, one.count)} of {one.count}
            </strong>{" "}
            {whoIn(one, isPublication)}
            {one.after !== null && ` (after ${one.after})`}
            {one.deny_count > 1 && `; ${one.deny_count} rejections reject`}
          </li>
        ))}
      </ul>
      {isPublication && <p className="hp-small hp-muted">Only admins vote about a policy.</p>}
      {exclude.length > 0 && (
        <p className="hp-small hp-muted">Not by: {exclude.map(excluded).join(", ")}</p>
      )}
    </div>
  );
}

function whoIn(one: RequirementView, isPublication: boolean): ReactNode {
  const nobodyNamed = one.role === undefined && one.group === undefined;
  if (isPublication && nobodyNamed) return one.count === 1 ? "admin" : "admins";
  if (one.role !== undefined)
    return (
      <>
        with the role <Untrusted text={one.role} />
      </>
    );
  if (one.group !== undefined)
    return (
      <>
        from the group <Untrusted text={one.group} />
      </>
    );
  return one.count === 1 ? "person who may review" : "people who may review";
}

const exclusionWords: Readonly<Record<string, string>> = {
  requester: "who proposed it",
  agent_owner: "the owner of the agent",
  on_behalf_of: "the person it is done for",
  last_pair: "the two who approved the last one",
};

function excluded(word: string): string {
  return exclusionWords[word] ?? word.replace(/^person:/, "");
}

const voteWords: Readonly<Record<ReviewView["kind"], string>> = {
  approve: "approved",
  reject: "rejected",
  modify: "modified it",
  comment: "commented",
  abstain: "abstained",
  override: "overrode it",
};

function Votes({
  votes,
  currentHash,
}: {
  votes: readonly ReviewView[];
  currentHash: string;
}): ReactNode {
  if (votes.length === 0) return <p className="hp-muted hp-small">Nobody has voted yet.</p>;
  return (
    <ul className="hp-votes">
      {votes.map((vote) => (
        <li key={vote.id}>
          <strong>
            <Untrusted text={vote.person.name ?? vote.person.id} />
          </strong>{" "}
          {voteWords[vote.kind]}, <At at={vote.at} />
          {vote.kind !== "modify" && vote.job_hash !== currentHash && (
            <span className="hp-muted"> (an earlier version; does not count)</span>
          )}
          {vote.reason !== null && vote.reason !== "" && (
            <div className="hp-muted">
              <Untrusted text={vote.reason} lines />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}
