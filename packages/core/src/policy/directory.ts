// Answers who stands in a group and whose role reaches, from the names in a policy.

import type { Policy } from "./policy.ts";

export interface GroupCandidate {
  readonly id: string;
  readonly email: string | null;
  readonly roles: readonly string[];
}

/** True when the person is named in the group, or holds a role that is. */
export function memberOf(policy: Policy, group: string, person: GroupCandidate): boolean {
  const found = policy.groups.get(group);
  if (found === undefined) return false;
  if (person.roles.includes(everyRole)) return true;
  return found.members.some((member) =>
    member.startsWith("role:")
      ? roleSatisfies(policy, member.slice("role:".length), person.roles)
      : isNamed(member, person),
  );
}

/** True when one of the roles is the wanted one, or stands above it. */
export function roleSatisfies(
  policy: Pick<Policy, "roles">,
  wanted: string,
  held: readonly string[],
): boolean {
  const rank = policy.roles.get(wanted);
  return held.some((role) => {
    if (role === wanted || role === everyRole) return true;
    const heldRank = policy.roles.get(role);
    return rank !== undefined && heldRank !== undefined && heldRank > rank;
  });
}

/** The role of the development person, who stands for everybody. */
const everyRole = "*";

function isNamed(member: string, person: GroupCandidate): boolean {
  if (member === person.id) return true;
  return person.email !== null && lowerAscii(member) === lowerAscii(person.email);
}

// SECURITY: only A to Z are folded; a wider folding would make two addresses of different people one.
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
