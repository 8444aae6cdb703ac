// The computed line of the card: verb, object, size, place, environment. Never the agent's words.

import type { Action } from "./action.ts";
import { maskString } from "./mask.ts";
import { visibleLine } from "./text.ts";

const placeLengthMax = 80;

/** For example `Delete 3 rows: customers/c_81 (crm, prod)`. */
export function titleOf(action: Action): string {
  const segments = action.topic.split(".");
  const verb = words(segments.at(-1) ?? action.topic);
  const tool = action.tool === null ? null : words(action.tool.name);
  const size = sizeOf(action);
  // A tool that is named after what it does says it better than the topic.
  const isNamed = tool !== null && tool.split(" ").includes(verb);
  const object = words(segments.slice(1, -1).join(" "));
  const phrase = isNamed && size === null ? tool : `${verb} ${size ?? object}`;
  const place = [action.tool?.server ?? null, isNamed ? null : tool, action.target.environment]
    .filter((part) => part !== null)
    .map((part) => visibleLine(part, placeLengthMax));
  const resource =
    action.target.resource === null
      ? ""
      : `: ${visibleLine(maskString(action.target.resource), placeLengthMax)}`;
  const where = place.length === 0 ? "" : ` (${place.join(", ")})`;
  return `${capital(visibleLine(phrase, placeLengthMax))}${resource}${where}`;
}

/** What is known of the effect, in plain words; says so when nothing was computed. */
export function effectText(action: Action): string {
  const parts: string[] = [];
  const { effect, cost } = action;
  if (cost !== null) parts.push(`costs ${cost.amount} ${cost.currency}`);
  if (effect?.rows != null) parts.push(plural(effect.rows, "row"));
  if (effect?.recipients != null) parts.push(plural(effect.recipients, "recipient"));
  const computed =
    parts.length === 0 && effect?.diff == null ? "effect not computed" : parts.join(", ");
  const undo =
    action.reversible === null
      ? "not said whether it can be undone"
      : action.reversible
        ? "can be undone"
        : "cannot be undone";
  return [computed, undo].filter((part) => part !== "").join("; ");
}

export interface Risk {
  readonly level: "low" | "medium" | "high";
  readonly reasons: readonly string[];
}

/** A coarse level from stated facts; each reason is one fact. */
export function riskOf(action: Action): Risk {
  const reasons: string[] = [];
  if (action.reversible === false) reasons.push("irreversible");
  if (action.reversible === null) reasons.push("reversibility unknown");
  if (isProduction(action)) reasons.push("production");
  if (action.riskTags.includes("payment")) reasons.push("moves money");
  if ((action.cost?.amount ?? 0) > 0)
    reasons.push(`costs ${action.cost?.amount} ${action.cost?.currency}`);
  if ((action.effect?.rows ?? 0) > 1) reasons.push(`${action.effect?.rows} rows`);
  if ((action.effect?.recipients ?? 0) > 1) reasons.push(`${action.effect?.recipients} recipients`);
  if (action.riskTags.length === 0 && action.reversible !== false) return { level: "low", reasons };
  const isHigh =
    action.reversible === false && (isProduction(action) || action.riskTags.includes("payment"));
  return { level: isHigh ? "high" : "medium", reasons };
}

function isProduction(action: Action): boolean {
  return (
    action.riskTags.includes("prod") || /^prod(uction)?$/.test(action.target.environment ?? "")
  );
}

function sizeOf(action: Action): string | null {
  if (action.cost !== null) return `${action.cost.amount} ${action.cost.currency}`;
  if (action.effect?.rows != null) return plural(action.effect.rows, "row");
  if (action.effect?.recipients != null)
    return `to ${plural(action.effect.recipients, "recipient")}`;
  return null;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function words(name: string): string {
  return name.replaceAll(/[_.-]+/g, " ").trim();
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
