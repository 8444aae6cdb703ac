// What each kind of event of a job means to a reader: where on its way it stands, and in which words.

import type { EventView } from "@holdpoint/core/wire/response";

export const stageNames = [
  "propose",
  "decide",
  "hold",
  "notify",
  "review",
  "grant",
  "execute",
  "record",
] as const;
export type StageName = (typeof stageNames)[number];

type Payload = EventView["payload"];

const stageOfType: Readonly<Record<string, StageName>> = {
  "job.proposed": "propose",
  "job.replaced": "propose",
  "job.remediated": "propose",
  "review.submitted": "review",
  "override.submitted": "review",
  "job.approved": "review",
  "job.rejected": "review",
  "job.modified": "review",
  "job.returned": "hold",
  "job.affected": "hold",
  "job.expired": "hold",
  "job.cancelled": "hold",
  "job.revoked": "grant",
  "grant.issued": "grant",
  "grant.redeemed": "execute",
  "job.succeeded": "execute",
  "job.failed": "execute",
  "job.unknown": "execute",
  "run.suspended": "hold",
  "attempt.refused": "review",
  "notice.delivered": "notify",
  "notice.failed": "notify",
  "notice.resent": "notify",
  "hold.notified": "notify",
  "hold.reminded": "notify",
  "hold.shed": "notify",
  "hold.escalated": "hold",
  "hold.unreachable": "hold",
  "hold.overdue": "hold",
  "hold.claimed": "review",
  "hold.released": "review",
  "hold.assigned": "review",
  "hold.silent": "review",
  "hold.asked": "review",
  "hold.answered": "review",
};

const wordsOfType: Readonly<Record<string, string>> = {
  "job.proposed": "proposed the action",
  "job.approved": "filled the quorum: approved",
  "job.rejected": "rejected it for good",
  "job.modified": "modified the action; earlier votes are void",
  "job.returned": "sent it back to the reviewers",
  "job.affected": "would decide it otherwise by now; asked anew when somebody approves",
  "job.expired": "time ran out; it is blocked",
  "job.cancelled": "withdrew it",
  "job.revoked": "revoked the release",
  "grant.issued": "took a fresh grant; the one before is void",
  "grant.redeemed": "redeemed the grant; the action runs",
  "job.succeeded": "reported success",
  "job.failed": "reported failure",
  "job.unknown": "no outcome was reported in time",
  "local.mismatch": "does not share the decision that the agent made by itself",
  "run.suspended": "saved its state and ended its run; a worker goes on with the answer",
  "attempt.refused": "tried, and was refused",
  "notice.delivered": "told people",
  "notice.failed": "could not tell people",
  "notice.resent": "sent a message again that had been given up",
  "hold.reminded": "told those asked again",
  "hold.overdue": "the promised time is over",
  "hold.claimed": "took the card",
  "hold.released": "gave the card back",
  "hold.silent": "nothing was heard of who had the card; it is free again",
  "hold.asked": "asked the agent",
  "hold.answered": "answered; its own words, checked by nobody",
  "governance.opened": "opened the review of the override",
  "governance.reminded": "reminded those who judge overrides",
  "governance.closed": "judged the override",
  "finding.opened": "found too many overrides; they take two people until that is closed",
  "finding.closed": "closed a finding about overrides",
  "takeover.opened": "asked people to do it by hand",
  "takeover.claimed": "does it by hand",
  "takeover.done": "did it by hand",
  "takeover.returned": "gave it back to the agent",
};

const verdictWords: Readonly<Record<string, string>> = {
  approve: "approved",
  reject: "rejected",
  modify: "modified the action",
  comment: "commented",
  abstain: "abstained",
};

const causeWords: Readonly<Record<string, string>> = {
  time: "nobody had decided",
  nobody_on_duty: "nobody asked before was on duty",
  unreachable: "nobody asked before could be told",
  timeout: "the time was up",
};

export function causeInWords(cause: string): string {
  return causeWords[cause] ?? cause.replaceAll("_", " ");
}

export function stageOf(type: string): StageName {
  return stageOfType[type] ?? "record";
}

export function textIn(payload: Payload, name: string): string | null {
  const value = payload?.[name];
  return typeof value === "string" && value !== "" ? value : null;
}

function numberIn(payload: Payload, name: string): number | null {
  const value = payload?.[name];
  return typeof value === "number" ? value : null;
}

function listIn(payload: Payload, name: string): readonly string[] {
  const value = payload?.[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** What somebody did, after their name. */
export function wordsOf({ type, payload }: EventView): string {
  const from = wordsFrom[type]?.(payload);
  return from ?? wordsOfType[type] ?? type;
}

const wordsFrom: Readonly<Record<string, (payload: Payload) => string | null>> = {
  "review.submitted": (payload) => {
    const verdict = textIn(payload, "verdict");
    if (verdict === null) return null;
    const principal = textIn(payload, "voted_for");
    const words = verdictWords[verdict] ?? verdict;
    return principal === null ? words : `${words} for ${principal}`;
  },
  "override.submitted": (payload) => {
    const [given, needed] = [numberIn(payload, "given"), numberIn(payload, "needed")];
    const isWaiting = given !== null && needed !== null && given < needed;
    const incident = textIn(payload, "incident");
    const words = `overrode it${incident === null ? "" : ` in the incident ${incident}`}`;
    return isWaiting ? `${words}; a second person has to as well` : words;
  },
  "job.approved": (payload) => {
    if (textIn(payload, "code") === "override") return "released it without those asked";
    // Silence released it: nobody filled a quorum.
    return numberIn(payload, "notified_at_ms") === null ? null : "released it: nobody rejected";
  },
  "job.proposed": (payload) =>
    isLocal(payload) ? "decided the action by itself and ran it; told afterwards" : null,
  "job.returned": (payload) =>
    effectChange(payload) === null
      ? null
      : "computed another effect before running it; back to the reviewers",
  "job.revoked": (payload) =>
    effectChange(payload) === null
      ? null
      : "revoked the release: policy denies the effect that was computed before running it",
  "job.succeeded": (payload) => settledWords(payload, "it succeeded"),
  "job.failed": (payload) => settledWords(payload, "it did not succeed"),
  "job.replaced": (payload) => replacedWords("in its place", textIn(payload, "by")),
  "job.remediated": (payload) => replacedWords("as the offered way", textIn(payload, "by")),
  "hold.notified": (payload) => {
    const channel = textIn(payload, "channel");
    if (channel === "dashboard") return "the clocks run; the dashboard is where people look";
    return `told somebody${channel === null ? "" : ` by ${channel}`}; the clocks run`;
  },
  "hold.escalated": (payload) => {
    const to = textIn(payload, "to")?.replace(":", " ") ?? "the next people";
    return `widened to ${to}: ${causeInWords(textIn(payload, "cause") ?? "time")}`;
  },
  "hold.unreachable": (payload) => {
    const isAbsent = textIn(payload, "cause") === "nobody_on_duty";
    return `nobody is left to ask: ${isAbsent ? "nobody is on duty" : "nobody can be told"}`;
  },
  "notice.delivered": (payload) => {
    // The log of the program is a place that nobody is told by.
    if (textIn(payload, "channel") === "log") return "wrote it to the log of the server";
    const person = textIn(payload, "person");
    return person === null ? null : `told ${person}`;
  },
  "notice.failed": (payload) => {
    const person = textIn(payload, "person");
    return person === null ? null : `could not tell ${person}`;
  },
  "hold.assigned": (payload) => {
    const to = textIn(payload, "to_name") ?? textIn(payload, "to");
    return to === null ? "handed the card over" : `gave the card to ${to}`;
  },
  "hold.shed": (payload) => {
    const people = listIn(payload, "people");
    return people.length === 0
      ? "sent the card to others: somebody had too many"
      : `did not send the card to ${people.join(", ")}: they have too many`;
  },
  "governance.closed": (payload) => {
    const isLegitimate = payload?.["legitimate"];
    if (typeof isLegitimate !== "boolean") return null;
    return `judged the override: ${isLegitimate ? "legitimate" : "not legitimate"}`;
  },
};

/** Only a person gives a reason with an outcome: nobody had reported one. */
function settledWords(payload: Payload, what: string): string | null {
  return textIn(payload, "reason") === null ? null : `said that ${what}; nobody had reported it`;
}

/** The agent decided beside the server. */
export function isLocal(payload: Payload): boolean {
  return typeof payload?.["local"] === "object" && payload["local"] !== null;
}

/** The effect that people were shown, and the one that was computed before it ran. */
export function effectChange(payload: Payload): { before: unknown; after: unknown } | null {
  const [before, after] = [payload?.["effect_before"], payload?.["effect_after"]];
  return before === undefined && after === undefined ? null : { before, after };
}

function replacedWords(how: string, by: string | null): string {
  return by === null ? `proposed another ${how}` : `proposed ${by} ${how}`;
}

/** Their reason is the policy's, or stands with the review before it. */
const silent = new Set(["job.proposed", "job.approved", "job.modified", "job.affected"]);

/** What a person, a channel or the executor wrote. */
export function quoteOf({ type, payload }: EventView): string | null {
  if (silent.has(type)) return null;
  if (type === "notice.delivered" || type === "notice.failed") {
    const channel = textIn(payload, "channel");
    const fault = textIn(payload, "error") ?? textIn(payload, "reason");
    if (channel === "log" && fault === null) return null;
    return channel === null ? fault : `by ${channel}${fault === null ? "" : `: ${fault}`}`;
  }
  if (type === "governance.closed") {
    return joined(payload, ["what_went_wrong", "how_to_avoid"]);
  }
  if (type === "local.mismatch") return textIn(payload, "why");
  return joined(payload, ["reason", "note", "text"]) ?? textIn(payload, "summary");
}

function joined(payload: Payload, names: readonly string[]): string | null {
  const said = names.map((name) => textIn(payload, name)).filter((text) => text !== null);
  return said.length > 0 ? said.join("\n") : null;
}
