// Surroundings of a hold for tests: somebody stands behind every name, around the clock.

import { directoryOf } from "../approval/approval.sample.ts";
import type { Contact, Duty } from "../people/duty.ts";
import type { HoldSurroundings } from "./plan.ts";

/** Somebody with the role that is asked for, and in every group. */
function somebodyBehind(target: string): readonly Contact[] {
  const role = target.slice(target.indexOf(":") + 1);
  return [{ id: `some-${role}`, email: null, name: null, roles: [role], entry: null }];
}

export const alwaysOnDuty: Duty = {
  members: somebodyBehind,
  onDuty: somebodyBehind,
  hoursOf: () => null,
  alwaysGroups: [],
  slots: () => [],
};

export const everybodyAround: HoldSurroundings = {
  duty: alwaysOnDuty,
  directory: { ...directoryOf(), isMember: () => true },
  hasChannels: true,
  lastPair: [],
  near: null,
};
