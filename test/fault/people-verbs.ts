// The verbs that change people, each with what has to be there before it.

import { createDelegation, endDelegation } from "@holdpoint/server/flow/delegate";
import { importPeople, putPerson, removePerson } from "@holdpoint/server/flow/manage-people";
import type { Context } from "@holdpoint/server/flow/context";
import type { Verb } from "./verbs.ts";

const source = `version: v1
people: [{ id: ann, roles: [lead] }, { id: ben }]
rosters: { far: { url: "https://calendar.example/a.ics" } }
`;

async function delegate(ctx: Context): Promise<string> {
  const ends = new Date(ctx.clock.now() + 60_000).toISOString();
  return (await createDelegation(ctx, { from: "ann", to: "ben", ends })).id;
}

export const peopleVerbs: Readonly<Record<string, Verb>> = {
  "import people": {
    prepare: async () => "",
    run: (ctx) => importPeople(ctx, source),
  },
  "write a person down": {
    prepare: async () => "",
    run: (ctx) => putPerson(ctx, "ann", { roles: ["lead"], groups: ["crew"] }),
  },
  "remove a person": {
    prepare: async (ctx) => {
      await importPeople(ctx, source);
      return "ann";
    },
    run: (ctx, id) => removePerson(ctx, id),
  },
  delegate: {
    prepare: async (ctx) => {
      await importPeople(ctx, source);
      return "";
    },
    run: (ctx) => delegate(ctx),
    isRepeatable: false,
  },
  "end a delegation": {
    prepare: async (ctx, clock) => {
      await importPeople(ctx, source);
      const id = await delegate(ctx);
      clock.move(1_000);
      return id;
    },
    run: (ctx, id) => endDelegation(ctx, id),
  },
};
