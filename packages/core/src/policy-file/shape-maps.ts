// What may stand in a policy file: each map with its keys and the form of their values, in one table.

import type { JsonObject } from "../base/json/value.ts";
import {
  escalationsMax,
  remindersMax,
  requirementsMax,
  riskTagsMax,
  rulesMax,
} from "../base/limits.ts";
import { peopleShapes } from "./shape-people.ts";
import { testShapes } from "./shape-tests.ts";
import {
  described,
  flag,
  identifierPattern,
  list,
  type MapShape,
  named,
  number,
  ref,
  some,
  text,
  whole,
  word,
} from "./shape.ts";

const condition = ref("condition");
const duration = ref("duration");
const tags = (about: string): JsonObject => list(about, ref("risk_tag"), riskTagsMax);

/** Keys that only a hold can act on. */
const holdKeys: Readonly<Record<string, JsonObject>> = {
  approvals: list("Who has to approve.", ref("approval"), requirementsMax),
  exclude: list("Who may not review, beside requester and owner.", {
    anyOf: [
      { enum: ["requester", "agent_owner", "on_behalf_of", "last_pair"] },
      { type: "string", pattern: "^person:\\S+$" },
    ],
  }),
  strong_auth: word("Proof of presence that an approval needs.", "passkey"),
  sla: described("When reviewers should have answered.", duration),
  timeout: described("When the hold ends.", duration),
  on_timeout: word("What the end of the hold does.", "block", "escalate", "allow"),
  on_reject: word("What a rejection does.", "abort", "reroute", "escalate"),
  escalate: list("Who is asked later.", ref("escalation"), escalationsMax),
  remind: {
    description: "Reminders, each so long after its level was told.",
    anyOf: [duration, { ...list("", duration, remindersMax), minItems: 1 }],
  },
  claim_silence: described("After this long without a word a claim ends.", duration),
  low_risk: described("Silence may release what can be undone.", flag),
  emergency: ref("emergency"),
  window: described("How long a veto is possible.", duration),
};

export const holdKeyNames: readonly string[] = Object.keys(holdKeys);

const calendarNames = (about: string): JsonObject => described(about, ref("calendar_names"));

const bound = (about: string): JsonObject => number(about, 0, 1e15);

function ruleShape(about: string, more: Readonly<Record<string, JsonObject>>): MapShape {
  return {
    about,
    required: ["id", "decision"],
    more: silenceShape,
    keys: {
      id: ref("id"),
      match: ref("match"),
      when: condition,
      velocity: ref("velocity"),
      decision: ref("decision"),
      reason: ref("reason"),
      owner: text("Who answers for the rule."),
      ...more,
      constraints: ref("constraints"),
      remediations: list("What the agent may try instead.", ref("remediation")),
      notify: list("Channels such as `slack:approvals`.", text("", { pattern: channelPattern })),
      sample: text("Share that is reviewed afterwards, such as `5%`."),
      waivers: list("Findings that are accepted for a while.", ref("waiver")),
      ...holdKeys,
    },
  };
}

/** `on_timeout: allow` asks for more than itself. */
const silenceShape: JsonObject = {
  anyOf: [
    { type: "object", properties: { on_timeout: { enum: ["block", "escalate"] } } },
    {
      type: "object",
      properties: {
        low_risk: { const: true },
        match: {
          type: "object",
          properties: { reversible: { const: true } },
          required: ["reversible"],
        },
      },
      required: ["low_risk", "match"],
    },
  ],
};

const channelPattern = "^[a-z][a-z0-9-]*(:\\S+)?$";

/** INVARIANT: readers take the keys of each map from here, so the schema knows what they know. */
export const shapes = {
  policy: {
    about: "A policy of Holdpoint: which actions run, which wait for people, which are refused.",
    required: ["version", "rules"],
    keys: {
      version: word("Version of the format.", "v1"),
      mode: ref("mode"),
      combine: word("How rules that match become one decision.", "strict", "first_match"),
      defaults: ref("defaults"),
      vocabulary: ref("vocabulary"),
      calendars: named("Calendars by name.", ref("calendar")),
      parameters: ref("parameters"),
      variables: named("Expressions by name.", condition, identifierPattern),
      derive: list("Risk tags that the server adds.", ref("derivation")),
      exceptions: list("What lifts rules for a while.", ref("exception")),
      roles: named("Rank by role; a higher one stands for a lower one.", ref("role")),
      governance: ref("governance"),
      groups: named("Groups by name.", ref("group")),
      schedules: named("Schedules by name.", ref("schedule")),
      invariants: list("Rules that only make a decision stricter.", ref("invariant"), rulesMax),
      rules: list("The rules.", ref("rule"), rulesMax),
      tests: list("Actions and what has to become of them.", ref("test")),
    },
  },
  defaults: {
    about: "What holds where no rule says.",
    required: [],
    keys: {
      decision: ref("decision"),
      reason: text("For reviewers and agents.", { maxLength: 4000 }),
      timeout: duration,
      on_timeout: word("What the end of a hold does.", "block", "escalate"),
      rejection_memory: ref("rejection_memory"),
      on_error: word("The decision when the cost budget is used up.", "deny", "require_approval"),
    },
  },
  vocabulary: {
    about: "Words that the file may use; others are errors.",
    required: [],
    keys: {
      risk_tags: list("Risk tags.", ref("risk_tag")),
      topics: list("Patterns of topics.", ref("topic_pattern")),
    },
  },
  calendar: {
    about: "Hours of the week, spans of dates, or both together.",
    required: ["zone"],
    keys: {
      zone: ref("zone"),
      days: ref("days"),
      from: ref("clock"),
      to: ref("clock_end"),
      except: list("Local dates that do not belong to it.", ref("date")),
      between: list("Spans of local time.", ref("span")),
    },
  },
  span: {
    about: "From a local time until before another.",
    required: ["from", "to"],
    keys: { from: ref("local_time"), to: ref("local_time") },
  },
  derivation: {
    about: "Tags that an action gets when the condition holds or cannot be told.",
    required: ["when", "add_risk_tags"],
    keys: { when: condition, add_risk_tags: { ...tags("Tags to add."), minItems: 1 } },
  },
  exception: {
    about: "Lifts rules for some actions until a date.",
    required: ["id", "rules", "owner", "reason", "expires"],
    keys: {
      id: ref("id"),
      rules: some("Ids of the rules that it lifts.", ref("id")),
      match: ref("match"),
      when: condition,
      owner: text("Who answers for it.", { maxLength: 256 }),
      reason: text("Why it is there.", { maxLength: 4000 }),
      expires: ref("instant"),
    },
  },
  match: {
    about: "Questions that all have to be answered with yes.",
    required: [],
    keys: {
      topics: some("The topic fits one.", ref("topic_pattern")),
      risk_tags: tags("The action carries all; `[]`: it carries none."),
      any_risk_tags: some("The action carries one.", ref("risk_tag")),
      agents: some("The agent's name fits one.", ref("name_pattern")),
      tools: some("The tool's `name` or `server.name` fits one.", ref("name_pattern")),
      environments: some("The target's environment is one.", text("")),
      tenants: some("The tenant is one.", text("")),
      labels: ref("labels"),
      reversible: flag,
      cost: ref("cost_bounds"),
      during: calendarNames("The decision falls into one of these calendars."),
      outside: calendarNames("The decision falls into none of these calendars."),
      unusual: described("History calls the action unusual.", flag),
    },
  },
  cost_bounds: {
    about: "Bounds on the cost.",
    required: [],
    keys: {
      over: bound("Excluded lower bound."),
      at_least: bound("Included lower bound."),
      under: bound("Excluded upper bound."),
      at_most: bound("Included upper bound."),
      currency: ref("currency"),
    },
  },
  velocity: {
    about: "More than `over` proposals within `in` that share the values of `per`.",
    required: ["over", "in"],
    keys: {
      over: whole("As many are still usual.", 1, 1_000),
      in: duration,
      per: list("Members of the action, such as `agent.id`.", text("", { maxLength: 4096 }), 8),
    },
  },
  waiver: {
    about: "A finding of the check that is accepted for a while.",
    required: ["id", "reason", "expires"],
    keys: {
      id: text("Code of the finding."),
      reason: text("Why it is accepted.", { maxLength: 4000 }),
      expires: ref("instant"),
    },
  },
  rule: ruleShape("A rule.", { mode: ref("mode") }),
  invariant: ruleShape("A rule that is always asked and only makes a decision stricter.", {}),
  constraints: {
    about: "What the enforcement point keeps to while the action runs.",
    required: [],
    keys: {
      max_runtime_sec: whole("Seconds.", 1, Number.MAX_SAFE_INTEGER),
      network_allowlist: list("Exact hosts; an empty list forbids the network.", text("")),
      max_rows: whole("Rows.", 0, Number.MAX_SAFE_INTEGER),
      max_recipients: whole("Recipients.", 0, Number.MAX_SAFE_INTEGER),
      redact: list("Fields to hide.", text("")),
      pin: described("Parameters with the value that they must have.", { type: "object" }),
    },
  },
  remediation: {
    about: "What the agent may try instead.",
    required: ["id"],
    keys: { id: ref("id"), title: text("For the agent and for people."), set: ref("set") },
  },
  set: {
    about: "What is merged into the action.",
    required: [],
    keys: {
      params: described("Parameters; null removes one.", { type: "object" }),
      topic: ref("topic"),
      target: ref("target"),
      labels: ref("labels"),
    },
  },
  ...peopleShapes,
  ...testShapes,
} satisfies Readonly<Record<string, MapShape>>;

export type ShapeName = keyof typeof shapes;

/** The keys that a map of the file may have. */
export function keysOf(name: ShapeName): readonly string[] {
  return Object.keys(shapes[name].keys);
}
