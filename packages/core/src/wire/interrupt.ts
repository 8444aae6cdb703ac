// Held calls as AG-UI spells them, on the wire.

import { z } from "zod";
import { instant, jobId, jsonObject } from "./shape.ts";

/** SPEC: AG-UI 1.0, `Interrupt`; names are its own. */
export const interruptView = z.object({
  id: jobId,
  /** `tool_call`, or `confirmation` of a call without an id. */
  reason: z.string(),
  message: z.string(),
  toolCallId: z.string().optional(),
  /** JSON Schema of what a frontend may collect; it decides nothing. */
  responseSchema: jsonObject,
  expiresAt: instant.optional(),
  metadata: z.object({ holdpoint: jsonObject }),
});

/** What a run waits for, oldest first. */
export const interruptPage = z.object({ items: z.array(interruptView) });

export type InterruptPage = z.infer<typeof interruptPage>;
