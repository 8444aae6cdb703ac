// Where a draft stands, in words.

import type { ReactNode } from "react";
import type { DraftView } from "@holdpoint/core/wire/policy-life";

const looks: Readonly<Record<DraftView["state"], readonly [string, string]>> = {
  open: ["Open", "quiet"],
  proposed: ["Waits for approval", "hold"],
  scheduled: ["Waits for its time", "work"],
  activated: ["Published", "go"],
  published: ["Published", "go"],
};

export function DraftState({ state }: { state: DraftView["state"] }): ReactNode {
  const [words, tone] = looks[state];
  return <span className={`hp-badge hp-tone-${tone}`}>{words}</span>;
}
