// The channel that always is: what people are told, as one line of the program log.

import type { Telemetry } from "../telemetry/events.ts";
import type { Channel } from "./channel.ts";

export function logChannel(telemetry: Telemetry): Channel {
  return {
    name: "log",
    deliver: async (message) => telemetry.told(message.kind, message.body),
  };
}
