// What a publication of a policy would do, in the words of the server: who wrote it, what was tried, how it begins.

import type { ReactNode } from "react";
import { Link } from "react-router";
import type { CardView } from "@holdpoint/core/wire/response";
import { paths } from "../../paths.ts";
import { At } from "../../ui/time.tsx";
import { LongText, Untrusted } from "../../ui/untrusted.tsx";
import { Fact } from "./section.tsx";

const publishTopic = "holdpoint.policy.publish";
const publisher = "holdpoint:policy";

/** SECURITY: only the server proposes under this name, so that what it attached was no agent's word. */
export function isPublicationCard({ action }: Pick<CardView, "action">): boolean {
  return action.topic === publishTopic && action.agent.id === publisher;
}

const labels: Readonly<Record<string, string>> = {
  author: "Written by",
  change: "Changes",
  check: "Check",
  findings: "Found",
  tests: "Tests",
  diff: "Compared",
  loosened: "Loosened",
  replay: "Replay",
};

export function PublicationFacts({ card }: { card: CardView }): ReactNode {
  const { params } = card.action;
  const found = new Map(card.evidence.map(({ label, text }) => [label, text ?? ""]));
  const draft = params["draft"];
  const message = params["message"];
  return (
    <>
      <dl className="hp-pairs">
        {typeof message === "string" && message !== "" && (
          <Fact name="Why">
            <LongText text={message} lines lengthMax={600} linesMax={8} label="the message" />
          </Fact>
        )}
        <Fact name="In force">
          <Begins at={params["activate_at"]} percent={params["rollout"]} />
        </Fact>
        {Object.entries(labels).map(([label, name]) => {
          const text = found.get(label);
          return text === undefined ? null : (
            <Fact key={label} name={name}>
              <LongText text={text} lines lengthMax={300} linesMax={4} label={name} />
            </Fact>
          );
        })}
      </dl>
      {typeof draft === "string" && (
        <p className="hp-small">
          <Link to={paths.draft(draft)}>The whole text, with all results</Link>
        </p>
      )}
    </>
  );
}

function Begins({ at, percent }: { at: unknown; percent: unknown }): ReactNode {
  return (
    <>
      {typeof at === "string" ? <At at={at} /> : "at the approval"}
      {typeof percent === "number" ? (
        <>
          , for <strong>{percent} %</strong> of the agents at first
        </>
      ) : (
        ", for all agents"
      )}
    </>
  );
}

/** The person for whom the server publishes; the id stands in the record. */
export function PublicationAuthor({ card }: { card: CardView }): ReactNode {
  const author = card.evidence.find(({ label }) => label === "author")?.text;
  return <Untrusted text={author ?? card.action.agent.on_behalf_of ?? ""} />;
}
