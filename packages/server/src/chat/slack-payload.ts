// What Slack sends when somebody presses a button, sends a dialog or types a command; read strictly.

import { z } from "zod";
import { bodyBytesMax, jsonDepthMax, jsonNodesMax } from "@holdpoint/core/base/limits";
import { readJson } from "@holdpoint/core/base/json/read";
import { HoldpointError } from "@holdpoint/core/error/error";

const id = z.string().regex(/^[A-Z0-9]{2,32}$/);
const text = z.string().max(4_000);

const user = z.object({
  id,
  /** The workspace of the person; it differs from `team` in a channel that two workspaces share. */
  team_id: id.nullish(),
  username: text.nullish(),
  name: text.nullish(),
});
const team = z.object({ id }).nullish();

const buttonPress = z.object({
  type: z.literal("block_actions"),
  user,
  team,
  trigger_id: text,
  channel: z.object({ id }).nullish(),
  actions: z.array(z.object({ action_id: text, value: text.nullish() })).max(25),
});

const field = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: text }).nullish(),
});
const dialog = z.object({
  type: z.literal("view_submission"),
  user,
  team,
  view: z.object({
    id: text,
    hash: text.nullish(),
    callback_id: text,
    private_metadata: text,
    state: z.object({ values: z.record(text, z.object({ value: field.optional() })) }),
  }),
});

const interaction = z.discriminatedUnion("type", [buttonPress, dialog]);

const command = z.object({
  command: text,
  text: text.nullish(),
  team_id: id,
  user_id: id,
  user_name: text.nullish(),
});

export type ButtonPress = z.infer<typeof buttonPress>;
export type Dialog = z.infer<typeof dialog>;
export type Interaction = z.infer<typeof interaction>;
export type Command = z.infer<typeof command>;

/** Null for a kind of interaction that is not ours, such as a shortcut. */
export function readInteraction(payload: unknown): Interaction | null {
  const read = interaction.safeParse(payload);
  return read.success ? read.data : null;
}

export function readCommand(fields: unknown): Command | null {
  const read = command.safeParse(fields);
  return read.success ? read.data : null;
}

/** The JSON of the form field `payload`. */
export function readPayloadText(payload: string | null): unknown {
  const bytes = new TextEncoder().encode(payload ?? "");
  const limits = { bytesMax: bodyBytesMax, depthMax: jsonDepthMax, nodesMax: jsonNodesMax };
  const read = readJson(bytes, limits);
  if (read.ok) return read.value;
  throw new HoldpointError("request_invalid", { message: "the call carries no payload of Slack" });
}

/** SECURITY: an account is a user of a workspace; ids of users repeat nothing across workspaces. */
export function accountOf(payload: Pick<Interaction, "user" | "team">): string | null {
  const { user: who, team: where } = payload;
  const workspace = who.team_id ?? where?.id;
  return workspace === undefined ? null : externalIdOf(workspace, who.id);
}

export function externalIdOf(workspace: string, userId: string): string {
  return `${workspace}:${userId}`;
}
