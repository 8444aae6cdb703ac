// In what states the doors find a hold, the rules that hold it, and what is true of each state.

import type { Seat } from "./people.ts";

export const stateNames = [
  "held",
  "group",
  "window",
  "blind",
  "pair",
  "signed",
  "floor",
  "claimed",
  "widened",
  "stale",
  "approved",
  "rejected",
  "expired",
  "cancelled",
  "executing",
  "unknown",
  "overridden",
  "publication",
] as const;
export type StateName = (typeof stateNames)[number];

export interface State {
  readonly topic: string;
  /** Who is asked; `everybody` where the rule names nobody. */
  readonly asks: readonly Seat[] | "everybody";
  /** People can still decide about it. */
  readonly isOpen: boolean;
  /** Whom the rule lets override it. */
  readonly overriddenBy: Seat | null;
}

const gate = { topic: "job.gate.write", asks: ["lead"], overriddenBy: "on-call" } as const;
const open = { isOpen: true } as const;
const over = { isOpen: false } as const;

export const states: Readonly<Record<StateName, State>> = {
  held: { ...gate, ...open },
  group: { ...gate, ...open, topic: "job.crew.write", asks: ["crew"] },
  window: { ...gate, ...open, topic: "job.veto.write" },
  blind: { ...gate, ...open, topic: "job.blind.write" },
  pair: { ...gate, ...open, topic: "job.pair.write" },
  signed: { ...gate, ...open, topic: "job.signed.write", overriddenBy: null },
  floor: { ...gate, ...open, topic: "job.floor.write", overriddenBy: null },
  claimed: { ...gate, ...open },
  widened: { ...gate, ...open, topic: "job.wide.write", asks: ["night", "security"] },
  stale: { ...gate, ...open, topic: "job.two.write" },
  approved: { ...gate, ...over },
  rejected: { ...gate, ...over },
  expired: { ...gate, ...over, topic: "job.brief.write" },
  cancelled: { ...gate, ...over },
  executing: { ...gate, ...over },
  unknown: { ...gate, ...over },
  overridden: { ...gate, ...over },
  publication: { ...gate, ...open, topic: "", asks: "everybody", overriddenBy: null },
};

const emergency = `emergency: { by: "group:on-call", within: [incident] }`;
const shut = `exclude: ["person:xena"]`;

/** A Sunday night: nobody of the group \`night\` is on duty, so that its holds widen at once. */
export const startAt = Date.parse("2026-11-22T03:00:00Z");

export function policyText(reason: string): string {
  return `version: v1
roles: { junior: 1, lead: 2, security: 2, director: 3 }
groups:
  crew: { members: ["role:lead", casey] }
  night: { members: ["role:lead"], hours: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:00" } }
  on-call: { members: [olly, owner, xena, dollar, retired] }
  board: { members: [bo, owner, olly] }
  mailed: { members: [mona] }
governance: { group: board, due: 3d, overrides_max: 100, per: 30d }
defaults: { decision: deny, timeout: 2h, rejection_memory: 0 }
invariants:
  - { id: floor-always, match: { topics: ["job.floor.*"] }, decision: require_approval, reason: Floor, approvals: [{ role: lead }] }
rules:
  - { id: gate, match: { topics: ["job.gate.*"] }, decision: require_approval, reason: "${reason}", approvals: [{ role: lead }], ${shut}, escalate: [{ after: 10m, to: "role:security" }], on_reject: escalate, ${emergency} }
  - { id: crew, match: { topics: ["job.crew.*"] }, decision: require_approval, approvals: [{ group: crew }], ${shut}, ${emergency} }
  - { id: veto, match: { topics: ["job.veto.*"] }, decision: allow_unless_rejected, approvals: [{ role: lead }], ${shut}, window: 10m, ${emergency} }
  - { id: blind, match: { topics: ["job.blind.*"] }, decision: require_approval, approvals: [{ role: lead, count: 2, blind: true }], ${shut}, ${emergency} }
  - { id: pair, match: { topics: ["job.pair.*"] }, decision: require_approval, approvals: [{ role: lead, count: 2 }], exclude: [last_pair, "person:xena"], ${emergency} }
  - { id: signed, match: { topics: ["job.signed.*"] }, decision: require_approval, approvals: [{ role: lead }], ${shut}, strong_auth: passkey }
  - { id: floor, match: { topics: ["job.floor.*"] }, decision: require_approval, approvals: [{ role: lead }], ${shut}, ${emergency} }
  - { id: wide, match: { topics: ["job.wide.*"] }, decision: require_approval, approvals: [{ group: night }], ${shut}, escalate: [{ after: 10m, to: "role:security" }], ${emergency} }
  - { id: two, match: { topics: ["job.two.*"] }, decision: require_approval, approvals: [{ role: lead, count: 2 }], ${shut}, ${emergency} }
  - { id: brief, match: { topics: ["job.brief.*"] }, decision: require_approval, approvals: [{ role: lead }], ${shut}, timeout: 1m, ${emergency} }
  - { id: mailed, match: { topics: ["job.mail.*"] }, decision: require_approval, approvals: [{ group: mailed }] }
`;
}
