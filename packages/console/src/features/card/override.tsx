// The emergency override: apart from the decisions, at the end of the card, loud about what it does.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import type { CardView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { Untrusted } from "../../ui/untrusted.tsx";
import { OverrideDialog } from "./override-dialog.tsx";
import { Section } from "./section.tsx";

export function OverrideSection({ card, stale }: { card: CardView; stale: boolean }): ReactNode {
  const [open, setOpen] = useState(false);
  if (!isWaiting(card.job.state) || !card.may.override.allowed) return null;
  return (
    <Section title="In an emergency" className="hp-emergency">
      <p>
        You may release this alone, without those asked. Only while an emergency that its rule names
        is there. They are all told, and somebody else judges it afterwards.
      </p>
      <Before card={card} />
      <div className="hp-buttons">
        <Button
          className="hp-reject"
          variant="default"
          disabled={stale}
          onClick={() => setOpen(true)}
        >
          Override…
        </Button>
      </div>
      {open && <OverrideDialog card={card} onClose={() => setOpen(false)} />}
    </Section>
  );
}

/** While a finding stands an override takes two people: the first one released nothing. */
function Before({ card }: { card: CardView }): ReactNode {
  const [first] = card.reviews.filter(({ kind }) => kind === "override");
  if (first === undefined) return null;
  return (
    <p>
      <strong>
        <Untrusted text={first.person.name ?? first.person.id} />
      </strong>{" "}
      overrode it already. After too many overrides it takes a second person.
    </p>
  );
}
