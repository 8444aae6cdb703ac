// What the event of a proposal says about it; its payload may be erased or of a later layout.

import type { EventView } from "@holdpoint/core/wire/response";
import { isObject } from "../card/json-change.ts";

export interface ProposalFacts {
  readonly topic: string | null;
  readonly resource: string | null;
  readonly environment: string | null;
  readonly decision: string | null;
  readonly rule: string | null;
}

export function proposalOf({ payload }: EventView): ProposalFacts {
  const action = isObject(payload?.["action"]) ? payload["action"] : {};
  const target = isObject(action["target"]) ? action["target"] : {};
  return {
    topic: textOf(action["topic"]),
    resource: textOf(target["resource"]),
    environment: textOf(target["environment"]),
    decision: textOf(payload?.["decision"])?.toUpperCase() ?? null,
    rule: textOf(payload?.["rule"]),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
