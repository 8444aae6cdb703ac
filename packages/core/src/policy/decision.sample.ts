// An action about which nothing is special, for tests to change what they are about.

import type { EvaluationInput } from "./decision.ts";
import { noFacts } from "./facts.ts";

export const plainInput: EvaluationInput = {
  topic: "job.a",
  tool: null,
  riskTags: [],
  agent: "bot",
  environment: null,
  tenant: "default",
  labels: {},
  reversible: null,
  cost: null,
  params: {},
  resource: null,
  effect: null,
  onBehalfOf: null,
  run: null,
  thread: null,
  facts: noFacts,
  now: Date.UTC(2026, 10, 21, 12),
};
