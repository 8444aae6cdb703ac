// What people who administer do about a suspended run: all its attempts again, or its end.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import { endRun, runKeys } from "../../api/runs.ts";
import { NoteDialog } from "../oversight/note-dialog.tsx";

const verbs = {
  retry: {
    title: "Let a worker try again",
    button: "Try it again",
    what: "The run gets all its attempts again. A call that ran already gives its recorded outcome and does not run twice.",
  },
  cancel: {
    title: "Take this run back",
    button: "Take it back",
    what: "No worker goes on with it. The calls that it waits for stay as they are, and the saved state is kept for its time.",
  },
} as const;

export function RunButtons({ run }: { run: ResumptionView }): ReactNode {
  const [asked, setAsked] = useState<keyof typeof verbs | null>(null);
  const verb = verbOf(run.state);
  return (
    <>
      {verb !== null && (
        <Button size="compact-sm" variant="default" onClick={() => setAsked(verb)}>
          {verbs[verb].button}…
        </Button>
      )}
      {asked !== null && (
        <NoteDialog
          title={verbs[asked].title}
          label="Why"
          description="Goes into the record; may be left out"
          button={verbs[asked].button}
          required={false}
          stale={runKeys.all}
          {...(asked === "cancel" ? { color: "brick" } : {})}
          send={(reason) => endRun(run.id, asked, reason)}
          onClose={() => setAsked(null)}
        >
          <p>{verbs[asked].what}</p>
        </NoteDialog>
      )}
    </>
  );
}

function verbOf(state: ResumptionView["state"]): keyof typeof verbs | null {
  if (state === "dead") return "retry";
  return state === "completed" || state === "cancelled" ? null : "cancel";
}
