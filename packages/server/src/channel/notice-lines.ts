// What channels share when they write a notice: reads the body, lists its lines, makes addresses in text harmless.

import { maskString } from "@holdpoint/core/action/mask";
import { visibleLine } from "@holdpoint/core/action/text";
import type { NoticeBody, NoticeData, NoticeLine } from "@holdpoint/core/wire/notice";
import type { RequirementView } from "@holdpoint/core/wire/response";
import { DeliveryFailed, type OutgoingNotice } from "./channel.ts";

export function readNotice(notice: OutgoingNotice): NoticeBody {
  try {
    return JSON.parse(notice.body) as NoticeBody;
  } catch {
    throw new DeliveryFailed("the message cannot be read", { isFinal: true });
  }
}

/**
 * One line of text that was not ours: secrets masked, hidden characters drawn, and addresses written so
 * that no reader makes a link of them. SECURITY: the notice is made this way already; a channel does
 * not lean on it.
 */
export function shown(text: string, lengthMax: number): string {
  return visibleLine(maskString(text), lengthMax)
    .replaceAll(/\b([a-z][a-z0-9+.-]{1,20}):\/\//gi, "$1[:]//")
    .replaceAll(/\b(mailto|tel|javascript|data):/gi, "$1[:]")
    .replaceAll(/\bwww\./gi, "www[.]");
}

/** What the action is, where it goes and with what; each line one value. */
export function actionLines(data: NoticeData): readonly NoticeLine[] {
  return [{ label: "Effect", value: data.effect_text }, ...data.facts_lines];
}

/** Who is asked, by which rule, and how long there is. */
export function holdLines(data: NoticeData): readonly NoticeLine[] {
  const asked = data.requirements.map(requirementText).join(" and ");
  const until = data.expires_in === null ? null : `${data.expires_in}, then ${endText(data)}`;
  const all: readonly (readonly [string, string | null])[] = [
    ["Risk", [data.risk.level, ...data.risk.reasons].join(", ")],
    ["Why", data.decision_summary.why],
    ["Asked", asked === "" ? null : asked],
    ["Time left", until],
    ["You are told", data.why_told],
  ];
  return all.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
}

/** The agent's own words; a channel draws them apart from everything else. */
export function claimLines(data: NoticeData): readonly NoticeLine[] {
  const { title, reasoning, flags } = data.claims;
  return [
    ...(title === null ? [] : [{ label: "Title", value: title }]),
    ...(reasoning === null ? [] : [{ label: "Reasoning", value: reasoning }]),
    ...data.questions.flatMap((one) => [
      { label: `${one.by} asked`, value: one.text },
      ...(one.answer === null ? [] : [{ label: "It answered", value: one.answer }]),
    ]),
    ...(flags.length === 0
      ? []
      : [{ label: "Beware", value: flags.map((flag) => flag.replaceAll("_", " ")).join(", ") }]),
  ];
}

function requirementText(requirement: RequirementView): string {
  const who =
    requirement.role === undefined
      ? requirement.group === undefined
        ? "anybody who may review"
        : `group ${requirement.group}`
      : `role ${requirement.role}`;
  return requirement.count === 1 ? who : `${requirement.count} of ${who}`;
}

function endText(data: NoticeData): string {
  if (data.decision === "ALLOW_UNLESS_REJECTED")
    return "it is blocked unless the window released it";
  switch (data.on_timeout) {
    case "allow":
      return "it runs if nothing speaks against it";
    case "escalate":
      return "others are asked";
    case "block":
      return "it is blocked";
  }
}
