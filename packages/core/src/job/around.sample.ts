// Surroundings of a hold for tests: somebody stands behind every name, around the clock.

import { directoryOf } from "../approval/approval.sample.ts";
import type { Contact, Duty } from "../people/duty.ts";
import type { HoldSurroundings } from "./plan.ts";

const somebody: Contact = { id: "ann", email: null, name: null, roles: [], entry: null };

export const alwaysOnDuty: Duty = {
  members: () => [somebody],
  onDuty: () => [somebody],
  hoursOf: () => null,
  alwaysGroups: [],
  slots: () => [],
};

export const everybodyAround: HoldSurroundings = {
  duty: alwaysOnDuty,
  directory: directoryOf(),
  hasChannels: true,
  lastPair: [],
  near: null,
};
