// What becomes of a dialog that was sent: within Slack's three seconds an answer in it, else one afterwards.

import { readJson } from "@holdpoint/core/base/json/read";
import { isJsonObject, type JsonObject } from "@holdpoint/core/base/json/value";
import {
  bodyBytesMax,
  jsonDepthMax,
  jsonNodesMax,
  reasonLengthMax,
} from "@holdpoint/core/base/limits";
import { isHoldpointError } from "@holdpoint/core/error/error";
import { rejectCodes } from "@holdpoint/core/wire/request";
import type { Context, Engine } from "../flow/context.ts";
import { readCard } from "../flow/read-card.ts";
import { previewModify, review } from "../flow/review.ts";
import { shown } from "../channel/notice-lines.ts";
import {
  dialogIds,
  type DialogPurpose,
  inputs,
  modifyDialog,
  readPurpose,
  textDigest,
} from "./slack-modal.ts";
import type { Dialog } from "./slack-payload.ts";
import { requestKey, reviewOf } from "./slack-request.ts";
import { leftWords, outcomeWords, refusalWords } from "./slack-words.ts";

/** SPEC: Slack gives up after three seconds; what takes longer is answered beside the dialog. */
const answerWithinMs = 2_000;
const errorMax = 150;

export interface DialogParts {
  readonly engine: Engine;
  readonly contextOf: (account: string) => Promise<Context | "unlinked" | "left">;
  readonly whisper: (channel: string | null, user: string, text: string) => Promise<void>;
  readonly later: (work: () => Promise<void>) => void;
}

/** `answer` goes into the dialog, null closes it; `words` are for the person beside it. */
interface Done {
  readonly answer: JsonObject | null;
  readonly words: string | null;
}

interface Submission {
  readonly ctx: Context;
  readonly purpose: DialogPurpose;
  readonly key: string;
  readonly dialog: Dialog;
}

export class SlackDialogs {
  readonly #parts: DialogParts;

  constructor(parts: DialogParts) {
    this.#parts = parts;
  }

  async submit(dialog: Dialog, account: string): Promise<JsonObject | null> {
    const purpose = readPurpose(dialog.view.private_metadata);
    if (purpose === null) return null;
    const work = this.#carryOut(dialog, account, purpose);
    const done = await Promise.race([work, late()]);
    const tell = async (told: string | null): Promise<void> => {
      if (told !== null) await this.#parts.whisper(purpose.channel, dialog.user.id, told);
    };
    if (done === null) {
      this.#parts.later(async () => tell((await work).words));
      return null;
    }
    // An answer that stays in the dialog says it there.
    if (done.answer === null) this.#parts.later(() => tell(done.words));
    return done.answer;
  }

  async #carryOut(dialog: Dialog, account: string, purpose: DialogPurpose): Promise<Done> {
    const ctx = await this.#parts.contextOf(account);
    if (ctx === "unlinked") return fault(inputs.reason, "Link this account first: press a button.");
    if (ctx === "left") return fault(inputs.reason, leftWords);
    const { view } = dialog;
    const key = requestKey(account, `${view.id} ${view.hash ?? ""}`);
    const submission = { ctx, purpose, key, dialog };
    try {
      if (view.callback_id === dialogIds.reject) return await reject(submission);
      if (view.callback_id === dialogIds.modify) return await modify(submission);
      return { answer: null, words: null };
    } catch (error) {
      if (!isHoldpointError(error)) throw error;
      return fault(inputs.reason, await refusalWords(ctx, error, purpose.target.jobId));
    }
  }
}

async function reject({ ctx, purpose, key, dialog }: Submission): Promise<Done> {
  const reason = reasonOf(dialog);
  if (reason === null) return fault(inputs.reason, "Say why, in a few words.");
  const code = dialog.view.state.values[inputs.code]?.value?.selected_option?.value;
  const answer = await review(ctx, {
    ...reviewOf(purpose.target, "reject"),
    reason,
    code: rejectCodes.find((one) => one === code) ?? null,
    idempotencyKey: key,
  });
  return { answer: null, words: outcomeWords(answer) };
}

/** The first sending shows the preview; the second sends exactly what was previewed. */
async function modify({ ctx, purpose, key, dialog }: Submission): Promise<Done> {
  const reason = reasonOf(dialog);
  if (reason === null) return fault(inputs.reason, "Say why, in a few words.");
  const text = dialog.view.state.values[inputs.params]?.value?.value ?? "";
  const params = readParams(text);
  if (typeof params === "string") return fault(inputs.params, params);
  const edit = { params, reason };
  if (purpose.previewed === textDigest(text)) {
    const answer = await review(ctx, {
      ...reviewOf(purpose.target, "modify"),
      reason,
      edit,
      idempotencyKey: key,
    });
    return { answer: null, words: outcomeWords(answer) };
  }
  const [card, explained] = await Promise.all([
    readCard(ctx, purpose.target.jobId),
    previewModify(ctx, purpose.target.jobId, edit),
  ]);
  const view = modifyDialog(card, purpose, { text, preview: { params, explained } });
  return {
    answer: { response_action: "update", view: view as unknown as JsonObject },
    words: "The preview took too long for Slack; nothing was sent. Try again, or use the card.",
  };
}

function reasonOf({ view }: Dialog): string | null {
  const reason = view.state.values[inputs.reason]?.value?.value?.trim() ?? "";
  return reason === "" ? null : reason.slice(0, reasonLengthMax);
}

/** The parameters, or what is wrong with their text. */
function readParams(text: string): JsonObject | string {
  const bounds = { bytesMax: bodyBytesMax, depthMax: jsonDepthMax, nodesMax: jsonNodesMax };
  const read = readJson(text, bounds);
  if (!read.ok) return `This is not JSON: ${read.fault.detail}`;
  return isJsonObject(read.value) ? read.value : "The parameters are one JSON object: { … }";
}

function fault(block: string, text: string): Done {
  const line = shown(text, errorMax);
  return { answer: { response_action: "errors", errors: { [block]: line } }, words: line };
}

function late(): Promise<null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), answerWithinMs).unref();
  });
}
