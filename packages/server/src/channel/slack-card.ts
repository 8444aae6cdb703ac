// A notice as a Slack message: the card with its buttons, the short form of a thread, the decided card.

import {
  isDigestNotice,
  isHoldNotice,
  type NoticeBody,
  type NoticeData,
} from "@holdpoint/core/wire/notice";
import { isCard } from "@holdpoint/core/wire/notice-kind";
import { actionLines, claimLines, holdLines, shown } from "./notice-lines.ts";
import {
  type Block,
  type Button,
  contextBlock,
  escaped,
  fieldSections,
  header,
  lineSection,
  plain,
  section,
  type SlackMessage,
} from "./slack-block.ts";

/** What a button is about: the very action that was shown. */
export interface Target {
  readonly jobId: string;
  readonly jobHash: string;
  readonly revision: number;
}

export const actionIds = {
  approve: "holdpoint_approve",
  reject: "holdpoint_reject",
  modify: "holdpoint_modify",
  details: "holdpoint_details",
  open: "holdpoint_open",
} as const;

const fallbackMax = 300;
const digestMax = 20;

export interface Drawing {
  readonly id: string;
  readonly isInteractive: boolean;
  /** True below another message of the same hold. */
  readonly isInThread: boolean;
}

export function messageOf(body: NoticeBody, drawing: Drawing): SlackMessage {
  const { data } = body;
  const dedupKey = drawing.id;
  if (isHoldNotice(data)) {
    const text = fallbackOf(`${data.headline}: ${data.decision_summary.title}`);
    // SECURITY: who is asked to vote in a thread sees the action there: it may be another than above.
    const isWhole = !drawing.isInThread || (isCard(body.type) && data.resolution_line === null);
    const blocks = isWhole ? wholeCard(data, drawing) : shortCard(data, drawing);
    return { text, blocks, dedupKey };
  }
  const lines = isDigestNotice(data)
    ? data.digest
        .slice(0, digestMax)
        .map((one) => ({ label: one.headline, value: one.decision_summary.title }))
    : data.lines.map((value) => ({ label: "", value }));
  const list = lineSection(isDigestNotice(data) ? "Waiting" : "News", lines);
  return {
    text: fallbackOf(data.title),
    blocks: [
      section(data.title),
      ...(list === null ? [] : [list]),
      actions([openButton(data.url)]),
    ],
    dedupKey,
  };
}

/** One line for the thread under a message that was rewritten. */
export function timelineOf(body: NoticeBody, id: string): SlackMessage | null {
  const { data } = body;
  if (!isHoldNotice(data)) return null;
  const line = data.resolution_line ?? data.headline;
  return { text: fallbackOf(line), blocks: [contextBlock([line])], dedupKey: `${id}:thread` };
}

function wholeCard(data: NoticeData, drawing: Drawing): readonly Block[] {
  const params = lineSection("Parameters", data.params_lines);
  const changes = lineSection(
    "Changed by people",
    data.changes.map(({ path, before, after }) => ({ label: path, value: `${before} → ${after}` })),
  );
  const claims = claimLines(data);
  return [
    header(data.headline),
    section(data.decision_summary.title),
    ...(data.resolution_line === null ? [] : [section(data.resolution_line)]),
    ...fieldSections(actionLines(data)),
    ...(params === null ? [] : [params]),
    ...(changes === null ? [] : [changes]),
    ...fieldSections(holdLines(data)),
    ...(claims.length === 0
      ? []
      : [
          { type: "divider" } as const,
          contextBlock([
            "Claimed by the agent, not checked",
            ...claims.map(({ label, value }) => `${label}: ${value}`),
          ]),
          { type: "divider" } as const,
        ]),
    actions(buttonsOf(data, drawing)),
  ];
}

/** News below the card: no buttons that vote, because the action is not shown beside them. */
function shortCard(data: NoticeData, { isInteractive }: Drawing): readonly Block[] {
  const { headline, resolution_line: outcome, expires_in: left, why_told: why } = data;
  const context = [...(left === null ? [] : [`${left} left`]), ...(why === null ? [] : [why])];
  const isOpen = isInteractive && data.can_decide_here && outcome === null;
  return [
    section(outcome === null ? `${headline}: ${data.decision_summary.title}` : outcome),
    ...(context.length === 0 ? [] : [contextBlock(context)]),
    actions([...(isOpen ? [detailsButton(data)] : []), openButton(data.url)]),
  ];
}

/** Nothing is marked as the button to press; approving asks once more. */
function buttonsOf(data: NoticeData, { isInteractive }: Drawing): readonly Button[] {
  const open = openButton(data.url);
  if (!isInteractive || !data.can_decide_here || data.resolution_line !== null) return [open];
  const button = (actionId: string, text: string): Button => targetButton(data, actionId, text);
  return [
    {
      ...button(actionIds.approve, "Approve"),
      confirm: {
        title: plain("Approve this action?"),
        text: plain(data.decision_summary.title, fallbackMax),
        confirm: plain("Approve"),
        deny: plain("Not yet"),
      },
    },
    { ...button(actionIds.reject, "Reject…"), style: "danger" },
    button(actionIds.modify, "Modify…"),
    detailsButton(data),
    open,
  ];
}

function detailsButton(data: NoticeData): Button {
  return targetButton(data, actionIds.details, "Details");
}

function targetButton({ job, job_hash: jobHash }: NoticeData, id: string, text: string): Button {
  const value = targetText({ jobId: job.id, jobHash, revision: job.revision });
  return { type: "button", action_id: id, text: plain(text), value };
}

function openButton(url: string): Button {
  return { type: "button", action_id: actionIds.open, text: plain("Open the card"), url };
}

function actions(elements: readonly Button[]): Block {
  return { type: "actions", elements };
}

function fallbackOf(text: string): string {
  return escaped(shown(text, fallbackMax));
}

export function targetText({ jobId, jobHash, revision }: Target): string {
  return `v1 ${jobId} ${revision} ${jobHash}`;
}

/** Null when the text is not what `targetText` wrote. */
export function readTarget(text: string): Target | null {
  const found = /^v1 ([A-Za-z0-9_.-]{1,64}) (\d{1,9}) (sha256:[0-9a-f]{64})$/.exec(text);
  if (found === null) return null;
  return { jobId: found[1] ?? "", revision: Number(found[2]), jobHash: found[3] ?? "" };
}
