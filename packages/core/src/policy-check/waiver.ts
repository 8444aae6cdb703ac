// Turns findings that the owner of a rule accepts into notes, and looks after the waivers themselves.

import type { Instant } from "../base/clock.ts";
import { expiresSoonMs } from "./check-exceptions.ts";
import { type PlacedRule, placedRules, type Unplaced } from "./check-report.ts";
import { dateText } from "./check-words.ts";
import type { Finding } from "../policy/finding.ts";
import type { CheckCode } from "../policy/finding-codes.ts";
import type { Policy, Waiver } from "../policy/policy.ts";
import { dayMs } from "./roster-zone.ts";

/**
 * A warning or note on a rule that waives its code becomes a note `waived`.
 * INVARIANT: an error stays an error, whatever the file says, and so does a file that fails open.
 */
export function applyWaivers(
  policy: Policy,
  findings: readonly Unplaced[],
  now: Instant,
): readonly Unplaced[] {
  const placed = placedRules(policy).filter(({ rule }) => rule.waivers.length > 0);
  if (placed.length === 0) return findings;
  const byPath = new Map(placed.map((one) => [one.path, one]));
  const used = new Set<Waiver>();
  const refused = new Set<Waiver>();
  const kept = findings.map((finding): Unplaced => {
    const rule = byPath.get(rulePathOf(finding.path))?.rule;
    const waiver = rule?.waivers.find(({ id }) => id === finding.code);
    if (waiver === undefined) return finding;
    used.add(waiver);
    if (finding.severity === "error") refused.add(waiver);
    if (finding.severity === "error" || waiver.expiresAt <= now) return finding;
    const until = dateOf(waiver.expiresAt);
    return {
      ...finding,
      severity: "note",
      code: "waived",
      message: `\`${finding.code}\` is waived until ${until} (${waiver.reason}): ${finding.message}`,
    };
  });
  return [...kept, ...placed.flatMap((one) => aboutWaivers(one, { used, refused, now }))];
}

interface Waiving {
  readonly used: ReadonlySet<Waiver>;
  readonly refused: ReadonlySet<Waiver>;
  readonly now: Instant;
}

function aboutWaivers({ rule, path }: PlacedRule, { used, refused, now }: Waiving): Unplaced[] {
  return rule.waivers.flatMap((waiver, index) => {
    const date = dateOf(waiver.expiresAt);
    const say = (
      severity: Finding["severity"],
      code: CheckCode,
      { message, help }: { message: string; help: string },
    ): Unplaced[] => {
      const at = { place: null, path: `${path}/waivers/${index}` };
      return [{ severity, code, message: `rule \`${rule.id}\`: ${message}`, ...at, help }];
    };
    if (refused.has(waiver)) {
      return say("warning", "waiver_refused", {
        message: `\`${waiver.id}\` is an error and cannot be waived`,
        help: "correct what it says",
      });
    }
    if (waiver.expiresAt <= now) {
      return say("warning", "waiver_expired", {
        message: `the waiver of \`${waiver.id}\` expired on ${date}`,
        help: used.has(waiver) ? "correct the finding, or waive it anew" : "remove it",
      });
    }
    if (!used.has(waiver)) {
      return say("note", "waiver_unused", {
        message: `there is no \`${waiver.id}\` to waive`,
        help: "remove the waiver",
      });
    }
    if (waiver.expiresAt - now > expiresSoonMs) return [];
    return say("note", "waiver_expires_soon", {
      message: `the waiver of \`${waiver.id}\` expires on ${date}`,
      help: "correct the finding before, or waive it anew",
    });
  });
}

/** `/rules/3` of `/rules/3/match/cost`. */
function rulePathOf(path: string): string {
  return /^\/(?:rules|invariants)\/[0-9]+/.exec(path)?.[0] ?? "";
}

function dateOf(at: Instant): string {
  return dateText(Math.floor(at / dayMs));
}
