// Everybody whom a hold asks or would come to ask, by the names that rules use: all levels of its chain.

import type { Job } from "@holdpoint/core/job/job";
import { termsOf } from "@holdpoint/core/policy/terms";

export function chainOf({ decision, watch }: Job): readonly string[] {
  const asked = decision.requirements.map(({ kind, name }) =>
    kind === "any" ? "any" : `${kind}:${name}`,
  );
  const chain = termsOf(decision).escalate.map(({ to }) => to);
  return [...new Set([...asked, ...(watch?.widened ?? []), ...chain])];
}
