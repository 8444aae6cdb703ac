// Seals the facts of a change into audit events: no verb commits without its event.

import { type AuditFact, type SealedEvent, sealEvent } from "@holdpoint/core/record/event";
import type { Engine } from "./context.ts";

const saltBytes = 32;

/** Leaves in their final form, with fresh salts; the commit writes them with the change. */
export function record(
  ctx: Engine,
  tenant: string,
  facts: readonly AuditFact[],
): readonly SealedEvent[] {
  return facts.map((fact) => sealEvent(tenant, ctx.ids.event(), fact, ctx.random(saltBytes)));
}
