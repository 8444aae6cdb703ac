// What the tasks of people carry beside their columns: the words that they are shown and judged by.

import type { Person } from "@holdpoint/core/approval/review";
import type { TaskRow } from "../storage/tasks.ts";

/** A person as they were named when it happened. */
export interface NamedPerson {
  readonly id: string;
  readonly name: string | null;
}

export interface GovernanceBody {
  readonly title: string;
  readonly topic: string;
  readonly people: readonly NamedPerson[];
  readonly reason: string;
  readonly incident: string;
  readonly isOwnIncident: boolean;
  readonly circumstances: readonly string[];
  readonly skipped: readonly string[];
  readonly verdict: GovernanceVerdict | null;
}

export interface GovernanceVerdict {
  readonly isLegitimate: boolean;
  readonly whatWentWrong: string;
  readonly howToAvoid: string;
  readonly by: NamedPerson;
  readonly at: number;
}

export interface FindingBody {
  /** Of a person, as they are called. */
  readonly name: string | null;
  readonly count: number;
  readonly perMs: number;
  /** Ids of the governance reviews that were counted. */
  readonly reviews: readonly string[];
  readonly closing: { readonly note: string; readonly by: NamedPerson; readonly at: number } | null;
}

export interface TakeoverBody {
  readonly title: string;
  readonly topic: string;
  readonly onBehalfOf: string | null;
  readonly run: string | null;
  readonly thread: string | null;
  readonly checkpoint: string | null;
  readonly reason: string | null;
  readonly code: string | null;
  readonly rejectedBy: NamedPerson;
  readonly claimedBy: NamedPerson | null;
  readonly note: string | null;
}

export function bodyOf<Body>(task: TaskRow): Body {
  return JSON.parse(task.body) as Body;
}

export function named({ id, name, email }: Pick<Person, "id" | "name" | "email">): NamedPerson {
  return { id, name: name ?? email };
}
