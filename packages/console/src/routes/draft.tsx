// One draft: its text, what the checks, tests, differences and the record say, and publishing it.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import type { DraftView, PublishAnswer } from "@holdpoint/core/wire/policy-life";
import { getDraft, policyKeys, removeDraft, saveDraft } from "../api/policy-life.ts";
import { DiffReportView } from "../features/policy/diff-report.tsx";
import { DraftState } from "../features/policy/draft-state.tsx";
import { Editor, useFindings } from "../features/policy/editor.tsx";
import { Playground } from "../features/policy/playground.tsx";
import { PublishDialog } from "../features/policy/publish-dialog.tsx";
import { ReplayReportView } from "../features/policy/replay-report.tsx";
import { TestReportView } from "../features/policy/test-report.tsx";
import { paths } from "../paths.ts";
import { Notice, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { At } from "../ui/time.tsx";
import { Untrusted } from "../ui/untrusted.tsx";

export function DraftRoute(): ReactNode {
  usePageTitle("Draft");
  const { id = "" } = useParams();
  const draft = useQuery({
    queryKey: policyKeys.draft(id),
    queryFn: ({ signal }) => getDraft(id, signal),
  });
  if (draft.isError && draft.data === undefined) {
    return <ProblemNotice fault={draft.error} retry={() => void draft.refetch()} />;
  }
  if (draft.data === undefined) return <output className="hp-muted">Loading the draft…</output>;
  return <Draft key={draft.data.id} draft={draft.data} />;
}

function Draft({ draft }: { draft: DraftView }): ReactNode {
  const client = useQueryClient();
  const [source, setSource] = useState(draft.source ?? "");
  const [isPublishing, setPublishing] = useState(false);
  const [answer, setAnswer] = useState<PublishAnswer | null>(null);
  const { findings } = useFindings(source);
  const save = useMutation({
    mutationFn: () => saveDraft(draft.id, { source, revision: draft.revision }),
    onSuccess: (saved) => {
      client.setQueryData(policyKeys.draft(draft.id), saved);
      void client.invalidateQueries({ queryKey: policyKeys.drafts });
    },
  });
  const isOpen = draft.state === "open";
  const isChanged = source !== draft.source;
  return (
    <div className="hp-stack">
      <DraftHead draft={draft} />
      {answer !== null && <Published answer={answer} />}
      <div className="hp-policy">
        <section className="hp-panel hp-stack-tight" aria-label="Text of the draft">
          <Editor
            source={source}
            findings={findings}
            isReadOnly={!isOpen}
            onChange={(text) => setSource(text)}
          >
            {isOpen && (
              <div className="hp-buttons">
                <Button
                  disabled={!isChanged}
                  loading={save.isPending}
                  onClick={() => save.mutate()}
                >
                  Save and test
                </Button>
                <Button
                  variant="default"
                  disabled={isChanged || draft.digest === null}
                  onClick={() => setPublishing(true)}
                >
                  Publish…
                </Button>
                <RemoveButton id={draft.id} />
                {draft.digest === null && !isChanged && (
                  <span className="hp-muted hp-small">
                    It has errors; it can be published without them.
                  </span>
                )}
              </div>
            )}
          </Editor>
          {save.isError && <ProblemNotice fault={save.error} />}
        </section>
        <Results draft={draft} />
      </div>
      <details>
        <summary>Try an action against this draft</summary>
        <Playground source={source} />
      </details>
      {isPublishing && (
        <PublishDialog
          draft={draft}
          onClose={() => setPublishing(false)}
          onPublished={(published) => setAnswer(published)}
        />
      )}
    </div>
  );
}

function DraftHead({ draft }: { draft: DraftView }): ReactNode {
  return (
    <div className="hp-stack-tight">
      <p className="hp-row-wrap">
        <DraftState state={draft.state} />
        <span>
          {draft.message === null || draft.message === "" ? (
            <span className="hp-muted">no message yet</span>
          ) : (
            <Untrusted text={draft.message} />
          )}
        </span>
      </p>
      <p className="hp-muted hp-small">
        by <Untrusted text={draft.author.name ?? draft.author.id} />, <At at={draft.updated_at} />
        {draft.job_id !== null && (
          <>
            {" · "}
            <Link to={paths.job(draft.job_id)}>its approval</Link>
          </>
        )}
      </p>
      {draft.outcome !== null && (
        <Notice tone="plain" title="What became of it">
          <Untrusted text={draft.outcome} />
        </Notice>
      )}
    </div>
  );
}

function Published({ answer }: { answer: PublishAnswer }): ReactNode {
  if (answer.job === null) return <Notice tone="go" title="It is active now" />;
  return (
    <Notice
      tone="hold"
      title="It waits for somebody else to approve it"
      action={<Link to={paths.approval(answer.job.id)}>Open the card</Link>}
    >
      Nothing changes until then. You cannot approve what you wrote.
    </Notice>
  );
}

function Results({ draft }: { draft: DraftView }): ReactNode {
  const { results } = draft;
  if (results === undefined || results === null) {
    return (
      <section className="hp-panel" aria-label="Results">
        <h2>Results</h2>
        <p className="hp-muted">A draft that loads is tested when it is saved.</p>
      </section>
    );
  }
  return (
    <section className="hp-panel hp-stack" aria-label="Results">
      <h2>Results of the saved text</h2>
      {results.changes_invariants && (
        <Notice tone="hold" title="It changes invariants">
          Two people other than the author have to approve it.
        </Notice>
      )}
      {results.test !== null && <TestReportView report={results.test} />}
      {results.diff !== null && <DiffReportView report={results.diff} />}
      {results.replay !== null && <ReplayReportView report={results.replay} />}
    </section>
  );
}

function RemoveButton({ id }: { id: string }): ReactNode {
  const client = useQueryClient();
  const go = useNavigate();
  const drop = useMutation({
    mutationFn: () => removeDraft(id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: policyKeys.drafts });
      void go(paths.drafts);
    },
  });
  return (
    <>
      <Button variant="subtle" color="brick" loading={drop.isPending} onClick={() => drop.mutate()}>
        Throw away
      </Button>
      {drop.isError && <ProblemNotice fault={drop.error} />}
    </>
  );
}
