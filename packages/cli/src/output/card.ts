// The card of a hold for a terminal, in the order in which a reviewer needs it.

import { isPublication } from "@holdpoint/core/policy/publish";
import type { CardView, RequirementView } from "@holdpoint/core/wire/response";
import { holdLines, questionLines } from "./card-hold.ts";
import { span, timeLeft } from "./span.ts";
import { wrap } from "./table.ts";
import { safe, safeJson, safeLine, type Terminal } from "./terminal.ts";

type Line = string;

/** Prints the card. What the agent says of itself comes last, in a box. */
export function printCard(terminal: Terminal, card: CardView, now: number): void {
  const parts = [
    head(terminal, card),
    effect(terminal, card),
    rule(terminal, card),
    holdLines(card, now),
    history(terminal, card),
    agent(terminal, card),
    claims(terminal, card),
    questionLines(terminal, card),
    ending(terminal, card, now),
  ];
  for (const lines of parts) {
    if (lines.length === 0) continue;
    for (const line of lines) terminal.print(line);
    terminal.print();
  }
}

function head(terminal: Terminal, card: CardView): Line[] {
  const { level, reasons } = card.risk;
  const why = reasons.length === 0 ? "" : ` (${reasons.map(safeLine).join(", ")})`;
  return [
    terminal.style("bold", safeLine(card.decision_summary.title)),
    `${card.job.id} · ${card.job.state} · ${level} risk${why}`,
  ];
}

function effect(terminal: Terminal, card: CardView): Line[] {
  const { action } = card;
  const target = [action.target.environment, action.target.resource].filter(
    (part) => part !== null,
  );
  const cost = action.cost === null ? [] : [`cost ${action.cost.amount} ${action.cost.currency}`];
  const lines = [
    safeLine(card.effect_text),
    [action.topic, ...target.map(safeLine), ...cost].join(" · "),
    ...block(terminal, "Parameters", safeJson(action.params)),
  ];
  for (const change of card.diff) {
    lines.push(
      `  ${safeLine(change.path)}`,
      terminal.style("red", `  - ${safeLine(JSON.stringify(change.before ?? null))}`),
      terminal.style("green", `  + ${safeLine(JSON.stringify(change.after ?? null))}`),
    );
  }
  if (action.effect?.diff != null) lines.push(...diffLines(terminal, action.effect.diff));
  if (card.constraints !== null) {
    lines.push(...block(terminal, "Constraints", safeJson(card.constraints)));
  }
  return lines;
}

function rule(terminal: Terminal, card: CardView): Line[] {
  const lines = [
    `${terminal.style("bold", safeLine(card.policy_rule_id ?? "default"))}: ${safeLine(card.policy_reason)}`,
    ...card.requirements.map((requirement) => `  ${askedOf(requirement, card)}`),
  ];
  if (card.votes_hidden) {
    lines.push(`  votes are hidden until you have voted (${card.votes} so far)`);
  }
  for (const review of card.reviews) {
    const who = safeLine(review.person.name ?? review.person.id);
    const words = [review.reason, review.note].filter((text) => text !== null).map(safeLine);
    const place = review.voted_for === null ? "" : ` for ${safeLine(review.voted_for.id)}`;
    lines.push(
      `  ${who}${place}: ${review.kind}${words.length > 0 ? `, “${words.join("; ")}”` : ""}`,
    );
  }
  return lines;
}

/** SECURITY: only the server proposes under this name, so that no agent attached these words. */
function isServers({ action }: CardView): boolean {
  return isPublication({ topic: action.topic, actor: { agent: action.agent.id } });
}

/** What is asked, of whom, and how far it is. */
function askedOf(requirement: RequirementView, card: CardView): string {
  const whom =
    requirement.role !== undefined
      ? `role ${safeLine(requirement.role)}`
      : requirement.group !== undefined
        ? `group ${safeLine(requirement.group)}`
        : isServers(card)
          ? "any admin"
          : "anybody who may review";
  if (card.votes_hidden) return `${requirement.count} from ${whom}`;
  return `${requirement.approved} of ${requirement.count} from ${whom}`;
}

function history(_terminal: Terminal, card: CardView): Line[] {
  return card.similar.map((item) => {
    const ending = item.resolution ?? item.job.state;
    const why = item.reason === null ? "" : `: ${safeLine(item.reason)}`;
    const kind = item.near ? "close to" : "earlier";
    return `${kind}: ${safeLine(item.title)} · ${safeLine(ending)}${why} · ${item.job.id}`;
  });
}

function agent(_terminal: Terminal, card: CardView): Line[] {
  const { id, run, on_behalf_of: onBehalfOf } = card.action.agent;
  const parts = [`agent ${safeLine(id)}`];
  if (onBehalfOf !== null) parts.push(`on behalf of ${safeLine(onBehalfOf)}`);
  if (run !== null) parts.push(`run ${safeLine(run)}`);
  return [parts.join(" · ")];
}

function claims(terminal: Terminal, card: CardView): Line[] {
  const { claims: said } = card;
  const named: readonly (readonly [string, string | null])[] = [
    ["title", said.title],
    ["reasoning", said.reasoning],
    ["if approved", said.if_approved],
    ["if rejected", said.if_rejected],
    ["instruction", said.instruction],
    ["confidence", said.confidence === null ? null : String(said.confidence)],
  ];
  const columns = Math.min(terminal.columns, 100) - 4;
  const lines = named.flatMap(([name, text]) =>
    text === null ? [] : wrap(`${name}: ${safe(text)}`, columns),
  );
  for (const item of card.evidence) {
    const parts = [item.label, item.uri, item.text?.trim() ?? null].filter((part) => part !== null);
    const text = parts.map(safe).join(" · ");
    lines.push(...wrap(isServers(card) ? text : `evidence: ${text}`, columns));
  }
  if (lines.length === 0) return [];
  if (isServers(card)) return [terminal.style("bold", "What the server found"), ...lines];
  const flags = said.flags.length === 0 ? "" : ` · careful: ${said.flags.map(safeLine).join(", ")}`;
  return [
    terminal.style("yellow", `┌ Claimed by the agent${flags}`),
    ...lines.map((line) => `${terminal.style("yellow", "│")} ${line}`),
    terminal.style("yellow", "└"),
  ];
}

function ending(_terminal: Terminal, card: CardView, now: number): Line[] {
  const { resolution } = card;
  if (resolution !== null) {
    const who = safeLine(resolution.by.name ?? resolution.by.id);
    const why = resolution.reason === null ? "" : `: ${safeLine(resolution.reason)}`;
    const what = resolution.code === "override" ? "overridden" : resolution.kind;
    return [`${what} by ${who} at ${resolution.at}${why}`];
  }
  if (card.job.state !== "APPROVAL") return [`state ${card.job.state}`];
  const then = { block: "blocked", escalate: "escalated", allow: "allowed" }[card.on_timeout];
  const age = span(now - Date.parse(card.created_at));
  const left = timeLeft(card.expires_at, now);
  return [`held ${age} ago · ${left === "–" ? "no end" : `${left} left, then it is ${then}`}`];
}

function diffLines(terminal: Terminal, diff: string): Line[] {
  return block(terminal, "Diff", safe(diff).trimEnd()).map((line) => {
    if (line.startsWith("  +")) return terminal.style("green", line);
    return line.startsWith("  -") ? terminal.style("red", line) : line;
  });
}

function block(terminal: Terminal, title: string, text: string): Line[] {
  return [terminal.style("dim", `${title}:`), ...text.split("\n").map((line) => `  ${line}`)];
}
