// Which policies were active when, by whom and why; and the way back to one of them.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Modal, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import type { PolicyState } from "@holdpoint/core/wire/policy-life";
import { policyKeys, rollBack } from "../../api/policy-life.ts";
import { keys } from "../../api/queries.ts";
import { paths } from "../../paths.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { Notice, ProblemNotice } from "../../ui/notice.tsx";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { shortDigest } from "./report-parts.tsx";

type Activation = PolicyState["history"][number];

const kindWords: Readonly<Record<Activation["kind"], string>> = {
  publish: "published",
  rollback: "rolled back to",
  rollout: "rolled out",
  schedule: "activated on time",
  file: "activated from a file",
  start: "activated at the first start",
};

export function HistoryPanel({ state }: { state: PolicyState }): ReactNode {
  const [target, setTarget] = useState<Activation | null>(null);
  return (
    <section className="hp-panel hp-stack-tight" aria-label="History">
      <h2>History</h2>
      {state.scheduled.map((draft) => (
        <p key={draft.id} className="hp-small">
          <Link to={paths.draft(draft.id)}>A draft</Link> becomes active{" "}
          {draft.plan?.activate_at != null && <At at={draft.plan.activate_at} />}
        </p>
      ))}
      <ol className="hp-history">
        {state.history.map((one) => (
          <li key={`${one.at} ${one.digest}`}>
            <div>
              <span className="hp-code" title={one.digest}>
                {shortDigest(one.digest)}
              </span>{" "}
              {kindWords[one.kind]}
              {one.kind !== "start" && (
                <>
                  {" "}
                  by <Untrusted text={one.author_name ?? one.author} />
                </>
              )}
              , <At at={one.at} />
              {one.message !== null && one.message !== "" && (
                <div className="hp-muted hp-small">
                  <Untrusted text={one.message} />
                </div>
              )}
              {one.job_id !== null && (
                <div className="hp-small">
                  <Link to={paths.job(one.job_id)}>Who approved it</Link>
                </div>
              )}
            </div>
            {one.digest !== state.active.digest && (
              <Button size="compact-sm" variant="default" onClick={() => setTarget(one)}>
                Roll back
                <span className="hp-sr"> to {shortDigest(one.digest)}</span>
              </Button>
            )}
          </li>
        ))}
      </ol>
      {target !== null && <RollbackDialog target={target} onClose={() => setTarget(null)} />}
    </section>
  );
}

function RollbackDialog({
  target,
  onClose,
}: {
  target: Activation;
  onClose: () => void;
}): ReactNode {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const roll = useMutation({
    mutationFn: rollBack,
    onSuccess: (answer) => {
      void client.invalidateQueries({ queryKey: policyKeys.all });
      void client.invalidateQueries({ queryKey: keys.policy });
      if (!("draft" in answer) || answer.job === null) onClose();
    },
  });
  useFocusReturn();
  const send = (): void => {
    const words = reason.trim();
    setMissing(words === "");
    if (words !== "") roll.mutate({ to: target.digest, reason: words });
  };
  const asked = roll.data !== undefined && "draft" in roll.data ? roll.data.job : null;
  if (asked !== null) return <RollbackWaits job={asked.id} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="Roll back" size="lg">
      <div className="hp-stack">
        <p>
          <span className="hp-code">{shortDigest(target.digest)}</span> becomes active at once. When
          it drops or loosens an invariant, people are asked first.
        </p>
        <Textarea
          label="Reason"
          required
          rows={3}
          data-autofocus
          value={reason}
          error={isMissing && reason.trim() === "" ? "A rollback needs a reason" : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {roll.isError && <ProblemNotice fault={roll.error} />}
        <div className="hp-buttons">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button color="brick" loading={roll.isPending} onClick={send}>
            Roll back
          </Button>
        </div>
      </div>
    </Modal>
  );
}

/** It takes something from the invariants: nothing has changed yet, and the dialog says so. */
function RollbackWaits({ job, onClose }: { job: string; onClose: () => void }): ReactNode {
  return (
    <Modal opened onClose={onClose} title="The rollback waits" size="lg">
      <div className="hp-stack">
        <Notice tone="hold" title="It waits for other people to approve it">
          It touches invariants, so the policy of before is not active yet.
        </Notice>
        <div className="hp-buttons">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button component={Link} to={paths.approval(job)}>
            Open the card
          </Button>
        </div>
      </div>
    </Modal>
  );
}
