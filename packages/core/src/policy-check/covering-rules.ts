// Finds a rule that is for all actions of another one, through an index of topics and tags.

import type { PlacedRule } from "./check-report.ts";
import { covers } from "./coverage.ts";
import type { Match } from "../policy/policy.ts";

interface Node {
  readonly kids: Map<string, Node>;
  /** Patterns that end here, and that go on with `**` from here; by a tag that they ask for. */
  readonly end: Map<string, PlacedRule[]>;
  readonly deep: Map<string, PlacedRule[]>;
}

export interface Covering {
  /** The first rule found that covers `narrow` and suits. */
  find(narrow: PlacedRule, suits: (wide: PlacedRule) => boolean): PlacedRule | null;
  /** True when a comparison was left out because there had been too many. */
  isCut(): boolean;
}

export function coveringRules(wides: readonly PlacedRule[], comparisonsMax: number): Covering {
  const root = emptyNode();
  for (const wide of wides) {
    // A wide rule with several topics is found by any of them.
    for (const topic of wide.rule.match.topics ?? ["**"]) insert(root, topic, wide);
  }
  let left = comparisonsMax;
  const find: Covering["find"] = (narrow, suits) => {
    const { match } = narrow.rule;
    for (const bag of bagsFor(root, (match.topics?.[0] ?? "**").split("."))) {
      for (const wide of candidatesIn(bag, match)) {
        if (left <= 0) return null;
        left -= 1;
        if (wide !== narrow && suits(wide) && covers(wide.rule.match, match, wide.rule)) {
          return wide;
        }
      }
    }
    return null;
  };
  return { find, isCut: () => left <= 0 };
}

function insert(root: Node, topic: string, wide: PlacedRule): void {
  let node = root;
  let bag: Map<string, PlacedRule[]> | null = null;
  for (const segment of topic.split(".")) {
    if (segment === "**") {
      bag = node.deep;
      break;
    }
    const kid = node.kids.get(segment) ?? emptyNode();
    node.kids.set(segment, kid);
    node = kid;
  }
  bag ??= node.end;
  const { riskTags } = wide.rule.match;
  const tag = riskTags === null ? "" : (riskTags[0] ?? untagged);
  const list = bag.get(tag) ?? [];
  list.push(wide);
  bag.set(tag, list);
}

/** The bags of all patterns that every topic of one pattern fits. */
function* bagsFor(root: Node, segments: readonly string[]): Generator<Node["end"]> {
  let reached: Node[] = [root];
  for (const segment of segments) {
    for (const node of reached) yield node.deep;
    if (segment === "**") return;
    reached = reached.flatMap((node) =>
      [...(segment === "*" ? [] : [node.kids.get(segment)]), node.kids.get("*")].filter(
        (kid) => kid !== undefined,
      ),
    );
  }
  for (const node of reached) yield node.end;
}

/** Rules whose first tag is among those that the narrow one asks for. */
function* candidatesIn(bag: Node["end"], match: Match): Generator<PlacedRule> {
  yield* bag.get("") ?? [];
  if (match.riskTags?.length === 0) yield* bag.get(untagged) ?? [];
  for (const tag of match.riskTags ?? []) yield* bag.get(tag) ?? [];
}

function emptyNode(): Node {
  return { kids: new Map(), end: new Map(), deep: new Map() };
}

/** Stands for `risk_tags: []`; no tag has a space. */
const untagged = " ";
