// Socket Mode: Slack's calls over a connection that we open, for servers that nothing from outside reaches.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import { SocketModeClient } from "@slack/socket-mode";
import { silentLogger } from "../channel/slack-api.ts";
import type { Telemetry } from "../telemetry/events.ts";
import type { SlackDoor } from "./slack-door.ts";

export interface SocketParts {
  readonly appToken: string;
  readonly apiUrl: string;
  readonly door: SlackDoor;
  readonly telemetry: Telemetry;
}

export interface SlackSocket {
  stop(): Promise<void>;
}

const pauseFirstMs = 1_000;
const pauseMaxMs = 60_000;

interface Envelope {
  readonly body: unknown;
  readonly ack: (answer?: JsonObject) => Promise<void>;
}

/**
 * INVARIANT: connecting again is done here, not by the library: there a failed attempt is a rejection
 * that nobody handles, and it would end the process.
 */
export function startSlackSocket({ appToken, apiUrl, door, telemetry }: SocketParts): SlackSocket {
  const client = new SocketModeClient({
    appToken,
    autoReconnectEnabled: false,
    logger: silentLogger,
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 } },
  });
  let isStopped = false;
  let isConnecting = false;
  let pauseMs = pauseFirstMs;
  let timer: NodeJS.Timeout | null = null;

  const connect = async (): Promise<void> => {
    if (isStopped || isConnecting) return;
    isConnecting = true;
    try {
      await client.start();
      pauseMs = pauseFirstMs;
      if (isStopped) await client.disconnect();
    } catch (error) {
      telemetry.workFailed("slack socket", error);
      again();
    } finally {
      isConnecting = false;
    }
  };
  const again = (): void => {
    if (isStopped || timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      void connect();
    }, pauseMs);
    pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
  };
  const take = (work: (body: unknown) => Promise<JsonObject | null>) => {
    return ({ body, ack }: Envelope): void => {
      work(body)
        .then((answer) => (answer === null ? ack() : ack(answer)))
        .catch((error: unknown) => telemetry.workFailed("slack socket", error));
    };
  };
  client.on(
    "interactive",
    take((body) => door.interaction(body)),
  );
  client.on(
    "slash_commands",
    take((body) => door.command(body)),
  );
  client.on("disconnected", again);
  void connect();
  return {
    stop: async () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      // A connection that is closed already never says so again.
      if (client.websocket?.isActive() === true) await client.disconnect();
    },
  };
}
