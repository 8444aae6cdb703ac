// Findings that stand: too many overrides of one person, rule or agent; they tighten until they are closed.

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
          title={`${finding.count} overrides within ${wholeDays(finding.per_ms)}`}
          action={
            <Button variant="default" onClick={() => setClosing(finding)}>
              Close it…
            </Button>
          }
        >
          <Subject finding={finding} />, found <Ago at={finding.opened_at} />. Until it is closed,
          overrides that meet it take two people.
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

function wholeDays(ms: number): string {
  const days = ms / dayMs;
  return Number.isInteger(days) ? `${days} day${days === 1 ? "" : "s"}` : spanInWords(ms);
}

function Subject({ finding }: { finding: GovernanceFindingView }): ReactNode {
  const [kind = "", ...rest] = finding.subject.split(":");
  return (
    <>
      {kind} <Untrusted text={finding.name ?? rest.join(":")} />
    </>
  );
}
