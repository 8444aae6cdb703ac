// Says so when more cards came to the reader within the hour than they are meant to read.

import type { ReactNode } from "react";
import { useSelf } from "../card/use-self.ts";

export function BudgetLine(): ReactNode {
  const load = useSelf()?.load;
  if (load === undefined || load.cards_per_hour === null) return null;
  if (load.cards_last_hour < load.cards_per_hour) return null;
  return (
    <p className="hp-small hp-budget" role="note">
      {load.cards_last_hour} cards were sent to you within the hour; your budget is{" "}
      {load.cards_per_hour}. Further ones go to the next in the group while somebody else is left.
    </p>
  );
}
