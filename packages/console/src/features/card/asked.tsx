// Of part 3 of the card: what is asked of whom, who of them is on duty, who was told, who has voted.

import type { ReactNode } from "react";
import type { ToldView, WhoView } from "@holdpoint/core/wire/hold";
import type { CardView, RequirementView, ReviewView } from "@holdpoint/core/wire/response";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { isPublicationCard } from "./publication.tsx";
import { Section } from "./section.tsx";
import { targetWords } from "./target-words.ts";

/** Beyond these, names of people who are not there now are folded away. */
const namesShown = 6;

export function AskedSection({ card }: { card: CardView }): ReactNode {
  const votes = card.reviews.filter((review) => review.kind !== "comment");
  return (
    <Section title="Who decides">
      <Asked
        requirements={card.requirements}
        exclude={card.exclude}
        isPublication={isPublicationCard(card)}
        isHidden={card.votes_hidden}
      />
      {card.watch !== null && card.who.length > 0 && (
        <div className="hp-stack-tight">
          <h3>{card.watch.level === 0 ? "The people behind it" : "Asked by now"}</h3>
          {card.who.map((who) => (
            <Behind key={who.target} who={who} />
          ))}
        </div>
      )}
      <Told told={card.told} />
      <Votes card={card} votes={votes} />
    </Section>
  );
}

export function Asked({
  requirements,
  exclude = [],
  isPublication = false,
  isHidden = false,
}: {
  requirements: readonly RequirementView[];
  exclude?: readonly string[];
  /** Only admins vote about those. */
  isPublication?: boolean;
  /** How many approved is not told to whoever has not voted. */
  isHidden?: boolean;
}): ReactNode {
  if (requirements.length === 0) return null;
  return (
    <div>
      <h3>Asked for</h3>
      <ul>
        {requirements.map((one, index) => (
          <li key={index}>
            <strong className="hp-num">
              {isHidden ? one.count : `${Math.min(one.approved, one.count)} of ${one.count}`}
            </strong>{" "}
            {whoIn(one, isPublication)}
            {one.after !== null && ` (after ${one.after})`}
            {one.deny_count > 1 && `; ${one.deny_count} rejections reject`}
            {one.blind && "; votes stay hidden from whoever has not voted"}
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
  last_pair: "both of the two who approved the last one",
};

function excluded(word: string): string {
  return exclusionWords[word] ?? word.replace(/^person:/, "");
}

/** Whoever is there now comes first; the mark is a word, not a colour alone. */
function Behind({ who }: { who: WhoView }): ReactNode {
  const present = who.people.filter((person) => person.on_duty);
  const absent = who.people.filter((person) => !person.on_duty);
  const isFolded = absent.length > namesShown;
  return (
    <div className="hp-behind">
      <div className="hp-small hp-muted">
        <Untrusted text={targetWords(who.target)} />
      </div>
      {present.length === 0 && (
        <p className="hp-small hp-urgent">
          {who.people.length === 0 ? "Nobody is known here." : "Nobody is on duty now."}
        </p>
      )}
      <People people={present} />
      {!isFolded && <People people={absent} />}
      {isFolded && (
        <details>
          <summary>{absent.length} more, not on duty</summary>
          <People people={absent} />
        </details>
      )}
    </div>
  );
}

function People({ people }: { people: WhoView["people"] }): ReactNode {
  if (people.length === 0) return null;
  return (
    <ul className="hp-people">
      {people.map((person) => (
        <li key={person.id} data-duty={person.on_duty}>
          <Untrusted text={person.name ?? person.id} />{" "}
          <small>{person.on_duty ? "on duty" : "off duty"}</small>
        </li>
      ))}
    </ul>
  );
}

const deliveryWords: Readonly<Record<string, string>> = {
  pending: "on its way",
  delivered: "delivered",
  dead: "not delivered: given up",
  gathered: "sent with others",
  dropped: "not needed any more",
};

function Told({ told }: { told: readonly ToldView[] }): ReactNode {
  if (told.length === 0) return null;
  const delivered = told.filter(({ state }) => state === "delivered" || state === "gathered");
  const dead = told.filter(({ state }) => state === "dead");
  return (
    <details>
      <summary>
        Who was told: {delivered.length} of {told.length} delivered
        {dead.length > 0 && `, ${dead.length} given up`}
      </summary>
      <ul className="hp-told">
        {told.map((one, index) => (
          <li key={index} data-state={one.state}>
            <strong>
              <Untrusted text={one.name ?? one.person ?? "a shared place"} />
            </strong>{" "}
            by <Untrusted text={one.channel} />: {deliveryWords[one.state] ?? one.state},{" "}
            <At at={one.at} />
            {one.level !== null && one.level > 0 && (
              <span className="hp-muted"> (widening {one.level})</span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

const voteWords: Readonly<Record<ReviewView["kind"], string>> = {
  approve: "approved",
  reject: "rejected",
  modify: "modified it",
  comment: "commented",
  abstain: "abstained",
  override: "overrode it",
};

function Votes({ card, votes }: { card: CardView; votes: readonly ReviewView[] }): ReactNode {
  if (card.votes_hidden) {
    return (
      <p className="hp-small">
        {card.votes === 0 ? "Nobody has voted yet." : `${card.votes} voted.`} How is shown to you
        once you have voted.
      </p>
    );
  }
  if (votes.length === 0) return <p className="hp-muted hp-small">Nobody has voted yet.</p>;
  return (
    <ul className="hp-votes">
      {votes.map((vote) => (
        <li key={vote.id}>
          <strong>
            <Untrusted text={vote.person.name ?? vote.person.id} />
          </strong>{" "}
          {voteWords[vote.kind]}
          {vote.voted_for !== null && (
            <>
              {" "}
              for <Untrusted text={vote.voted_for.name ?? vote.voted_for.id} />
            </>
          )}
          , <At at={vote.at} />
          {vote.assurance === "chat" && <span className="hp-muted"> (in chat)</span>}
          {vote.kind !== "modify" && vote.job_hash !== card.job_hash && (
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
