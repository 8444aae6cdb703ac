// What the server itself knows of tools: tags, reversibility, parameters, summary, computed effect.

import type { JsonObject } from "../base/json/value.ts";
import type { Condition, Template } from "./policy.ts";

/** One entry of the tool registry. An agent can add risk to what it says, and take nothing away. */
export interface ToolEntry {
  /** Unique in the tenant; letters, digits, `_`, `.` and `-`. */
  readonly id: string;
  /** A topic pattern of policy files; null when the entry is for a tool. */
  readonly topic: string | null;
  /** `name` or `server.name` of a tool, with the patterns of `match.tools`; null when it is for a topic. */
  readonly tool: string | null;
  readonly title: string | null;
  readonly riskTags: readonly string[];
  /** Null when the registry does not say. */
  readonly reversible: boolean | null;
  /** JSON Schema of the parameters; null leaves them unchecked. */
  readonly paramsSchema: Readonly<JsonObject> | null;
  /** The line that reviewers read first, with `${…}` over `action`. */
  readonly summary: Template | null;
  /** Expressions over `action` that compute what will happen. */
  readonly effect: { readonly rows: Condition | null; readonly recipients: Condition | null };
}

export interface Registry {
  readonly entries: readonly ToolEntry[];
}

export const emptyRegistry: Registry = { entries: [] };
