// The tool registry on the wire: one entry, all of them, a file of them; and asking for a remediation.

import { z } from "zod";
import { policyBytesMax } from "../base/limits.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { ToolEntry } from "../policy/registry.ts";
import { findingView } from "./response.ts";
import { digest, idempotencyKey, jobId, jsonObject, word } from "./shape.ts";

const text = z.string();
const orNull = <T extends z.ZodType>(schema: T): z.ZodNullable<T> => schema.nullable();

/** What the registry is told of one tool; forms and expressions are checked as those of a file are. */
export const toolRequest = z.strictObject({
  /** Topic pattern; an entry has this or `tool`. */
  topic: text.optional(),
  /** `name` or `server.name`, with `*` and `**`. */
  tool: text.optional(),
  title: text.optional(),
  risk_tags: z.array(text).optional(),
  reversible: z.boolean().optional(),
  /** JSON Schema of the parameters. */
  params_schema: jsonObject.optional(),
  /** First line of the card, with `${…}` over `action`. */
  summary: text.optional(),
  /** Expressions over `action` that compute what will happen. */
  effect: z.strictObject({ rows: text.optional(), recipients: text.optional() }).optional(),
});
/** A tools file; the registry holds what it says, and nothing else, from then on. */
export const toolsImportRequest = z.strictObject({ source: z.string().min(1).max(policyBytesMax) });

export const toolView = z.object({
  id: text,
  topic: orNull(text),
  tool: orNull(text),
  title: orNull(text),
  risk_tags: z.array(text),
  reversible: orNull(z.boolean()),
  params_schema: orNull(jsonObject),
  summary: orNull(text),
  effect: z.object({ rows: orNull(text), recipients: orNull(text) }),
});
/** `digest` names this state of the registry; null while it is empty. */
export const toolPage = z.object({ items: z.array(toolView), digest: orNull(digest) });
export const toolsImported = z.object({
  ...toolPage.shape,
  /** Ids of entries that the file does not have and the registry had. */
  removed: z.array(text),
  findings: z.array(findingView),
});

export const remediateRequest = z.strictObject({
  /** Id of one of the `remediations` of the job's decision. */
  remediation: word,
  /** Id of the new job. */
  job_id: jobId.optional(),
  idempotency_key: idempotencyKey.nullish(),
});

export type ToolRequest = z.infer<typeof toolRequest>;
export type ToolView = z.infer<typeof toolView>;
export type ToolPage = z.infer<typeof toolPage>;
export type ToolsImported = z.infer<typeof toolsImported>;
export type RemediateRequest = z.infer<typeof remediateRequest>;

export function toolViewOf(entry: ToolEntry): ToolView {
  const { effect } = entry;
  return {
    id: entry.id,
    topic: entry.topic,
    tool: entry.tool,
    title: entry.title,
    risk_tags: [...entry.riskTags],
    reversible: entry.reversible,
    params_schema: entry.paramsSchema as JsonObject | null,
    summary: entry.summary?.source ?? null,
    effect: { rows: effect.rows?.source ?? null, recipients: effect.recipients?.source ?? null },
  };
}
