// Whether a proposal is one that the server would take; what is not plainly one goes there to be told what is wrong.

import {
  claimLengthMax,
  evidenceMax,
  riskTagsMax,
  topicLengthMax,
} from "@holdpoint/core/base/limits";
import type { Proposal } from "@holdpoint/core/wire/shape";

/** JSON of a proposal that is decided locally, in characters: many of them travel in one batch. */
const textLengthMax = 8_192;
/** Well below what the server reads, with the batch around it. */
const depthMax = 32;

const topicForm = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const tagForm = /^[a-z0-9][a-z0-9_.:-]{0,63}$/;
const currencyForm = /^[A-Za-z][A-Za-z0-9_-]{0,15}$/;
/** Half a character, and U+0000, as JSON spells them. */
const unwanted = /\\u(?:0000|d[89a-f])/i;

/** SECURITY: true only for what the schema of a proposal takes, so that nothing runs that the server refuses. */
export function isProposable(proposal: Proposal, text: string): boolean {
  return (
    text.length <= textLengthMax &&
    !unwanted.test(text) &&
    !isDeeper(proposal.params, depthMax) &&
    hasPlainNames(proposal) &&
    hasPlainNumbers(proposal) &&
    hasPlainWords(proposal)
  );
}

function hasPlainNames({ topic, tool, target, risk_tags: tags, agent, labels }: Proposal): boolean {
  if (topic.length > topicLengthMax || !topicForm.test(topic)) return false;
  if (!hasOnly(tool, ["server", "name"]) || !hasOnly(target, ["environment", "resource"]))
    return false;
  if (tool != null && !(isWord(tool.name) && isWordOrNone(tool.server))) return false;
  if (!isWordOrNone(target?.environment) || !isTextOrNone(target?.resource, 1_024)) return false;
  if ((tags?.length ?? 0) > riskTagsMax || tags?.every((tag) => tagForm.test(tag)) === false) {
    return false;
  }
  const names = [agent?.run, agent?.thread, agent?.call, agent?.on_behalf_of];
  if (!names.every(isWordOrNone)) return false;
  return Object.entries(labels ?? {}).every(
    ([name, value]) => typeof value === "string" && name.length <= 64 && value.length <= 256,
  );
}

function hasPlainNumbers({ cost, effect, reversible, claims }: Proposal): boolean {
  if (reversible != null && typeof reversible !== "boolean") return false;
  if (!hasOnly(cost, ["amount", "currency"])) return false;
  if (!hasOnly(effect, ["rows", "recipients", "diff"])) return false;
  if (cost != null) {
    if (typeof cost.amount !== "number" || !(cost.amount >= 0 && cost.amount < Infinity))
      return false;
    if (typeof cost.currency !== "string" || !currencyForm.test(cost.currency)) return false;
  }
  if (effect != null) {
    if (!isCountOrNone(effect.rows) || !isCountOrNone(effect.recipients)) return false;
    if (effect.diff != null && typeof effect.diff !== "string") return false;
  }
  const confidence = claims?.confidence;
  return (
    confidence == null || (typeof confidence === "number" && confidence >= 0 && confidence <= 1)
  );
}

function hasPlainWords({ claims, evidence }: Proposal): boolean {
  const { title, reasoning, if_approved: yes, if_rejected: no, instruction } = claims ?? {};
  const words = [title, reasoning, yes, no, instruction];
  if (!words.every((word) => word == null || isShort(word, claimLengthMax))) return false;
  if ((evidence?.length ?? 0) > evidenceMax) return false;
  return (evidence ?? []).every(
    ({ label, uri, text, ...rest }) =>
      isWord(label) &&
      (uri == null || isShort(uri, 2_048)) &&
      (text == null || isShort(text, claimLengthMax)) &&
      Object.keys(rest).length === 0,
  );
}

/** The server takes no member that it does not know. */
function hasOnly(value: object | null | undefined, names: readonly string[]): boolean {
  return value == null || Object.keys(value).every((name) => names.includes(name));
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && value.length >= 1 && value.length <= 256;
}

function isWordOrNone(value: unknown): boolean {
  return value == null || isWord(value);
}

function isTextOrNone(value: unknown, lengthMax: number): boolean {
  return value == null || (isShort(value, lengthMax) && value !== "");
}

function isShort(value: unknown, lengthMax: number): value is string {
  return typeof value === "string" && value.length <= lengthMax;
}

function isCountOrNone(value: unknown): boolean {
  return value == null || (Number.isSafeInteger(value) && (value as number) >= 0);
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0) return true;
  const members = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => isDeeper(member, depth - 1));
}
