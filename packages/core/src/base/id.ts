// Prefixed, sortable, branded ids: 48 bits of time, 80 bits of chance, Crockford base 32 (as ULID lays them out).

import type { Clock } from "./clock.ts";

declare const brand: unique symbol;
export type Id<Name extends string> = string & { readonly [brand]: Name };

export type JobId = Id<"job">;
export type GrantId = Id<"grant">;
export type ReviewId = Id<"review">;
export type EventId = Id<"event">;
export type ExecutionId = Id<"execution">;
export type DeliveryId = Id<"delivery">;
export type KeyId = Id<"key">;
export type DraftId = Id<"draft">;
export type QuestionId = Id<"question">;
export type RolloutId = Id<"rollout">;
export type ShadowId = Id<"shadow">;
export type DelegationId = Id<"delegation">;
export type IncidentId = Id<"incident">;
export type TaskId = Id<"task">;
export type CheckpointId = Id<"checkpoint">;

/** Chance, given from outside: fills and returns bytes. */
export type RandomBytes = (count: number) => Uint8Array;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

export interface Ids {
  job(): JobId;
  grant(): GrantId;
  review(): ReviewId;
  event(): EventId;
  execution(): ExecutionId;
  delivery(): DeliveryId;
  key(): KeyId;
  draft(): DraftId;
  question(): QuestionId;
  rollout(): RolloutId;
  shadow(): ShadowId;
  delegation(): DelegationId;
  incident(): IncidentId;
  takeover(): TaskId;
  governance(): TaskId;
  finding(): TaskId;
  checkpoint(): CheckpointId;
}

/** Ids of one process: time from the clock, chance from `random`. */
export function makeIds(clock: Clock, random: RandomBytes): Ids {
  const make = (prefix: string): string => prefix + stamp(clock.now()) + chance(random(16));
  return {
    job: () => make("job_") as JobId,
    grant: () => make("grt_") as GrantId,
    review: () => make("rev_") as ReviewId,
    event: () => make("evt_") as EventId,
    execution: () => make("exe_") as ExecutionId,
    delivery: () => make("dlv_") as DeliveryId,
    key: () => make("key_") as KeyId,
    draft: () => make("drf_") as DraftId,
    question: () => make("que_") as QuestionId,
    rollout: () => make("rol_") as RolloutId,
    shadow: () => make("shd_") as ShadowId,
    delegation: () => make("dlg_") as DelegationId,
    incident: () => make("inc_") as IncidentId,
    takeover: () => make("tko_") as TaskId,
    governance: () => make("gov_") as TaskId,
    finding: () => make("fnd_") as TaskId,
    checkpoint: () => make("ckp_") as CheckpointId,
  };
}

/** A job id that a client chose, as spec 02 allows it. */
export function asJobId(text: string): JobId {
  return text as JobId;
}

export const jobIdPattern: RegExp = /^[A-Za-z0-9_.-]{1,64}$/;

function stamp(now: number): string {
  let text = "";
  let rest = Math.floor(now);
  for (let place = 0; place < 10; place += 1) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function chance(bytes: Uint8Array): string {
  let text = "";
  for (let place = 0; place < 16; place += 1) text += alphabet.charAt((bytes[place] ?? 0) & 31);
  return text;
}
