// Settings of what agents leave with the server: how large it may be, and how long it is kept.

import {
  checkpointBytesDefault,
  checkpointLifeDefaultMs,
  outputLifeDefaultMs,
  sealedBytesMax,
} from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { ReadVariable } from "./channels.ts";

export interface Keeping {
  /** State of one checkpoint, before it is compressed. */
  readonly checkpointBytesMax: number;
  readonly checkpointMs: number;
  readonly outputMs: number;
}

export const defaultKeeping: Keeping = {
  checkpointBytesMax: checkpointBytesDefault,
  checkpointMs: checkpointLifeDefaultMs,
  outputMs: outputLifeDefaultMs,
};

const checkpointBytesMin = 1_024;
const dayMs = 86_400_000;
const daysMax = 3_650;

export function keepingFromEnvironment(read: ReadVariable): Keeping {
  const bytes = read("HOLDPOINT_CHECKPOINT_BYTES_MAX");
  const days = read("HOLDPOINT_CHECKPOINT_DAYS");
  const outputDays = read("HOLDPOINT_OUTPUT_DAYS");
  return {
    checkpointBytesMax: bytes === undefined ? defaultKeeping.checkpointBytesMax : wholeOf(bytes),
    checkpointMs: days === undefined ? defaultKeeping.checkpointMs : wholeOf(days) * dayMs,
    outputMs: outputDays === undefined ? defaultKeeping.outputMs : wholeOf(outputDays) * dayMs,
  };
}

export function checkKeeping({ checkpointBytesMax, checkpointMs, outputMs }: Keeping): void {
  if (!isWithin(checkpointBytesMax, checkpointBytesMin, sealedBytesMax)) {
    throw invalid(
      `HOLDPOINT_CHECKPOINT_BYTES_MAX is a number of bytes from ${checkpointBytesMin} to ${sealedBytesMax}`,
    );
  }
  if (!isWithin(checkpointMs, dayMs, daysMax * dayMs)) {
    throw invalid(`HOLDPOINT_CHECKPOINT_DAYS is a number of days from 1 to ${daysMax}`);
  }
  if (!isWithin(outputMs, dayMs, daysMax * dayMs)) {
    throw invalid(`HOLDPOINT_OUTPUT_DAYS is a number of days from 1 to ${daysMax}`);
  }
}

function wholeOf(text: string): number {
  return /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}

function invalid(message: string): HoldpointError {
  return new HoldpointError("config_invalid", { message });
}
