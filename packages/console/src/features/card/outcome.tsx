// A card after its decision: locked, with what became of it.

import type { ReactNode } from "react";
import { Link } from "react-router";
import type { CardView } from "@holdpoint/core/wire/response";
import { paths } from "../../paths.ts";
import type { Tone } from "../../ui/notice.tsx";
import { stateWords } from "../../ui/state-badge.tsx";
import { Ago } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { takeoverWords } from "./takeover-words.ts";

function toneOf(state: CardView["job"]["state"]): Tone {
  if (state === "APPROVED" || state === "EXECUTING" || state === "SUCCEEDED") return "go";
  return state === "CANCELLED" || state === "UNKNOWN" ? "hold" : "stop";
}

export function OutcomeBanner({ card }: { card: CardView }): ReactNode {
  const { resolution, outcome, job } = card;
  return (
    <output className={`hp-notice hp-notice-${toneOf(job.state)}`}>
      <div className="hp-notice-body hp-stack-tight">
        <strong>{stateWords(job.state)}</strong>
        {resolution !== null && (
          <div>
            {resolution.kind} by <Untrusted text={resolution.by.name ?? resolution.by.id} />,{" "}
            <Ago at={resolution.at} />
            {resolution.code !== null && ` (${resolution.code.replaceAll("_", " ")})`}
            {resolution.reason !== null && resolution.reason !== "" && (
              <blockquote className="hp-quote-block">
                <Untrusted text={resolution.reason} lines />
              </blockquote>
            )}
          </div>
        )}
        {outcome !== null && (
          <div>
            It {outcome.status === "SUCCEEDED" ? "ran and succeeded" : "ran and failed"},{" "}
            <Ago at={outcome.at} />
            {outcome.drift && <strong>; the effect is not the one that was previewed</strong>}
            {outcome.summary !== null && outcome.summary !== "" && (
              <blockquote className="hp-quote-block">
                Reported by the agent: <Untrusted text={outcome.summary} lines />
              </blockquote>
            )}
          </div>
        )}
        {resolution?.code === "override" && (
          <div>
            It was released in an emergency, without those asked.{" "}
            <Link to={paths.governance}>See the review of it</Link>
          </div>
        )}
        {card.takeover !== null && (
          <div>
            {takeoverWords[card.takeover.state]}. <Link to={paths.takeovers}>See the takeover</Link>
          </div>
        )}
        {card.replaced_by !== null && (
          <div>
            <Link to={paths.job(card.replaced_by)}>See what the agent proposed instead</Link>
          </div>
        )}
        <Link to={paths.job(job.id)}>See the whole way of this job</Link>
      </div>
    </output>
  );
}
