// Reads the word of a decision, in any case and in the spellings of other systems.

import { type DecisionKind, decisionKinds } from "../policy/decision.ts";
import { nearest } from "../policy/finding.ts";
import { type Place, type Reading, wrongType } from "./reading.ts";
import { decisionAliases } from "./shape-values.ts";

export function readDecision(reading: Reading, place: Place): DecisionKind | null {
  const node = place.node;
  if (node.kind !== "scalar" || typeof node.value !== "string") {
    return wrongType(reading, place, "`decision`", "text");
  }
  const word = node.value.toLowerCase();
  const kind = decisionKinds.find((one) => one === word);
  if (kind !== undefined) return kind;
  const alias = Object.hasOwn(decisionAliases, word) ? decisionAliases[word] : undefined;
  if (alias !== undefined) return alias;
  const near = nearest(word, [...decisionKinds, ...Object.keys(decisionAliases)]);
  return reading.error(
    place,
    "unknown_decision",
    `there is no decision \`${node.value}\``,
    near === null ? `it is one of: ${decisionKinds.join(", ")}` : `did you mean \`${near}\`?`,
  );
}
