// The dialogs of Slack: reject with a reason, modify with a preview, details of the card.

import { createHash } from "node:crypto";
import { diffJson } from "@holdpoint/core/action/diff";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { rejectCodes } from "@holdpoint/core/wire/request";
import type { CardView, ExplainView } from "@holdpoint/core/wire/response";
import {
  type Block,
  type Line,
  contextBlock,
  fieldSections,
  header,
  lineSection,
  plain,
  section,
  type SlackView,
} from "../channel/slack-block.ts";
import { readTarget, type Target, targetText } from "../channel/slack-card.ts";

/** What a dialog is about; Slack gives it back as it was given. */
export interface DialogPurpose {
  readonly target: Target;
  /** Where the person is answered; null when they pressed outside of a channel. */
  readonly channel: string | null;
  /** Digest of the parameters whose preview is shown; null before any. */
  readonly previewed: string | null;
}

export const dialogIds = {
  reject: "holdpoint_reject",
  modify: "holdpoint_modify",
  details: "holdpoint_details",
} as const;

/** Names of the input blocks. */
export const inputs = { reason: "reason", code: "code", params: "params" } as const;

/** SPEC: Block Kit, `plain_text_input`: at most 3,000 characters. */
const inputMax = 3_000;
const linesMax = 40;

export function rejectDialog(card: CardView, purpose: DialogPurpose): SlackView {
  return {
    ...dialogOf(dialogIds.reject, "Reject", purpose),
    submit: plain("Reject", 24),
    blocks: [
      section(card.decision_summary.title),
      reasonInput("Reason, told to the agent"),
      {
        type: "input",
        block_id: inputs.code,
        label: plain("Code"),
        optional: true,
        element: {
          type: "static_select",
          action_id: "value",
          options: rejectCodes.map((code) => ({
            text: plain(code.replaceAll("_", " "), 75),
            value: code,
          })),
        },
      },
    ],
  };
}

/** The parameters as the reviewer edits them: secrets hidden, and kept where they stay hidden. */
export function paramsText(card: CardView): string {
  return JSON.stringify(card.action.params, null, 2);
}

/** True when a dialog can hold them. */
export function fitsDialog(text: string): boolean {
  return text.length <= inputMax;
}

export interface ModifyState {
  /** JSON text of the parameters in the dialog. */
  readonly text: string;
  /** What policy says of them; null before the preview. */
  readonly preview: { readonly params: JsonObject; readonly explained: ExplainView } | null;
}

export function modifyDialog(
  card: CardView,
  purpose: DialogPurpose,
  { text, preview }: ModifyState,
): SlackView {
  const isDenied = preview?.explained.decision === "DENY";
  const previewed = preview === null || isDenied ? null : textDigest(text);
  return {
    ...dialogOf(dialogIds.modify, "Modify", { ...purpose, previewed }),
    submit: plain(previewed === null ? "Preview" : "Send", 24),
    blocks: [
      section(card.decision_summary.title),
      {
        type: "input",
        block_id: inputs.params,
        label: plain("Parameters, as JSON"),
        element: {
          type: "plain_text_input",
          action_id: "value",
          multiline: true,
          initial_value: text,
          max_length: inputMax,
        },
      },
      reasonInput("Reason"),
      ...(preview === null
        ? [contextBlock(["Preview shows what changes and what policy decides; nothing is sent."])]
        : previewBlocks(card, preview)),
    ],
  };
}

function previewBlocks(
  card: CardView,
  { params, explained }: NonNullable<ModifyState["preview"]>,
): readonly Block[] {
  const changes = diffJson({ params: card.action.params }, { params }).map(
    ({ path, before, after }): Line => ({
      label: path,
      value: `${JSON.stringify(before ?? null)} → ${JSON.stringify(after ?? null)}`,
    }),
  );
  const change = lineSection("What changes", changes) ?? section("Nothing changes.");
  return [
    header("Preview"),
    change,
    section(`Policy decides: ${explained.decision}, ${explained.policy_reason}`),
    contextBlock([
      explained.decision === "DENY"
        ? "Policy denies this edit, so it cannot be sent. Change it and preview again."
        : "Sending makes earlier approvals void; yours counts. If you edit again, you see a new preview.",
    ]),
  ];
}

export function detailsDialog(card: CardView, purpose: DialogPurpose): SlackView {
  const params = linesOf(card.action.params);
  const reviews = card.reviews.map((review): Line => ({
    label: `${review.kind} by ${review.person.name ?? review.person.id}`,
    value: review.reason ?? review.note ?? "no words",
  }));
  const lists = [
    lineSection("Parameters", params),
    lineSection("Reviews", reviews),
    lineSection(
      "Earlier decisions about the like",
      card.similar.map((one) => ({ label: one.resolution ?? one.job.state, value: one.title })),
    ),
  ];
  const { title, why, next_effect: next } = card.decision_summary;
  return {
    ...dialogOf(dialogIds.details, "Details", purpose),
    blocks: [
      section(title),
      ...fieldSections([
        { label: "Effect", value: card.effect_text },
        { label: "State", value: card.job.state },
        { label: "Why", value: why },
        { label: "Next", value: next },
        { label: "Risk", value: [card.risk.level, ...card.risk.reasons].join(", ") },
        { label: "Agent", value: card.action.agent.id },
        { label: "On behalf of", value: card.action.agent.on_behalf_of ?? "nobody named" },
        { label: "Ends", value: card.expires_at ?? "not by itself" },
      ]),
      ...lists.filter((block) => block !== null),
      contextBlock(["What the agent claims, and the whole trace, stand on the card in Holdpoint."]),
    ],
  };
}

function linesOf(params: JsonObject): readonly Line[] {
  return Object.entries(params)
    .slice(0, linesMax)
    .map(([label, value]) => ({
      label,
      value: typeof value === "string" ? value : JSON.stringify(value),
    }));
}

function reasonInput(label: string): Block {
  return {
    type: "input",
    block_id: inputs.reason,
    label: plain(label),
    element: {
      type: "plain_text_input",
      action_id: "value",
      multiline: true,
      min_length: 1,
      max_length: inputMax,
    },
  };
}

function dialogOf(
  callback: string,
  title: string,
  purpose: DialogPurpose,
): Pick<SlackView, "type" | "callback_id" | "private_metadata" | "title" | "close"> {
  return {
    type: "modal",
    callback_id: callback,
    private_metadata: JSON.stringify({
      target: targetText(purpose.target),
      channel: purpose.channel,
      previewed: purpose.previewed,
    }),
    title: plain(title, 24),
    close: plain("Close", 24),
  };
}

/** Null when the text is not what a dialog of ours carries. */
export function readPurpose(text: string): DialogPurpose | null {
  try {
    const { target, channel, previewed } = JSON.parse(text) as Record<string, unknown>;
    const read = typeof target === "string" ? readTarget(target) : null;
    if (read === null) return null;
    return {
      target: read,
      channel: typeof channel === "string" ? channel : null,
      previewed: typeof previewed === "string" ? previewed : null,
    };
  } catch {
    return null;
  }
}

export function textDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
