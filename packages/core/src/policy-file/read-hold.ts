// Reads what a rule says about a hold: who approves, how long it lasts, what its end does.

import { holdTimeoutMaxMs, holdTimeoutMinMs } from "../base/limits.ts";
import type { OnTimeout } from "../policy/decision.ts";
import type { Group, Rule } from "../policy/policy.ts";
import { readDuration } from "./read-duration.ts";
import {
  notActedOn,
  readApprovals,
  readEmergency,
  readEscalate,
  readExclude,
} from "./read-people.ts";
import { type Members, part, type Place, readWord, type Reading } from "./reading.ts";

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
  const windowPlace = members.get("window");
  if (windowPlace !== undefined) {
    notActedOn(reading, windowPlace, "window", "silence releases nothing, people have to approve");
  }
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
    remindMs: [],
    claimSilenceMs: null,
    isLowRisk: false,
  };
}

/** INVARIANT: silence never lets an action run, so `on_timeout: allow` does not load. */
export function readOnTimeout(reading: Reading, place: Place): OnTimeout | null {
  const words: readonly OnTimeout[] = ["block", "escalate", "allow"];
  const word = readWord(reading, place, "`on_timeout`", words);
  if (word === "allow") {
    return reading.error(
      place,
      "never_fail_open",
      "`on_timeout: allow` would let the action run because nobody looked",
      "write `on_timeout: block`",
    );
  }
  if (word === "escalate") {
    notActedOn(reading, place, "on_timeout: escalate", "the hold blocks at its timeout");
  }
  return word;
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
