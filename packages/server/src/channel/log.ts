// The channel that always is: what people are told, as one line of the program log.

import type { Telemetry } from "../telemetry/events.ts";
import type { Channel } from "./channel.ts";

export function logChannel(telemetry: Telemetry): Channel {
  return {
    name: "log",
    reach: "none",
    deliver: async (notice) => {
      telemetry.told(notice.kind, notice.body);
      return { ref: null };
    },
    update: async () => undefined,
    test: async () => telemetry.notice("The log is written."),
  };
}
