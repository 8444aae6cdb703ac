// What every door has to answer, from the tables of people and states alone: none of the product's code is asked.

import { everybody, type Name, type Somebody } from "./people.ts";
import { type State, type StateName, states } from "./states.ts";

/** What is wanted at a door; several doors want the same. */
export type Wish =
  | "approve"
  | "reject"
  | "modify"
  | "preview"
  | "remark"
  | "claim"
  | "release"
  | "assign"
  | "ask"
  | "override"
  | "judge"
  | "take over"
  | "settle";

export interface DoorTraits {
  readonly wish: Wish;
  /** A chat: with rights to read and review alone, whatever the person has elsewhere. */
  readonly isChat?: true;
  /** The door says what was shown. */
  readonly saysWhatWasShown?: true;
}

export function mayPass(door: DoorTraits, name: Name, where: StateName): boolean {
  const who = door.isChat === true ? inChat(everybody[name]) : everybody[name];
  const state = states[where];
  if (who.credential !== "person") return false;
  const isOwn = where === "publication" ? who.isAuthor === true : who.isOwn === true;
  const isAdmin = who.isAdmin === true;
  const isBlocked = where === "signed";
  const isSeated = !isBlocked && !isOwn && hasSeat(who, state, where);
  const isUnclaimed = where !== "claimed";
  switch (door.wish) {
    case "preview":
      return isSeated;
    case "remark":
    case "ask":
      return isSeated && state.isOpen;
    case "claim":
      return isSeated && state.isOpen && isUnclaimed;
    case "assign":
      return state.isOpen && !isBlocked && !isOwn && ((isSeated && isUnclaimed) || isAdmin);
    case "release":
      // Nobody has the card: giving it back is what is so already.
      return state.isOpen && (isUnclaimed || (isAdmin && !isOwn));
    case "override":
      return canOverride(who, state, where) && !isOwn;
    case "judge":
      return !isOwn && name !== "olly" && (who.seats.includes("board") || isAdmin);
    case "take over":
      return isSeated;
    case "settle":
      // What happened is for whoever knows it to say; it releases nothing.
      return where === "unknown";
    default:
      return (
        isSeated &&
        state.isOpen &&
        where !== "stale" &&
        !(where === "publication" && (!isAdmin || door.wish === "modify")) &&
        // paul approved, and of the last pair one counts.
        !(where === "pair" && name === "pia" && door.wish === "approve")
      );
  }
}

/** A chat carries no rights to administer, and no role that only a key shows. */
function inChat(who: Somebody): Somebody {
  const { isAdmin: _rights, ...rest } = who;
  return who.isKeyed === true ? { ...rest, seats: [] } : rest;
}

function hasSeat(who: Somebody, state: State, where: StateName): boolean {
  if (sits(who, state)) return true;
  return (who.standsFor ?? [])
    .map((name) => everybody[name])
    .some((one) => sits(one, state) && (one.isOwn !== true || where === "publication"));
}

function sits({ seats, isLimited }: Somebody, { asks }: State): boolean {
  if (isLimited === true) return false;
  return asks === "everybody" || asks.some((seat) => seats.includes(seat));
}

function canOverride(who: Somebody, state: State, where: StateName): boolean {
  const { overriddenBy, isOpen } = state;
  if (overriddenBy === null || !isOpen || where === "stale") return false;
  return who.isLimited !== true && who.seats.includes(overriddenBy);
}
