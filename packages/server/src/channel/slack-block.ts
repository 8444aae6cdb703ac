// The parts of Block Kit that are used, within Slack's limits; every text is plain text.

import { shown } from "./notice-lines.ts";

/** SECURITY: `plain_text` without emoji codes: Slack finds no mention, no link and no markup in it. */
export interface PlainText {
  readonly type: "plain_text";
  readonly text: string;
  readonly emoji: false;
}

export interface Button {
  readonly type: "button";
  readonly action_id: string;
  readonly text: PlainText;
  readonly value?: string;
  readonly url?: string;
  readonly style?: "danger";
  readonly confirm?: {
    readonly title: PlainText;
    readonly text: PlainText;
    readonly confirm: PlainText;
    readonly deny: PlainText;
  };
}

export interface SelectOption {
  readonly text: PlainText;
  readonly value: string;
}

export interface TextInput {
  readonly type: "plain_text_input";
  readonly action_id: "value";
  readonly multiline: true;
  readonly initial_value?: string;
  readonly min_length?: number;
  readonly max_length: number;
}

export interface Select {
  readonly type: "static_select";
  readonly action_id: "value";
  readonly options: readonly SelectOption[];
}

export type Block =
  | { readonly type: "header"; readonly text: PlainText }
  | { readonly type: "section"; readonly text: PlainText }
  | { readonly type: "section"; readonly fields: readonly PlainText[] }
  | { readonly type: "context"; readonly elements: readonly PlainText[] }
  | { readonly type: "divider" }
  | { readonly type: "actions"; readonly elements: readonly Button[] }
  | {
      readonly type: "input";
      readonly block_id: string;
      readonly label: PlainText;
      readonly optional?: boolean;
      readonly element: TextInput | Select;
    };

export interface SlackMessage {
  /** What notifications show; escaped, because Slack reads markup in it whatever one asks. */
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Lets a receiver drop repeats; null for what is said once to one person. */
  readonly dedupKey: string | null;
}

export interface SlackView {
  readonly type: "modal";
  readonly callback_id: string;
  readonly private_metadata: string;
  readonly title: PlainText;
  readonly submit?: PlainText;
  readonly close: PlainText;
  readonly blocks: readonly Block[];
}

/** SPEC: Block Kit: characters of a text, of a field, of a header; fields of a section; blocks. */
const textMax = 3_000;
const fieldMax = 2_000;
const fieldsMax = 10;
const headerMax = 150;
const valueMax = 400;

/** Text of ours and of others alike: one line, visible, without addresses that could be clicked. */
export function plain(text: string, lengthMax = textMax): PlainText {
  const line = shown(text, lengthMax - reserve(lengthMax));
  return { type: "plain_text", text: line === "" ? "–" : line.slice(0, lengthMax), emoji: false };
}

/** Room for what making addresses harmless adds. */
function reserve(lengthMax: number): number {
  return Math.ceil(lengthMax / 10);
}

export function header(text: string): Block {
  return { type: "header", text: plain(text, headerMax) };
}

export function section(text: string): Block {
  return { type: "section", text: plain(text) };
}

export interface Line {
  readonly label: string;
  readonly value: string;
}

/** Two columns on a wide screen, one on a phone. */
export function fieldSections(lines: readonly Line[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at += fieldsMax) {
    const fields = lines.slice(at, at + fieldsMax).map((line) => plain(lineText(line), fieldMax));
    blocks.push({ type: "section", fields });
  }
  return blocks;
}

/** A list with one line each, as much as one text holds; null when there is nothing. */
export function lineSection(heading: string, lines: readonly Line[]): Block | null {
  if (lines.length === 0) return null;
  let text = heading;
  let left = lines.length;
  for (const line of lines) {
    const next = `${text}\n${shown(lineText(line), valueMax)}`;
    if (next.length > textMax - 60) break;
    text = next;
    left -= 1;
  }
  if (left > 0) text = `${text}\n… ${left} more on the card`;
  return { type: "section", text: { type: "plain_text", text, emoji: false } };
}

export function contextBlock(lines: readonly string[]): Block {
  return { type: "context", elements: lines.slice(0, fieldsMax).map((line) => plain(line)) };
}

function lineText({ label, value }: Line): string {
  return label === "" ? value : `${label}: ${value}`;
}

/** SPEC: Slack, "Escaping text": these three, and nothing else, begin markup in `text`. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A message that one person is told in words. */
export function words(text: string): SlackMessage {
  return { text: escaped(shown(text, fieldMax)), blocks: [section(text)], dedupKey: null };
}
