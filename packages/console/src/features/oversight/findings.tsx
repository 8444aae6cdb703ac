// Findings that stand: too many overrides of one person, rule or agent, which tighten until they are closed; actions that an agent ran on its own.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import type { GovernanceFindingView } from "@holdpoint/core/wire/governance";
import { closeFinding } from "../../api/governance.ts";
import { Notice } from "../../ui/notice.tsx";
import { spanInWords } from "../../ui/span.ts";
import { Ago } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { NoteDialog } from "./note-dialog.tsx";

const dayMs = 86_400_000;

export function Findings({ findings }: { findings: readonly GovernanceFindingView[] }): ReactNode {
  const [closing, setClosing] = useState<GovernanceFindingView | null>(null);
  if (findings.length === 0) return null;
  return (
    <section className="hp-stack-tight" aria-label="Findings">
      <h2>Findings</h2>
      {findings.map((finding) => (
        <Notice
          key={finding.id}
          tone="hold"
          title={titleOf(finding)}
          action={
            <Button variant="default" onClick={() => setClosing(finding)}>
              Close it…
            </Button>
          }
        >
          <Subject finding={finding} />, found <Ago at={finding.opened_at} />.{" "}
          {isLocal(finding)
            ? "Its denied actions say which; further ones are told, and open no second finding."
            : "Until it is closed, overrides that meet it take two people."}
        </Notice>
      ))}
      {closing !== null && (
        <NoteDialog
          title="Close this finding"
          label="What was done about it"
          description="Goes into the record; counting then begins anew"
          button="Close the finding"
          required
          send={(note) => closeFinding(closing.id, note)}
          onClose={() => setClosing(null)}
        />
      )}
    </section>
  );
}

/** An agent ran by a decision of its own what the server does not share. */
function isLocal({ subject }: GovernanceFindingView): boolean {
  return subject.startsWith("local:");
}

function titleOf(finding: GovernanceFindingView): string {
  if (isLocal(finding)) return "An agent ran what the server would not have released";
  return `${finding.count} overrides within ${wholeDays(finding.per_ms)}`;
}

function wholeDays(ms: number): string {
  const days = ms / dayMs;
  return Number.isInteger(days) ? `${days} day${days === 1 ? "" : "s"}` : spanInWords(ms);
}

function Subject({ finding }: { finding: GovernanceFindingView }): ReactNode {
  const [kind = "", ...rest] = finding.subject.split(":");
  return (
    <>
      {kind === "local" ? "agent" : kind} <Untrusted text={finding.name ?? rest.join(":")} />
    </>
  );
}
