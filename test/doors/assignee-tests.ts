// To whom a card can be handed: to those who could have claimed it, by whatever name they are called, and to nobody else.

import { describe, expect, test } from "vitest";
import { mayPass } from "./oracle.ts";
import { everybody, type Name, names } from "./people.ts";
import { type DoorWorld, makeFound } from "./world.ts";

/** The one who hands the card over; to have it already is no handing over. */
const giver = "asked";

export function testAssignees(worldOf: () => DoorWorld): void {
  describe.each(["held", "widened", "signed", "publication"] as const)(
    "a card of one that is %s",
    (where) => {
      test("goes to those who may claim it themselves", async () => {
        const world = worldOf();
        const found = await makeFound(world, where);
        const isGivenTo = async (name: Name): Promise<boolean> => {
          const who: (typeof everybody)[Name] = everybody[name];
          const to = who.account ?? who.id;
          const answer = await world.send("POST", `/approvals/${found.id}/assign`, giver, { to });
          if (answer.status < 300) await world.giveBack(found);
          return answer.status < 300;
        };
        const given: Name[] = [];
        for (const name of names) if (await isGivenTo(name)) given.push(name);
        const mayClaim = names.filter((name) => mayPass({ wish: "claim" }, name, where));
        expect(given).toEqual(mayClaim);
      });
    },
  );
}
