// Whether the votes of a hold are hidden from a reader: blind rules show them to who has voted.

import { isHold, type Decision } from "../policy/decision.ts";
import type { Directory } from "./authority.ts";
import { type Person, type Review, standingVotes } from "./review.ts";

/** What of a job decides whether its votes are open to see. */
export interface BlindFile {
  readonly job: {
    readonly state: string;
    readonly round: number;
    readonly decision: Pick<Decision, "kind" | "requirements">;
  };
  readonly reviews: readonly Review[];
}

/**
 * True while a blind requirement is open and the reader has no standing vote in its round; null is
 * a reader who is no person, and never votes. Accounts of one person are one reader.
 */
export function hiddenFrom(
  { job, reviews }: BlindFile,
  person: Person | null,
  directory: Directory,
): boolean {
  if (job.state !== "APPROVAL" || !isHold(job.decision.kind)) return false;
  if (!job.decision.requirements.some((requirement) => requirement.blind === true)) return false;
  const own = person === null ? null : directory.canonical(person);
  if (own === null) return true;
  for (const vote of standingVotes(reviews, job.round).values()) {
    if (vote.person.id === own.id || directory.canonical(vote.person)?.id === own.id) return false;
  }
  return true;
}
