// Finds exceptions that are over, will soon be, or lift nothing.

import type { Check } from "./check-report.ts";
import { dateText } from "./check-words.ts";
import { contradictionIn, disjointBy } from "./disjoint.ts";
import type { Exception, Rule } from "../policy/policy.ts";
import { dayMs } from "./roster-zone.ts";

/** So long before the end a reader is told. */
export const expiresSoonMs: number = 30 * dayMs;

export function checkExceptions(check: Check): void {
  const byId = new Map(check.policy.rules.map((rule) => [rule.id, rule]));
  for (const [index, exception] of check.policy.exceptions.entries()) {
    const path = `/exceptions/${index}`;
    if (reportExpiry(check, exception, path)) continue;
    const contradiction = contradictionIn(exception.match);
    if (contradiction !== null) {
      report(
        check,
        path,
        `\`${exception.id}\` fits no action: ${contradiction} exclude each other`,
      );
      continue;
    }
    for (const [place, id] of exception.rules.entries()) {
      const rule = byId.get(id);
      const why = rule === undefined ? null : whyLiftsNothing(exception, rule);
      if (why !== null) report(check, `${path}/rules/${place}`, why);
    }
  }
}

function whyLiftsNothing(exception: Exception, rule: Rule): string | null {
  if (rule.mode !== "enforce") {
    return `\`${exception.id}\` lifts rule \`${rule.id}\`, which is in mode \`${rule.mode}\` anyway`;
  }
  const key = disjointBy(exception.match, rule.match);
  if (key === null) return null;
  return `\`${exception.id}\` and rule \`${rule.id}\` have no action in common: their \`${key}\` exclude each other`;
}

function report(check: Check, path: string, message: string): void {
  check.report({
    severity: "warning",
    code: "exception_lifts_nothing",
    path,
    message: `exception ${message}`,
    help: "correct its `match`, or remove it",
  });
}

/** True when it is over, and nothing else about it matters. */
function reportExpiry({ now, report: tell }: Check, exception: Exception, path: string): boolean {
  if (now === null || exception.expiresAt - now > expiresSoonMs) return false;
  const isOver = exception.expiresAt <= now;
  const date = dateText(Math.floor(exception.expiresAt / dayMs));
  tell({
    severity: isOver ? "warning" : "note",
    code: isOver ? "exception_expired" : "exception_expires_soon",
    path: `${path}/expires`,
    message: isOver
      ? `exception \`${exception.id}\` expired on ${date}: its rules apply again`
      : `exception \`${exception.id}\` expires on ${date}`,
    help: isOver ? "remove it" : `ask ${exception.owner} whether it is still needed`,
  });
  return isOver;
}
