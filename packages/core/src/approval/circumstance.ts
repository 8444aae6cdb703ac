// Which circumstances of an emergency are there: the incident that the override names, the topic of the action.

import { refuse, type Result } from "../base/result.ts";
import type { Emergency } from "../policy/decision.ts";
import { topicsMeet } from "../policy/pattern-meet.ts";

export interface OpenIncident {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** One of those who override opened it. */
  readonly isOwn: boolean;
}

export interface Situation {
  readonly topic: string;
  /** The open incident that the override is for; null when it names one that the server does not know. */
  readonly incident: OpenIncident | null;
}

/** What an override is for, as the person named it, and what is open. */
export interface Plight {
  readonly topic: string;
  /** What the person named; null when they left it out. */
  readonly named: string | null;
  readonly open: readonly OpenIncident[];
}

export interface Cause {
  readonly incident: string;
  /** The circumstances that are there, as the rules name them. */
  readonly circumstances: readonly string[];
}

/**
 * The incident of an override and the circumstances that are met.
 * INVARIANT: every emergency of the rules that hold the action has a circumstance that is there;
 * one that names none is never there.
 */
export function causeOf(
  emergencies: readonly Emergency[],
  { topic, named, open }: Plight,
): Result<{ cause: Cause }> {
  if (named !== null) return causeOfNamed(emergencies, { topic, named, open });
  const causes = open.flatMap((incident) => {
    const circumstances = circumstancesMet(emergencies, { topic, incident });
    return circumstances === null ? [] : [{ incident: incident.id, circumstances }];
  });
  const [cause] = causes;
  if (cause !== undefined && causes.length === 1) return { ok: true, cause };
  if (cause === undefined && circumstancesMet(emergencies, { topic, incident: null }) === null) {
    return refuse("override_refused", absent(emergencies));
  }
  return refuse("request_invalid", "say which incident the override is for", {
    path: "/incident",
  });
}

function causeOfNamed(
  emergencies: readonly Emergency[],
  { topic, named, open }: { topic: string; named: string; open: readonly OpenIncident[] },
): Result<{ cause: Cause }> {
  const incident = open.find(({ id }) => id === named) ?? null;
  const circumstances = circumstancesMet(emergencies, { topic, incident });
  if (circumstances === null) return refuse("override_refused", absent(emergencies));
  return { ok: true, cause: { incident: named, circumstances } };
}

/** The circumstances that are there; null when some emergency has none of its own. */
export function circumstancesMet(
  emergencies: readonly Emergency[],
  situation: Situation,
): readonly string[] | null {
  const met = new Set<string>();
  for (const { within } of emergencies) {
    const there = within.filter((circumstance) => isThere(circumstance, situation));
    if (there.length === 0) return null;
    for (const circumstance of there) met.add(circumstance);
  }
  return [...met];
}

const labelMark = "label:";
const topicMark = "topic:";

// SECURITY: labels speak for an alerting system or for somebody else; whoever overrides would else
// write the very label that the rule asks for.
function isThere(circumstance: string, { topic, incident }: Situation): boolean {
  if (circumstance === "incident") return incident !== null;
  if (circumstance.startsWith(topicMark)) {
    return topicsMeet(circumstance.slice(topicMark.length), topic);
  }
  if (!circumstance.startsWith(labelMark) || incident === null || incident.isOwn) return false;
  const label = circumstance.slice(labelMark.length);
  const at = label.indexOf("=");
  const name = label.slice(0, at);
  return (
    at > 0 && Object.hasOwn(incident.labels, name) && incident.labels[name] === label.slice(at + 1)
  );
}

/** The emergencies are those of the hold and of the policy now active: mostly the same ones twice. */
function absent(emergencies: readonly Emergency[]): string {
  const asked = emergencies.map(({ within }) => within.map(asWords).join(" or ") || "nothing");
  return `an override of this hold needs ${[...new Set(asked)].join(", and ")}`;
}

function asWords(circumstance: string): string {
  return circumstance === "incident" ? "an open incident" : `\`${circumstance}\``;
}
