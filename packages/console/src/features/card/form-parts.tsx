// What the decision forms share: their faults and their buttons.

import type { MouseEvent, ReactNode } from "react";
import { Button } from "@mantine/core";
import { ProblemNotice } from "../../ui/notice.tsx";
import { StaleNotice } from "./stale-notice.tsx";
import type { ReviewSender } from "./use-review.ts";

/** As the wire's `reasonLengthMax`. */
export const reasonMax = 4_000;

export function SendFault({
  sender,
  onReload,
}: {
  sender: ReviewSender;
  onReload: () => void;
}): ReactNode {
  if (sender.stale) return <StaleNotice reload={onReload} />;
  return sender.fault === null ? null : <ProblemNotice fault={sender.fault} />;
}

interface ButtonsProps {
  readonly sender: ReviewSender;
  readonly label: string;
  readonly color?: string;
  readonly disabled?: boolean;
  onCancel(): void;
  onSend(): void;
}

/** The second click of a double click never decides: it belongs to what was there before. */
export function FormButtons(props: ButtonsProps): ReactNode {
  const { sender, label, color, disabled = false, onCancel, onSend } = props;
  const press = (event: MouseEvent): void => {
    if (event.detail > 1) return;
    onSend();
  };
  return (
    <div className="hp-buttons hp-form-buttons">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button
        {...(color === undefined ? {} : { color })}
        disabled={disabled || sender.stale}
        loading={sender.sending}
        onClick={press}
      >
        {label}
      </Button>
    </div>
  );
}
