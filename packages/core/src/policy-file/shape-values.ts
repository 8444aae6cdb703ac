// The forms of values that many keys of a policy file share.

import type { JsonObject } from "../base/json/value.ts";
import { type DecisionKind, decisionKinds } from "../policy/decision.ts";
import { ref, some, text, word } from "./shape.ts";

/** Other spellings of decisions, as files of other systems have them. */
export const decisionAliases: Readonly<Record<string, DecisionKind>> = {
  auto: "allow",
  permit: "allow",
  block: "deny",
};

/** Values that many keys share. */
export const valueShapes: Readonly<Record<string, JsonObject>> = {
  decision: {
    description: "What becomes of an action. Case does not matter.",
    anyOf: [
      { enum: [...decisionKinds, ...Object.keys(decisionAliases)] },
      { type: "string", pattern: anyCase([...decisionKinds, ...Object.keys(decisionAliases)]) },
    ],
  },
  duration: text("A span such as `15m`: a whole number and ms, s, m, h or d.", {
    pattern: "^[1-9][0-9]{0,8}(ms|s|m|h|d)$",
  }),
  rejection_memory: {
    description: "How long a rejection is remembered; 0 forgets at once.",
    anyOf: [ref("duration"), { const: 0 }, { type: "string", pattern: "^0(ms|s|m|h|d)$" }],
  },
  role: {
    description: "A rank, alone or with what holders of the role may approve.",
    anyOf: [{ type: "integer", minimum: 0, maximum: 1_000_000 }, ref("ranked_role")],
  },
  roster_name: text("Name of a roster of the people file.", {
    pattern: "^[A-Za-z][A-Za-z0-9_.-]{0,63}$",
  }),
  circumstance: text("`incident`, `label:<name>=<value>` of one, or `topic:<pattern>`.", {
    pattern: "^(incident|label:[^=\\s]+=\\S.*|topic:\\S+)$",
  }),
  id: text("Letters, digits, `_`, `.`, `:` and `-`.", {
    pattern: "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$",
  }),
  risk_tag: text("A risk tag, lower case.", { pattern: "^[a-z0-9][a-z0-9_.:-]{0,63}$" }),
  topic: text("A topic, dotted and lower case.", {
    pattern: "^[a-z0-9_-]+(\\.[a-z0-9_-]+)*$",
    maxLength: 255,
  }),
  topic_pattern: text("Segments with dots between them; `*` is one segment, `**` the rest.", {
    pattern: "^(([a-z0-9_-]+|\\*)(\\.([a-z0-9_-]+|\\*))*(\\.\\*\\*)?|\\*\\*)$",
    maxLength: 255,
  }),
  name_pattern: text("A name; `*` is any run without a dot, `**` any run.", { maxLength: 256 }),
  condition: text("An expression in CEL over action, facts, now, variables and parameters.", {
    maxLength: 4096,
  }),
  instant: text("A point in time, such as `2026-12-01T00:00:00Z`, or a date in UTC.", {
    pattern:
      "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$",
  }),
  date: text("A date such as `2026-12-25`.", { pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
  local_time: text("A local time such as `2026-12-20T00:00`.", {
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$",
  }),
  clock: text('A time of day such as `"09:00"`.', { pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
  clock_end: text('A time of day such as `"18:00"`, or `"24:00"`.', {
    pattern: "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
  }),
  days: {
    description: "`mon-fri`, `sat`, or a list of either.",
    anyOf: [ref("day_range"), { type: "array", items: ref("day_range"), minItems: 1 }],
  },
  day_range: {
    type: "string",
    pattern: "^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$",
  },
  zone: text("A time zone such as `Europe/Berlin`, `UTC` or `+02:00`.", { maxLength: 256 }),
  mode: word(
    "How far it counts: fully, as a warning, or in the record only.",
    "enforce",
    "warn",
    "shadow",
  ),
  reason: text("For reviewers and agents; `${…}` holds an expression.", { maxLength: 4000 }),
  person: text("A person, group or role: `role:<name>`, `group:<name>` or `person:<id>`.", {
    pattern: "^(role|group|person):\\S+$",
  }),
  member: text("An email, an id of a person, or `role:<name>`.", { pattern: "^\\S+$" }),
  currency: text("A currency code such as `USD`.", { pattern: "^[A-Za-z][A-Za-z0-9_-]{0,15}$" }),
  labels: {
    type: "object",
    additionalProperties: { type: "string", minLength: 1, maxLength: 256 },
    description: "Text by name.",
  },
  calendar_names: {
    description: "A calendar, or a list of them.",
    anyOf: [{ type: "string", minLength: 1 }, some("", { type: "string", minLength: 1 })],
  },
};

/** JSON Schema has no flag for the case of letters. */
function anyCase(words: readonly string[]): string {
  const letters = (one: string): string =>
    one.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);
  return `^(${words.map(letters).join("|")})$`;
}
