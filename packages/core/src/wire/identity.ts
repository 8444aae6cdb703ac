// Linked identities on the wire: which chat account speaks for which person, and the code that links one.

import { z } from "zod";
import { instant, word } from "./shape.ts";

const text = z.string();

/** The code that the chat showed, as it is or with other spacing and case. */
export const linkRequest = z.strictObject({ code: z.string().min(1).max(64) });
export const identitiesQuery = z.strictObject({ person: word.optional() });

export const identityView = z.object({
  /** `slack`. */
  channel: text,
  /** The account as the channel names it: for Slack `<team>:<user>`. */
  external_id: text,
  /** Id of the person. */
  person: text,
  /** Name of the account when it was linked; a label, never an authority. */
  name: z.nullable(text),
  linked_at: instant,
});
export const identityPage = z.object({ items: z.array(identityView) });
/** The account that a code would link, so that the person can tell it from somebody else's. */
export const linkOffer = z.object({
  channel: text,
  external_id: text,
  name: z.nullable(text),
  expires_at: instant,
});

export type LinkRequest = z.infer<typeof linkRequest>;
export type IdentitiesQuery = z.infer<typeof identitiesQuery>;
export type IdentityView = z.infer<typeof identityView>;
export type IdentityPage = z.infer<typeof identityPage>;
export type LinkOffer = z.infer<typeof linkOffer>;
