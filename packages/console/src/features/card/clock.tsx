// Part 7 of the card: time left, what happens then, and each step that comes by itself while nobody acts.

import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import type { NextView, WatchView } from "@holdpoint/core/wire/hold";
import type { CardView, EventView } from "@holdpoint/core/wire/response";
import { getJobEvents, keys } from "../../api/queries.ts";
import { thenWhat, At, In, TimeLeft } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { causeInWords, textIn } from "../timeline/event-words.ts";
import { Section } from "./section.tsx";
import { targetWords } from "./target-words.ts";

export function isVeto(card: Pick<CardView, "decision">): boolean {
  return card.decision === "ALLOW_UNLESS_REJECTED";
}

export function TimeSection({ card }: { card: CardView }): ReactNode {
  return (
    <section aria-label="Time left" className="hp-time-left">
      {isVeto(card) ? <Window card={card} /> : <Left card={card} />}
      {card.watch?.overdue === true && card.watch.sla_at !== null && (
        <div className="hp-urgent hp-small">
          Overdue: an answer was promised by <At at={card.watch.sla_at} />
        </div>
      )}
      <div className="hp-muted hp-small">{votesInWords(card)}</div>
    </section>
  );
}

function Left({ card }: { card: CardView }): ReactNode {
  if (card.expires_at === null) return <span>It waits without a time limit.</span>;
  return (
    <div>
      <strong>
        <TimeLeft until={card.expires_at} />
      </strong>
      <span className="hp-muted">, {thenWhat(card.on_timeout)}</span>
    </div>
  );
}

/** Silence releases here, so it is said first and in these words. */
function Window({ card }: { card: CardView }): ReactNode {
  const until = card.watch?.window_at ?? null;
  if (until !== null) {
    return (
      <div>
        <strong>
          Runs at <At at={until} /> unless somebody rejects
        </strong>
        <span className="hp-muted">
          , <TimeLeft until={until} />
        </span>
      </div>
    );
  }
  return (
    <div>
      <strong>Runs by itself once its window is over</strong>
      <span className="hp-muted">
        , which begins when somebody was told
        {card.expires_at !== null && (
          <>
            ; blocked if nobody is by <At at={card.expires_at} />
          </>
        )}
      </span>
    </div>
  );
}

function votesInWords({ requirements, votes, votes_hidden: isHidden }: CardView): string {
  if (isHidden) return votes === 1 ? "1 vote so far" : `${votes} votes so far`;
  const asked = requirements.reduce((sum, one) => sum + one.count, 0);
  const have = requirements.reduce((sum, one) => sum + Math.min(one.approved, one.count), 0);
  return asked === 0 ? "" : `${have} of ${asked} approval${asked === 1 ? "" : "s"} so far`;
}

/** What the hold did by itself, and what it will do. */
export function CourseSection({ card }: { card: CardView }): ReactNode {
  const { watch } = card;
  if (watch === null) return null;
  return (
    <Section title="What happens by itself">
      <p className="hp-small hp-muted">
        <ToldLine watch={watch} />
      </p>
      {watch.level > 0 && <Widenings id={card.job.id} />}
      <ol className="hp-course">
        {untilEnd(watch.coming).map((step, index) => (
          <li key={`${step.kind}-${index}`}>
            <span className="hp-course-when">
              <In at={step.at} />
            </span>
            <span>
              <StepWords step={step} card={card} watch={watch} />{" "}
              <span className="hp-muted hp-small">
                at <At at={step.at} />
              </span>
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** The end of a window ends the hold: nothing after it comes to pass. */
function untilEnd(steps: readonly NextView[]): readonly NextView[] {
  const end = steps.findIndex(({ kind }) => kind === "window");
  return end < 0 ? steps : steps.slice(0, end + 1);
}

function ToldLine({ watch }: { watch: WatchView }): ReactNode {
  if (watch.notified_at === null) return "Nobody was told yet; most clocks wait for that.";
  return (
    <>
      {watch.notified_by === "dashboard" ? (
        <>No channel to people is set up, so the clocks run since </>
      ) : (
        <>
          Told by <Untrusted text={watch.notified_by ?? "a channel"} />; the clocks run since{" "}
        </>
      )}
      <At at={watch.notified_at} />.
    </>
  );
}

function StepWords({
  step,
  card,
  watch,
}: {
  step: NextView;
  card: CardView;
  watch: WatchView;
}): ReactNode {
  switch (step.kind) {
    case "delivery":
      return "the next are asked, if nobody could be told by then";
    case "reminder":
      return "those asked are told again";
    case "sla":
      return "the promised time is over";
    case "claim":
      return (
        <>
          the card is free again, unless{" "}
          <Untrusted text={watch.claim?.person.name ?? watch.claim?.person.id ?? "who has it"} /> is
          heard of
        </>
      );
    case "escalation":
      return step.to === null ? (
        "it widens to the next people"
      ) : (
        <>
          it widens to{" "}
          <strong>
            <Untrusted text={targetWords(step.to)} />
          </strong>
        </>
      );
    case "window":
      return <strong>it runs, unless somebody rejected</strong>;
    case "timeout":
      return isVeto(card) && card.watch?.window_at === null
        ? "it is blocked, if nobody could be told"
        : timeoutWords[card.on_timeout];
  }
}

const timeoutWords: Readonly<Record<CardView["on_timeout"], string>> = {
  block: "it is blocked",
  escalate: "it goes to the next people; when nobody is left it is blocked",
  allow: "it is released, if policy still says so",
};

/** The record says why; the card's own view holds only to whom. */
function Widenings({ id }: { id: string }): ReactNode {
  const events = useQuery({
    queryKey: [...keys.jobEvents(id), "widened"],
    queryFn: ({ signal }) => getJobEvents(id, null, signal),
  });
  const found = events.data?.items.filter(({ type }) => type === "hold.escalated") ?? [];
  return (
    <ul className="hp-votes">
      {found.map((event) => (
        <li key={event.id}>
          <At at={event.at} /> widened to <Untrusted text={targetWords(wordOf(event, "to"))} />:{" "}
          {causeInWords(wordOf(event, "cause"))}
        </li>
      ))}
    </ul>
  );
}

function wordOf({ payload }: EventView, name: string): string {
  return textIn(payload, name) ?? "";
}
