// What people say about a hold without deciding it.

import type { FormEvent, ReactNode } from "react";
import { useState } from "react";
import { Button, Textarea } from "@mantine/core";
import type { CardView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { reasonMax, SendFault } from "./form-parts.tsx";
import { useReview } from "./use-review.ts";
import { Section } from "./section.tsx";

export function Comments({ card, onReload }: { card: CardView; onReload: () => void }): ReactNode {
  const comments = card.reviews.filter((review) => review.kind === "comment");
  const open = isWaiting(card.job.state) && card.you.person !== null;
  if (!open && comments.length === 0) return null;
  return (
    <Section title="Comments">
      {comments.length > 0 && (
        <ul className="hp-votes">
          {comments.map((comment) => (
            <li key={comment.id}>
              <strong>
                <Untrusted text={comment.person.name ?? comment.person.id} />
              </strong>
              , <At at={comment.at} />
              <div>
                <Untrusted text={comment.note ?? comment.reason ?? ""} lines />
              </div>
            </li>
          ))}
        </ul>
      )}
      {open && <CommentForm id={card.job.id} onReload={onReload} />}
    </Section>
  );
}

function CommentForm({ id, onReload }: { id: string; onReload: () => void }): ReactNode {
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  const sender = useReview(id, "comment", () => setNote(""));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const words = note.trim();
    setMissing(words === "");
    if (words !== "") sender.send({ note: words });
  };
  return (
    <form className="hp-stack-tight" onSubmit={submit}>
      <Textarea
        label="Comment"
        description="Seen by the other reviewers; decides nothing"
        rows={2}
        maxLength={reasonMax}
        value={note}
        error={missing && note.trim() === "" ? "Write something first" : undefined}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <SendFault sender={sender} onReload={onReload} />
      <div className="hp-buttons">
        <Button type="submit" variant="default" loading={sender.sending}>
          Comment
        </Button>
      </div>
    </form>
  );
}
