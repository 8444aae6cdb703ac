// The settings of what agents leave with the server: what is read, and what ends the start.

import { describe, expect, it } from "vitest";
import { completeConfig, configFromEnvironment } from "./config.ts";

function configOf(environment: Record<string, string>): ReturnType<typeof completeConfig> {
  return completeConfig(configFromEnvironment(environment));
}

describe("the settings of what is kept", () => {
  it("are 16 MiB and 30 days when nothing is said, and keys from a file", () => {
    expect(configOf({})).toMatchObject({
      sealKeys: null,
      keeping: { checkpointBytesMax: 16_777_216, checkpointMs: 30 * 86_400_000 },
    });
  });

  it("are read as they are written", () => {
    const keys = `k1:${Buffer.alloc(32).toString("base64")}`;
    const all = {
      HOLDPOINT_SEAL_KEYS: keys,
      HOLDPOINT_CHECKPOINT_BYTES_MAX: "1048576",
      HOLDPOINT_CHECKPOINT_DAYS: "2",
    };
    expect(configOf(all)).toMatchObject({
      sealKeys: keys,
      keeping: { checkpointBytesMax: 1_048_576, checkpointMs: 2 * 86_400_000 },
    });
  });

  it("end the start outside of their bounds", () => {
    for (const bytes of ["0", "1023", "67108865", "1e6", "-5", "16 MiB"]) {
      const opening = (): unknown => configOf({ HOLDPOINT_CHECKPOINT_BYTES_MAX: bytes });
      expect(opening, bytes).toThrow(/HOLDPOINT_CHECKPOINT_BYTES_MAX/);
    }
    for (const days of ["0", "3651", "1.5", "a month"]) {
      const opening = (): unknown => configOf({ HOLDPOINT_CHECKPOINT_DAYS: days });
      expect(opening, days).toThrow(/HOLDPOINT_CHECKPOINT_DAYS/);
    }
  });
});
