// Slack: a card to a person or to a shared channel, rewritten once it is decided, with its story in the thread.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import { untilAborted } from "./abort.ts";
import { type Channel, DeliveryFailed, type OutgoingNotice } from "./channel.ts";
import { readNotice } from "./notice-lines.ts";
import type { SlackApi, SlackRef } from "./slack-api.ts";
import { words } from "./slack-block.ts";
import { messageOf, timelineOf } from "./slack-card.ts";

export interface SlackPlaceTarget {
  readonly name: string;
  /** Id of the Slack channel. */
  readonly id: string;
}

/** The personal channel, and one for each shared place. */
export function slackChannels(
  api: SlackApi,
  places: readonly SlackPlaceTarget[],
): readonly Channel[] {
  return [
    {
      name: "slack",
      reach: "person",
      canRewrite: true,
      ...callsTo(api, ({ address }) => userOf(address)),
      test: async (address, signal) => {
        const asked = address === null ? api.check() : api.post(userOf(address), testMessage, null);
        await untilAborted<unknown>(asked, signal);
      },
    },
    ...places.map((place): Channel => ({
      name: `slack:${place.name}`,
      reach: "shared",
      canRewrite: true,
      ...callsTo(api, () => place.id),
      test: async (_address, signal) => {
        await untilAborted(api.post(place.id, testMessage, null), signal);
      },
    })),
  ];
}

const testMessage = words("Holdpoint can reach this place. Nothing is asked of you.");

function callsTo(
  api: SlackApi,
  placeOf: (notice: OutgoingNotice) => string,
): Pick<Channel, "deliver" | "update"> {
  const { isInteractive } = api;
  return {
    deliver: async (notice, signal) => {
      const root = refOf(notice.thread);
      const drawing = { id: notice.id, isInteractive, isInThread: root !== null };
      const message = messageOf(readNotice(notice), drawing);
      const posting = api.post(root?.channel ?? placeOf(notice), message, root?.ts ?? null);
      const ref = await untilAborted(posting, signal);
      return { ref: { channel: ref.channel, ts: ref.ts, is_root: root === null } };
    },
    update: async (ref, notice, signal) => {
      const place = refOf(ref);
      if (place === null) throw new DeliveryFailed("the message has no place", { isFinal: true });
      const isRoot = ref["is_root"] === true;
      const body = readNotice(notice);
      const drawing = { id: notice.id, isInteractive, isInThread: !isRoot };
      await untilAborted(api.rewrite(place, messageOf(body, drawing)), signal);
      const line = isRoot ? timelineOf(body, notice.id) : null;
      if (line !== null) await untilAborted(api.post(place.channel, line, place.ts), signal);
    },
  };
}

function refOf(ref: JsonObject | null): SlackRef | null {
  const channel = ref?.["channel"];
  const ts = ref?.["ts"];
  return typeof channel === "string" && typeof ts === "string" ? { channel, ts } : null;
}

/** SPEC: `chat.postMessage` takes the id of a user and opens the conversation with the app. */
function userOf(address: string | null): string {
  const user = /^[TE][A-Z0-9]{1,30}:([UW][A-Z0-9]{1,30})$/.exec(address ?? "")?.[1];
  if (user !== undefined) return user;
  throw new DeliveryFailed("the person has linked no Slack account", { isFinal: true });
}
