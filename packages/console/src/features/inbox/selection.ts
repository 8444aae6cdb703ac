// Which holds are chosen for one answer, and which others are like them.

import type { ApprovalItem } from "@holdpoint/core/wire/response";

/** As many as one reader can look through at once; the server takes more. */
export const batchShownMax = 20;

type Kind = Pick<ApprovalItem, "policy_rule_id" | "topic" | "agent">;

/** Spec 03: one answer is for holds of one rule, topic and agent. */
function isAlike(one: Kind, other: Kind): boolean {
  return (
    one.policy_rule_id === other.policy_rule_id &&
    one.topic === other.topic &&
    one.agent === other.agent
  );
}

/** Why a hold cannot be added to those chosen; null when it can. */
export function whyNotChosen(
  item: Kind & Pick<ApprovalItem, "job">,
  chosen: readonly (Kind & Pick<ApprovalItem, "job">)[],
): string | null {
  const [first] = chosen;
  if (first === undefined || chosen.some(({ job }) => job.id === item.job.id)) return null;
  if (!isAlike(item, first)) return "another rule, topic or agent";
  return chosen.length >= batchShownMax ? `at most ${batchShownMax} at once` : null;
}

/** Parameters of several actions: what all have alike, and what each has by itself. */
export interface Compared {
  readonly same: Readonly<Record<string, unknown>>;
  readonly each: readonly Readonly<Record<string, unknown>>[];
}

export function compare(all: readonly Readonly<Record<string, unknown>>[]): Compared {
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))];
  const isSame = (name: string): boolean =>
    all.every(
      (one) =>
        Object.hasOwn(one, name) && JSON.stringify(one[name]) === JSON.stringify(all[0]?.[name]),
    );
  const shared = new Set(names.filter(isSame));
  return {
    same: pick(all[0] ?? {}, (name) => shared.has(name)),
    each: all.map((one) => pick(one, (name) => !shared.has(name))),
  };
}

function pick(
  from: Readonly<Record<string, unknown>>,
  isWanted: (name: string) => boolean,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => isWanted(name)));
}
