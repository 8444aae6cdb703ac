// Reads what a rule says about a hold: who approves, how long it lasts, what its end does.

import { holdTimeoutMaxMs, holdTimeoutMinMs } from "../base/limits.ts";
import type { OnTimeout } from "../policy/decision.ts";
import type { Group, Rule } from "../policy/policy.ts";
import { readDuration } from "./read-duration.ts";
import { readApprovals, readExclude } from "./read-approvals.ts";
import { readEmergency, readEscalate, readRemind } from "./read-ladder.ts";
import { type Members, part, type Place, readBoolean, readWord, type Reading } from "./reading.ts";

export type HoldPart = Pick<
  Rule,
  | "approvals"
  | "exclude"
  | "strongAuth"
  | "slaMs"
  | "timeoutMs"
  | "onTimeout"
  | "onReject"
  | "escalate"
  | "emergency"
  | "windowMs"
  | "remindMs"
  | "claimSilenceMs"
  | "isLowRisk"
>;

export function readHold(
  reading: Reading,
  members: Members,
  groups: ReadonlyMap<string, Group>,
): HoldPart {
  const bounds = { minMs: holdTimeoutMinMs, maxMs: holdTimeoutMaxMs };
  const span = (key: string): number | null =>
    part(members, key, (at) => readDuration(reading, at, `\`${key}\``, bounds));
  return {
    approvals: part(members, "approvals", (at) => readApprovals(reading, at, groups)) ?? [],
    exclude: part(members, "exclude", (at) => readExclude(reading, at)) ?? [],
    strongAuth: part(members, "strong_auth", (at) => readStrongAuth(reading, at)),
    slaMs: span("sla"),
    timeoutMs: span("timeout"),
    onTimeout: part(members, "on_timeout", (at) => readOnTimeout(reading, at)),
    onReject: part(members, "on_reject", (at) =>
      readWord(reading, at, "`on_reject`", ["abort", "reroute", "escalate"]),
    ),
    escalate: part(members, "escalate", (at) => readEscalate(reading, at)) ?? [],
    emergency: part(members, "emergency", (at) => readEmergency(reading, at)),
    windowMs: span("window"),
    remindMs: part(members, "remind", (at) => readRemind(reading, at)) ?? [],
    claimSilenceMs: span("claim_silence"),
    isLowRisk: part(members, "low_risk", (at) => readBoolean(reading, at, "`low_risk`")) ?? false,
  };
}

function readOnTimeout(reading: Reading, place: Place): OnTimeout | null {
  return readWord(reading, place, "`on_timeout`", ["block", "escalate", "allow"]);
}

/** INVARIANT: a default speaks for actions that nobody thought of, so its silence releases nothing. */
export function readDefaultOnTimeout(reading: Reading, place: Place): OnTimeout | null {
  const word = readOnTimeout(reading, place);
  if (word !== "allow") return word;
  const message = "`on_timeout: allow` would let the action run because nobody looked";
  return reading.error(place, "never_fail_open", message, "write `on_timeout: block`");
}

/**
 * INVARIANT: silence releases only what its owner calls low in risk, what can be undone, and what
 * one person could have released: anything else does not load (spec 03).
 */
export function refuseSilence(reading: Reading, members: Members, rule: Rule): void {
  const place = members.get("on_timeout");
  if (place === undefined || rule.onTimeout !== "allow") return;
  const [first, ...others] = rule.approvals;
  const lacks = [
    ...(rule.isLowRisk ? [] : ["`low_risk: true`"]),
    ...(rule.match.reversible === true ? [] : ["`reversible: true` under `match`"]),
    ...(others.length === 0 && (first?.count ?? 1) === 1 ? [] : ["one approval at most"]),
    ...(rule.strongAuth === null ? [] : ["no `strong_auth`"]),
  ];
  if (lacks.length === 0) return;
  const message = `\`on_timeout: allow\` would let the action run because nobody looked; it takes ${lacks.join(", ")}`;
  reading.error(place, "never_fail_open", message, "write `on_timeout: block`");
}

function readStrongAuth(reading: Reading, place: Place): "passkey" | null {
  const word = readWord(reading, place, "`strong_auth`", ["passkey"]);
  if (word !== null) {
    reading.warn(
      place,
      "strong_auth_unavailable",
      "this version cannot check a passkey, so nobody can approve what this rule holds",
      "such a hold ends at its timeout; leave `strong_auth` out to have it reviewed",
    );
  }
  return word;
}
