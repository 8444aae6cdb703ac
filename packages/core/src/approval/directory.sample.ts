// A directory for tests of authority: several accounts of one person, people who left, limits and delegations.

import type { DecisionScope, Directory } from "./authority.ts";
import { person } from "./approval.sample.ts";
import type { Person } from "./review.ts";

export interface SmallWorld {
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Id of the person by the id of a further account. */
  readonly accounts?: Readonly<Record<string, string>>;
  readonly left?: readonly string[];
  /** Roles by id, for people who stand only in the file. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /** From whom to whom. */
  readonly delegations?: readonly (readonly [from: string, to: string])[];
  readonly isWithin?: (id: string, role: string | null, scope: DecisionScope) => boolean;
}

export function worldDirectory(world: SmallWorld): Directory {
  const idOf = (who: Person): string => world.accounts?.[who.id] ?? who.id;
  const canonical = (who: Person): Person | null => {
    const id = idOf(who);
    if (world.left?.includes(id) === true) return null;
    const roles = [...new Set([...who.roles, ...(world.roles?.[id] ?? [])])];
    return { ...who, id, roles };
  };
  return {
    isMember: (group, who) => world.groups?.[group]?.includes(idOf(who)) === true,
    holdsRole: (role, who) => canonical(who)?.roles.includes(role) === true,
    canonical,
    namesOf: (who) => [
      idOf(who),
      ...(who.email === null ? [] : [who.email]),
      ...Object.entries(world.accounts ?? {}).flatMap(([account, id]) =>
        id === idOf(who) ? [account] : [],
      ),
    ],
    isWithinLimits: (who, role, scope) => world.isWithin?.(idOf(who), role, scope) ?? true,
    principalsOf: (who, _at, through = () => true) => {
      const found = new Map<string, Person>();
      const follow = (to: string): void => {
        for (const [from, next] of world.delegations ?? []) {
          if (next !== to || from === idOf(who) || found.has(from)) continue;
          const principal = person(from, world.roles?.[from] ?? []);
          if (world.left?.includes(from) === true || !through(principal)) continue;
          found.set(from, principal);
          follow(from);
        }
      };
      follow(idOf(who));
      return [...found.values()];
    },
  };
}
