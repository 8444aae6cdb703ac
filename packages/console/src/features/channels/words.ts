// Kinds of messages and how they ended, in words.

import type { DeliveryView } from "@holdpoint/core/wire/delivery";

type Tone = "work" | "go" | "stop" | "quiet";

const states: Readonly<Record<DeliveryView["state"], readonly [string, Tone]>> = {
  pending: ["On its way", "work"],
  delivered: ["Delivered", "go"],
  dead: ["Dead letter", "stop"],
  gathered: ["Sent with another", "quiet"],
  dropped: ["Not needed any more", "quiet"],
};

export function stateWords(state: DeliveryView["state"]): readonly [string, Tone] {
  return states[state];
}

const kinds: Readonly<Record<string, string>> = {
  "approval.requested": "Card",
  "approval.escalated": "Card of a later level",
  "approval.reminded": "Reminder",
  "approval.overdue": "Word that it is overdue",
  "approval.assigned": "Card that was handed over",
  "approval.silent": "Word that a claim ended",
  "approval.answered": "Answer of the agent",
  "approval.overridden": "Word of an override",
  "approval.resolved": "Decision",
  "execution.unknown": "Word of an unknown outcome",
  "local.mismatch": "Word of a local decision that does not hold",
  dead_run: "Word of a run that was given up",
};

/** A kind without words of its own is named as it is. */
export function kindWords(kind: string): string {
  return kinds[kind] ?? kind;
}
