// One task that an agent was refused and people do by hand, with all that is needed to do it.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import type { TakeoverView } from "@holdpoint/core/wire/governance";
import { claimTakeover, endTakeover, oversightKeys } from "../../api/governance.ts";
import { getJob, keys } from "../../api/queries.ts";
import { paths } from "../../paths.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { JsonTable } from "../../ui/json-view.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Ago } from "../../ui/time.tsx";
import { LongText, Untrusted } from "../../ui/untrusted.tsx";
import { Fact } from "../card/section.tsx";
import { NoteDialog } from "./note-dialog.tsx";
import { PersonName } from "./parts.tsx";

const stateLooks = {
  open: ["Nobody has it", "hold"],
  claimed: ["Somebody has it", "work"],
  done: ["Done by hand", "go"],
  returned: ["Returned to the agent", "quiet"],
} as const;

export function TakeoverCase({ task }: { task: TakeoverView }): ReactNode {
  const [words, tone] = stateLooks[task.state];
  const isOpen = task.state === "open" || task.state === "claimed";
  return (
    <li className="hp-panel hp-case">
      <div className="hp-head">
        <Link to={paths.job(task.job_id)} className="hp-case-title">
          <Untrusted text={task.title} />
        </Link>
        <span className={`hp-badge hp-tone-${tone}`}>{words}</span>
      </div>
      <p>
        <PersonName person={task.rejected_by} /> rejected it, <Ago at={task.opened_at} />
        {task.code !== null && ` (${task.code.replaceAll("_", " ")})`}
        {task.claimed_by !== null && (
          <>
            ; <PersonName person={task.claimed_by} />{" "}
            {task.state === "claimed" ? "has it now" : "finished it"}
          </>
        )}
      </p>
      {task.reason !== null && (
        <blockquote className="hp-quote-block">
          <LongText text={task.reason} lines label="the reason" />
        </blockquote>
      )}
      <Facts task={task} />
      <TheAction id={task.job_id} />
      {task.note !== null && (
        <blockquote className="hp-quote-block">
          <LongText text={task.note} lines label="the note" />
        </blockquote>
      )}
      {isOpen && <Verbs task={task} />}
    </li>
  );
}

function Facts({ task }: { task: TakeoverView }): ReactNode {
  const facts: readonly (readonly [string, string | null])[] = [
    ["Agent", task.agent],
    ["On behalf of", task.on_behalf_of],
    ["Run", task.run],
    ["Thread", task.thread],
    ["Rule", task.rule],
  ];
  return (
    <dl className="hp-pairs">
      {facts.map(([name, text]) =>
        text === null ? null : (
          <Fact key={name} name={name}>
            <Untrusted text={text} />
          </Fact>
        ),
      )}
      <Fact name="Saved state">
        {task.checkpoint === null ? (
          <span className="hp-muted">the agent named no checkpoint</span>
        ) : (
          <>
            <span className="hp-code">
              <LongText text={task.checkpoint} label="the checkpoint" />
            </span>{" "}
            <CopyButton text={task.checkpoint} label="the checkpoint" />
          </>
        )}
      </Fact>
    </dl>
  );
}

/** Asked for only when somebody opens it: a list of tasks needs no actions. */
function TheAction({ id }: { id: string }): ReactNode {
  const [open, setOpen] = useState(false);
  const job = useQuery({
    queryKey: keys.job(id),
    queryFn: ({ signal }) => getJob(id, signal),
    enabled: open,
  });
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What it would have done</summary>
      {job.isError && <ProblemNotice fault={job.error} retry={() => void job.refetch()} />}
      {job.isPending && open && <div className="hp-skeleton" style={{ height: 60 }} />}
      {job.data !== undefined && (
        <div className="hp-stack-tight">
          <p className="hp-small hp-muted hp-code">
            <Untrusted text={`${job.data.action.topic} ${job.data.action.target.resource ?? ""}`} />
          </p>
          <JsonTable value={job.data.action.params} empty="The action has no parameters." />
        </div>
      )}
    </details>
  );
}

const endings = {
  done: {
    title: "It was done by hand",
    label: "What you did",
    description: "The agent is told this",
    button: "Say that it is done",
  },
  return: {
    title: "Return it to the agent",
    label: "What the agent should know",
    description: "The agent is told this and may go on",
    button: "Return it",
  },
} as const;

function Verbs({ task }: { task: TakeoverView }): ReactNode {
  const client = useQueryClient();
  const [ending, setEnding] = useState<keyof typeof endings | null>(null);
  const claim = useMutation({
    mutationFn: () => claimTakeover(task.id),
    onSettled: () => void client.invalidateQueries({ queryKey: oversightKeys.all }),
  });
  return (
    <div className="hp-stack-tight">
      {claim.isError && <ProblemNotice fault={claim.error} />}
      <div className="hp-buttons">
        {task.state === "open" && (
          <Button loading={claim.isPending} onClick={() => claim.mutate()}>
            Take it<span className="hp-sr">: {task.title}</span>
          </Button>
        )}
        <Button variant="default" onClick={() => setEnding("done")}>
          Done by hand…
        </Button>
        <Button variant="default" onClick={() => setEnding("return")}>
          Return to the agent…
        </Button>
      </div>
      {ending !== null && (
        <NoteDialog
          {...endings[ending]}
          required={false}
          send={(note) => endTakeover(task.id, ending, note)}
          onClose={() => setEnding(null)}
        />
      )}
    </div>
  );
}
