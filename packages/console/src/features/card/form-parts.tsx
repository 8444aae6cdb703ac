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
  readonly label: string;
  readonly color?: string;
  readonly disabled?: boolean;
  onCancel(): void;
  onSend(): void;
}

export function FormButtons({
  sender,
  disabled = false,
  ...rest
}: ButtonsProps & { readonly sender: ReviewSender }): ReactNode {
  return <SendButtons {...rest} sending={sender.sending} disabled={disabled || sender.stale} />;
}

/** The second click of a double click never decides: it belongs to what was there before. */
export function SendButtons(props: ButtonsProps & { readonly sending: boolean }): ReactNode {
  const { sending, label, color, disabled = false, onCancel, onSend } = props;
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
        disabled={disabled}
        loading={sending}
        onClick={press}
      >
        {label}
      </Button>
    </div>
  );
}
