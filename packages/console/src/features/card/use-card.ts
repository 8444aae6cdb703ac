// The card that a reader looks at: it follows the server, but never changes its content under their eyes.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { CardView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { getCard, keys } from "../../api/queries.ts";

export interface ShownCard {
  readonly card: CardView | null;
  /** The action or the question changed since it was shown. */
  readonly stale: boolean;
  readonly fault: unknown;
  /** Shows what the server has now. */
  reload(): void;
}

export function useCard(id: string): ShownCard {
  const answer = useQuery({
    queryKey: keys.card(id),
    queryFn: ({ signal }) => getCard(id, signal),
  });
  const [shown, setShown] = useState<CardView | null>(null);
  const latest = answer.data ?? null;
  const mayFollow = latest !== null && (shown === null || isSameQuestion(shown, latest));
  if (mayFollow && latest !== shown) setShown(latest);
  const card = mayFollow ? latest : shown;
  return {
    card,
    stale: latest !== null && !mayFollow,
    fault: card === null ? answer.error : null,
    reload: () => {
      setShown(null);
      void answer.refetch();
    },
  };
}

/** INVARIANT: what may be approved is what was on the screen; an answered job may be shown as it is. */
function isSameQuestion(shown: CardView, latest: CardView): boolean {
  if (!isWaiting(latest.job.state)) return true;
  return (
    shown.job_hash === latest.job_hash &&
    shown.presented_hash === latest.presented_hash &&
    shown.policy_rule_id === latest.policy_rule_id
  );
}
