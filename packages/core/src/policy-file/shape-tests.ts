// The maps of `tests` in a policy file: an action, what is known beside it, and what is expected.

import { described, flag, list, type MapShape, named, number, ref, text, whole } from "./shape.ts";
import { riskTagsMax } from "../base/limits.ts";

const largest = Number.MAX_SAFE_INTEGER;

export const testShapes = {
  test: {
    about: "An action and what has to become of it.",
    required: ["name", "action", "expect"],
    keys: {
      name: text("A sentence."),
      action: ref("action"),
      facts: ref("facts"),
      now: ref("instant"),
      expect: ref("expect"),
    },
  },
  action: {
    about: "An action as an agent proposes it.",
    required: ["topic"],
    keys: {
      topic: ref("topic"),
      tool: ref("tool"),
      params: described("Parameters.", { type: "object" }),
      target: ref("target"),
      risk_tags: list("Risk tags.", ref("risk_tag"), riskTagsMax),
      reversible: flag,
      cost: ref("cost"),
      effect: ref("effect"),
      agent: { anyOf: [text("Name of the agent."), ref("agent")] },
      tenant: text("Name of the tenant."),
      labels: ref("labels"),
    },
  },
  tool: {
    about: "The tool that acts.",
    required: ["name"],
    keys: { server: text("Its server."), name: text("Its name.") },
  },
  target: {
    about: "What is acted on.",
    required: [],
    keys: { environment: text("Such as `prod`."), resource: text("Name of the thing.") },
  },
  cost: {
    about: "What it costs.",
    required: ["amount", "currency"],
    keys: { amount: number("Amount.", 0, Number.MAX_VALUE), currency: ref("currency") },
  },
  effect: {
    about: "What will happen, computed beforehand.",
    required: [],
    keys: {
      rows: number("Rows that change.", 0, largest),
      recipients: number("People that are reached.", 0, largest),
      diff: { type: "string", description: "What changes, as text." },
    },
  },
  agent: {
    about: "Who proposes.",
    required: [],
    keys: {
      id: text("Name of the agent."),
      run: text("Its run."),
      thread: text("Its thread."),
      on_behalf_of: text("For whom it acts."),
    },
  },
  facts: {
    about: "What the server knows beside the action.",
    required: [],
    keys: {
      first_time: ref("first_time"),
      count: ref("count"),
      usual: named("Usual values by path of a parameter.", ref("usual_range")),
      last_outcome: text("State that the last action of this kind ended in."),
      since_rejection: ref("duration"),
      velocity: named(
        "Count by id of the rule.",
        whole("", 0, largest),
        "^[A-Za-z0-9_.:-]{1,128}$",
      ),
    },
  },
  first_time: {
    about: "True when nothing like it was proposed before.",
    required: [],
    keys: { agent: flag, topic: flag, target: flag },
  },
  count: {
    about: "Earlier proposals of this agent and topic.",
    required: [],
    keys: {
      hour: whole("In the last hour.", 0, largest),
      day: whole("In the last day.", 0, largest),
    },
  },
  usual_range: {
    about: "Usual values of a numeric parameter.",
    required: ["count", "low", "high"],
    keys: {
      count: whole("Actions that carried it.", 0, largest),
      low: { type: "number", description: "5th percentile." },
      high: { type: "number", description: "95th percentile." },
    },
  },
  expect: {
    about: "What the decision has to be; what is absent is not looked at.",
    required: [],
    keys: {
      decision: ref("decision"),
      rule: { anyOf: [ref("id"), { type: "null" }], description: "Null: no rule decides." },
      constraints: ref("constraints"),
      risk_tags: list("Tags of the action after `derive`.", ref("risk_tag"), riskTagsMax),
    },
  },
} satisfies Readonly<Record<string, MapShape>>;
