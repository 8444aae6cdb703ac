// The second step of a change: the difference, what policy says about it now, and then the sending.

import type { ReactNode } from "react";
import type { CardView, ExplainView } from "@holdpoint/core/wire/response";
import { ChangeList } from "../../ui/diff-view.tsx";
import { Notice } from "../../ui/notice.tsx";
import { DecisionBadge } from "../../ui/state-badge.tsx";
import { TraceView } from "../../ui/trace-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { UnseenNote } from "./approve-form.tsx";
import { Asked } from "./asked.tsx";
import { FormButtons, SendFault } from "./form-parts.tsx";
import { changesBetween } from "./json-change.ts";
import type { EditBody } from "./modify-edit.ts";
import { useReview } from "./use-review.ts";
import { RevealProvider, useUnseen } from "../../ui/reveal.tsx";

interface Props {
  readonly card: CardView;
  readonly body: EditBody & Readonly<Record<string, unknown>>;
  readonly decision: ExplainView;
  onBack(): void;
  onClose(): void;
  onReload(): void;
}

export function ModifyPreview(props: Props): ReactNode {
  return (
    <RevealProvider>
      <Preview {...props} />
    </RevealProvider>
  );
}

function Preview({ card, body, decision, onBack, onClose, onReload }: Props): ReactNode {
  const sender = useReview(card.job.id, "modify", onClose);
  const unseen = useUnseen();
  const denied = decision.decision === "DENY";
  return (
    <div className="hp-stack">
      <h3>Your change</h3>
      <ChangeList changes={changesOf(card, body)} mustSee />
      <div className="hp-stack-tight">
        <h3>What policy says about it</h3>
        <p className="hp-row-wrap">
          <DecisionBadge decision={decision.decision} />
          <span>
            <Untrusted text={decision.policy_reason} />
          </span>
        </p>
        <Asked requirements={decision.requirements} />
        <details>
          <summary>All rules that were checked</summary>
          <TraceView trace={decision.trace} />
        </details>
      </div>
      {denied ? (
        <Notice tone="stop" title="This change cannot be sent">
          Policy denies the action as you changed it.
        </Notice>
      ) : (
        <p className="hp-muted hp-small">
          Earlier approvals are void. Your change counts as your approval where the rule lets it.
        </p>
      )}
      {unseen > 0 && <UnseenNote unseen={unseen} />}
      <SendFault sender={sender} onReload={onReload} />
      <div className="hp-head">
        <button type="button" className="hp-more" onClick={onBack}>
          Back to editing
        </button>
        <FormButtons
          sender={sender}
          label="Send the change"
          disabled={denied || unseen > 0}
          onCancel={onClose}
          onSend={() => sender.send(body)}
        />
      </div>
    </div>
  );
}

function changesOf({ action }: CardView, body: EditBody): ReturnType<typeof changesBetween> {
  return [
    ...changesBetween(action.params, body.params, "/params"),
    ...(body.cost ? changesBetween(action.cost, body.cost, "/cost") : []),
    ...(body.target ? changesBetween(action.target, body.target, "/target") : []),
  ];
}
