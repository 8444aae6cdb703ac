// Of the card for a terminal: the clock of a hold, who has it, who was told, and what was asked of the agent.

import type { CardView } from "@holdpoint/core/wire/response";
import { timeLeft, timeSince } from "./span.ts";
import { wrap } from "./table.ts";
import { safe, safeLine, type Terminal } from "./terminal.ts";

const nextWords = {
  delivery: "the next are asked unless somebody was told",
  reminder: "those asked are reminded",
  sla: "the promised time is over",
  claim: "the claim ends if nothing is heard",
  escalation: "the next are asked",
  window: "it is released unless somebody rejects",
  timeout: "the time of the hold is up",
} as const;

/** Lines about an open hold; none for one of before holds had clocks. */
export function holdLines(card: CardView, now: number): string[] {
  const { watch } = card;
  if (watch === null || card.job.state !== "APPROVAL") return [];
  const lines = [`level ${watch.level}, asked: ${watch.asked.map(safeLine).join(", ")}`];
  const present = card.who.flatMap(({ people }) => people.filter((one) => one.on_duty));
  if (present.length > 0) {
    const names = [...new Set(present.map(({ id, name }) => safeLine(name ?? id)))];
    lines.push(`on duty: ${names.slice(0, 12).join(", ")}`);
  }
  lines.push(
    watch.notified_at === null
      ? "nobody is known to have been told"
      : `told ${timeSince(watch.notified_at, now)} by ${safeLine(watch.notified_by ?? "")}`,
  );
  if (watch.claim !== null) {
    lines.push(`${safeLine(watch.claim.person.name ?? watch.claim.person.id)} has the card`);
  }
  if (watch.overdue) lines.push("overdue: the promised time is over");
  if (watch.next !== null) {
    lines.push(`next, in ${timeLeft(watch.next.at, now)}: ${nextWords[watch.next.kind]}`);
  }
  return lines;
}

/** Answers are the agent's claims, and marked like them. */
export function questionLines(terminal: Terminal, card: CardView): string[] {
  const columns = Math.min(terminal.columns, 100) - 4;
  return (card.watch?.questions ?? []).flatMap(({ by, text, answer }) => {
    const asked = wrap(`${safeLine(by.name ?? by.id)} asks: ${safe(text)}`, columns);
    if (answer === null) return [...asked, terminal.style("dim", "  not answered yet")];
    const flags =
      answer.flags.length === 0 ? "" : ` · careful: ${answer.flags.map(safeLine).join(", ")}`;
    return [
      ...asked,
      terminal.style("yellow", `┌ Claimed by the agent${flags}`),
      ...wrap(safe(answer.text), columns).map((line) => `${terminal.style("yellow", "│")} ${line}`),
      terminal.style("yellow", "└"),
    ];
  });
}
