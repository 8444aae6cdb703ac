// The questions of a rule, answered slowly and plainly for the reference evaluator.

import type { EvaluationInput } from "@holdpoint/core/policy/decision";
import type { Calendar, Policy, Rule } from "@holdpoint/core/policy/policy";

export type Answer = boolean | "unknown";

/** Velocity counts by the id of their rule; absent is not counted. */
export type Counts = Readonly<Record<string, number>>;

/** True, false, or unknown when the action does not say what is asked. */
export function answerOf(
  { calendars }: Policy,
  match: Rule["match"],
  input: EvaluationInput,
): Answer {
  const { cost } = match;
  const within = (name: string): boolean => isIn(calendars.get(name), input.now);
  const amount = input.cost?.amount ?? Number.NaN;
  const isComparable =
    cost !== null &&
    Number.isFinite(amount) &&
    (cost.currency === null || cost.currency === input.cost?.currency);
  const answers: (boolean | "unknown")[] = [
    match.topics === null || match.topics.some((glob) => topicExpression(glob).test(input.topic)),
    match.riskTags === null ||
      (match.riskTags.length === 0
        ? input.riskTags.length === 0
        : match.riskTags.every((tag) => input.riskTags.includes(tag))),
    match.anyRiskTags === null || match.anyRiskTags.some((tag) => input.riskTags.includes(tag)),
    match.agents === null || match.agents.some((glob) => nameExpression(glob).test(input.agent)),
    match.tools === null || match.tools.some((glob) => fitsTool(glob, input.tool)),
    match.tenants === null || match.tenants.includes(input.tenant),
    match.labels === null ||
      Object.entries(match.labels).every(
        ([name, value]) => Object.hasOwn(input.labels, name) && input.labels[name] === value,
      ),
    match.environments === null ||
      (input.environment === null ? "unknown" : match.environments.includes(input.environment)),
    match.reversible === null ||
      (input.reversible === null ? "unknown" : match.reversible === input.reversible),
    cost === null ||
      (!isComparable
        ? "unknown"
        : (cost.over === null || amount > cost.over) &&
          (cost.atLeast === null || amount >= cost.atLeast) &&
          (cost.under === null || amount < cost.under) &&
          (cost.atMost === null || amount <= cost.atMost)),
    match.during === null || match.during.some(within),
    match.outside === null || !match.outside.some(within),
    match.unusual === null ||
      (input.facts.history === null ? "unknown" : isUnusual(input) === match.unusual),
  ];
  if (answers.includes(false)) return false;
  return answers.includes("unknown") ? "unknown" : true;
}

function topicExpression(glob: string): RegExp {
  const parts = glob
    .split(".")
    .map((part) => (part === "**" ? "[^]*" : part === "*" ? "[^.]*" : escaped(part)));
  return new RegExp(`^${parts.join("\\.")}$`);
}

function nameExpression(glob: string): RegExp {
  const parts = glob.split(/(\*\*|\*)/);
  const source = parts.map((part) =>
    part === "**" ? "[^]*" : part === "*" ? "[^.]*" : escaped(part),
  );
  return new RegExp(`^${source.join("")}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

function fitsTool(glob: string, tool: EvaluationInput["tool"]): boolean {
  if (tool === null) return false;
  const expression = nameExpression(glob);
  const full = tool.server === null ? tool.name : `${tool.server}.${tool.name}`;
  return expression.test(tool.name) || expression.test(full);
}

/** Only zones that the tests use: UTC and whole hours beside it, and one with summer time. */
function isIn(calendar: Calendar | undefined, now: number): boolean {
  if (calendar === undefined) return false;
  const local = localTime(calendar.zone, now);
  if (calendar.except.includes(local.slice(0, 10))) return false;
  if (calendar.between.some(({ from, to }) => local >= from && local < to)) return true;
  const { hours } = calendar;
  if (hours === null) return false;
  const clock = local.slice(11, 16);
  const midday = Date.parse(`${local.slice(0, 10)}T12:00:00Z`);
  const day = (at: number): string =>
    "sun mon tue wed thu fri sat".split(" ")[new Date(at).getUTCDay()] ?? "";
  const today = hours.days.includes(day(midday));
  const yesterday = hours.days.includes(day(midday - 86_400_000));
  if (hours.from < hours.to) return today && clock >= hours.from && clock < hours.to;
  return (today && clock >= hours.from) || (yesterday && clock < hours.to);
}

function localTime(zone: string, now: number): string {
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  const minutes = Number(offset?.[2] ?? 0) * 60 + Number(offset?.[3] ?? 0);
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: offset === null ? zone : "UTC",
    dateStyle: "short",
    timeStyle: "medium",
  }).format(now + (offset?.[1] === "-" ? -minutes : minutes) * 60_000);
  return parts.replace(" ", "T");
}

export function isUnusual({ facts, params }: EvaluationInput): boolean {
  const { history } = facts;
  if (history === null) return false;
  if (Object.values(history.firstTime).includes(true)) return true;
  return Object.entries(history.ranges).some(([path, { count, low, high }]) => {
    const value = path
      .split(".")
      .slice(1)
      .reduce<unknown>((inner, key) => {
        const isMap = typeof inner === "object" && inner !== null && Object.hasOwn(inner, key);
        return isMap ? (inner as Record<string, unknown>)[key] : undefined;
      }, params);
    if (count < 20 || value === undefined || value === null) return false;
    return typeof value !== "number" || value < low || value > high;
  });
}
