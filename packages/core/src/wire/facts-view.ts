// Facts on the wire: what the server knew beside an action when it decided.

import { z } from "zod";

const text = z.string();

/** What the server knew of agent, topic and target before it decided. */
export const factsView = z.object({
  /** Null when it was not looked up. */
  history: z
    .object({
      first_time: z.object({ agent: z.boolean(), topic: z.boolean(), target: z.boolean() }),
      count: z.object({ hour: z.int(), day: z.int() }),
      /** By path of a numeric parameter: how often it occurred, 5th and 95th percentile. */
      usual: z.record(
        text,
        z.union([z.object({ count: z.int(), low: z.number(), high: z.number() }), text]),
      ),
      last_outcome: text.nullable(),
      since_rejection_ms: z.number().nullable(),
    })
    .nullable(),
  /** Sliding counts with this proposal in them, by key; they stop one above the rule's number. */
  velocity: z.record(text, z.int()),
});

export type FactsView = z.infer<typeof factsView>;
