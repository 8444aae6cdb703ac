// Builds the channels that the settings name, and the way back in from Slack.

import type { Clock } from "@holdpoint/core/base/clock";
import type { Channel } from "./channel/channel.ts";
import { emailChannel } from "./channel/email.ts";
import { logChannel } from "./channel/log.ts";
import { type SlackApi, slackApi } from "./channel/slack-api.ts";
import { slackChannels } from "./channel/slack.ts";
import { webhookChannel } from "./channel/webhook.ts";
import { SlackDoor } from "./chat/slack-door.ts";
import { startSlackSocket } from "./chat/slack-socket.ts";
import type { Config } from "./config/config.ts";
import type { Engine } from "./flow/context.ts";
import type { SlackEntrance } from "./http/slack-routes.ts";
import type { Telemetry } from "./telemetry/events.ts";

export interface BuiltChannels {
  readonly list: readonly Channel[];
  /** Null without Slack. */
  readonly slack: SlackApi | null;
  /** Ends connections that are kept open. */
  close(): void;
}

export interface ChannelParts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly publicUrl: string;
}

export function buildChannels(config: Config, parts: ChannelParts): BuiltChannels {
  const { clock, telemetry, publicUrl } = parts;
  const host = new URL(publicUrl).hostname;
  const email = config.email === null ? null : emailChannel({ ...config.email, host });
  const slack = config.slack === null ? null : slackOf(config.slack);
  return {
    list: [
      logChannel(telemetry),
      ...config.webhooks.map((target) => webhookChannel(target, clock)),
      ...(email === null ? [] : [email]),
      ...(slack === null ? [] : slackChannels(slack, config.slack?.places ?? [])),
    ],
    slack,
    close: () => email?.close(),
  };
}

/** Buttons only where a press can come back. */
function slackOf({ botToken, apiUrl, signingSecret, appToken }: SlackSettings): SlackApi {
  const isInteractive = signingSecret !== null || appToken !== null;
  return slackApi({ botToken, apiUrl, isInteractive });
}

type SlackSettings = NonNullable<Config["slack"]>;

export interface SlackEntry {
  /** Null when Slack does not call by HTTP. */
  readonly entrance: SlackEntrance | null;
  /** Takes no more calls, and waits for those that were acknowledged. */
  stop(): Promise<void>;
}

export function openSlack(
  engine: Engine,
  config: Config,
  { api, tenant }: { readonly api: SlackApi | null; readonly tenant: string },
): SlackEntry {
  const { slack } = config;
  if (slack === null || api === null) return { entrance: null, stop: async () => undefined };
  const door = new SlackDoor({ engine, api, tenant, isDevelopment: config.dev });
  const { signingSecret, appToken, apiUrl } = slack;
  const { telemetry } = engine;
  const socket = appToken === null ? null : startSlackSocket({ appToken, apiUrl, door, telemetry });
  return {
    entrance: signingSecret === null ? null : { door, signingSecret },
    stop: async () => {
      await socket?.stop();
      await door.settled();
    },
  };
}
