// The calls to Slack that are made, each once: repeating them is the sender's business.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import { deliveryTimeoutMs } from "@holdpoint/core/base/limits";
import {
  type Logger,
  LogLevel,
  type WebAPICallResult,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from "@slack/web-api";
import { DeliveryFailed } from "./channel.ts";
import type { SlackMessage, SlackView } from "./slack-block.ts";

export interface SlackRef {
  readonly channel: string;
  readonly ts: string;
}

export interface SlackApi {
  /** True when decisions can come back; without that messages carry a link only. */
  readonly isInteractive: boolean;
  post(channel: string, message: SlackMessage, thread: string | null): Promise<SlackRef>;
  rewrite(ref: SlackRef, message: SlackMessage): Promise<void>;
  /** Shown to one person of a channel, and kept nowhere. */
  whisper(channel: string, user: string, message: SlackMessage): Promise<void>;
  openView(trigger: string, view: SlackView): Promise<void>;
  /** Asks whether the token is good. */
  check(): Promise<void>;
}

export interface SlackAccess {
  readonly botToken: string;
  readonly apiUrl: string;
  readonly isInteractive: boolean;
}

const callsMax = 8;

/** What Slack says when the same message would be refused again. */
const finalErrors: ReadonlySet<string> = new Set([
  "cannot_dm_bot",
  "channel_not_found",
  "invalid_blocks",
  "invalid_blocks_format",
  "is_archived",
  "message_not_found",
  "cant_update_message",
  "msg_blocks_too_long",
  "msg_too_long",
  "no_text",
  "user_disabled",
  "user_not_found",
]);

/** Messages of the library stay out of the program log: they carry what was sent. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

export function slackApi({ botToken, apiUrl, isInteractive }: SlackAccess): SlackApi {
  const client = new WebClient(botToken, {
    slackApiUrl: apiUrl,
    logger: silentLogger,
    // The outbox repeats, with Retry-After for the whole channel; a library that waits would hide it.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    maxRequestConcurrency: callsMax,
    timeout: deliveryTimeoutMs,
    // SECURITY: the token goes to the address that is configured, and nowhere that it redirects to.
    allowAbsoluteUrls: false,
    fetch: (url, init) => fetch(url, { ...init, redirect: "error" } as RequestInit),
  });
  const call = async (method: string, options: JsonObject): Promise<WebAPICallResult> => {
    try {
      return await client.apiCall(method, options);
    } catch (error) {
      throw failureOf(error);
    }
  };
  return {
    isInteractive,
    post: async (channel, message, thread) => {
      const answer = await call("chat.postMessage", {
        channel,
        ...sent(message),
        unfurl_links: false,
        unfurl_media: false,
        ...(thread === null ? {} : { thread_ts: thread }),
      });
      const { channel: place, ts } = answer as Partial<Record<keyof SlackRef, unknown>>;
      if (typeof place === "string" && typeof ts === "string") return { channel: place, ts };
      throw new DeliveryFailed("Slack did not say where it put the message");
    },
    rewrite: async ({ channel, ts }, message) => {
      await call("chat.update", { channel, ts, ...sent(message) });
    },
    whisper: async (channel, user, message) => {
      await call("chat.postEphemeral", { channel, user, ...sent(message) });
    },
    openView: async (trigger, view) => {
      await call("views.open", { trigger_id: trigger, view: view as unknown as JsonObject });
    },
    check: async () => {
      await call("auth.test", {});
    },
  };
}

/** SECURITY: nothing in a message is looked at for names, links or markup. */
function sent(message: SlackMessage): JsonObject {
  return {
    text: message.text,
    blocks: message.blocks as unknown as JsonObject[],
    mrkdwn: false,
    parse: "none",
    link_names: false,
    ...(message.dedupKey === null
      ? {}
      : {
          metadata: {
            event_type: "holdpoint_notice",
            event_payload: { id: message.dedupKey },
          },
        }),
  };
}

function failureOf(error: unknown): DeliveryFailed {
  if (error instanceof WebAPIRateLimitedError) {
    return new DeliveryFailed("Slack asks to slow down", {
      retryAfterMs: error.retryAfter * 1_000,
    });
  }
  if (error instanceof WebAPIPlatformError) {
    const { error: word } = error.data;
    return new DeliveryFailed(`Slack answered \`${word}\``, { isFinal: finalErrors.has(word) });
  }
  if (error instanceof WebAPIHTTPError) {
    return new DeliveryFailed(`Slack answered ${error.statusCode}`);
  }
  if (error instanceof WebAPIRequestError) {
    return new DeliveryFailed(`Slack cannot be reached: ${error.original.message}`);
  }
  return new DeliveryFailed(error instanceof Error ? error.message : "Slack cannot be reached");
}
