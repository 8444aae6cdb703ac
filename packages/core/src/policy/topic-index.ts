// Puts the rules of a policy under the topics and risk tags that they ask for.

import type { Match } from "./policy.ts";

/**
 * Rules with one condition in common, in their order and side by side in memory: the number of a
 * rule, then a further tag that it asks for or one of the two marks below, then the next rule.
 */
export interface Postings {
  /** While the index is built. */
  readonly list: number[];
  entries: Int32Array;
  /** By place of a rule: what it and all after it may cost to ask, as `Bounds` has it. */
  fixed: Float64Array;
  perWeight: Float64Array;
}

/** The most that asking a rule takes: units, and units for each unit of the weight of an action. */
export interface Bound {
  readonly fixed: number;
  readonly perWeight: number;
}

/** Nothing is left to ask about the tags of the rule. */
export const nothingFurther: number = -1;
/** More than one tag is left to ask about. */
export const severalFurther: number = -2;

/** Rules at one place of the trie, under the rarest tag that they ask for. */
export interface Bag {
  /** Rules that ask for no tag. */
  open: Postings | null;
  /** Rules for actions without any tag. */
  untagged: Postings | null;
  byTag: Map<number, Postings> | null;
}

export interface TrieNode {
  kids: Map<string, TrieNode> | null;
  star: TrieNode | null;
  /** Patterns that end here. */
  end: Bag | null;
  /** Patterns that go on with `**` from here. */
  deep: Bag | null;
}

export interface TopicIndex {
  readonly ruleCount: number;
  readonly root: TrieNode;
  /** Segments of the longest pattern; what a topic has beyond them makes no difference. */
  readonly depth: number;
  readonly tagNumbers: ReadonlyMap<string, number>;
  /** Tags that each rule asks for, as numbers: all of them, and one of them. */
  readonly allTags: readonly (readonly number[])[];
  readonly anyTags: readonly (readonly number[] | null)[];
}

/** `bounds` by rule; without them `costAhead` says nothing. */
export function buildIndex(matches: readonly Match[], bounds: readonly Bound[] = []): TopicIndex {
  const rarity = new Map<string, number>();
  for (const { riskTags, anyRiskTags } of matches) {
    for (const tag of riskTags ?? []) rarity.set(tag, (rarity.get(tag) ?? 0) + 1);
    for (const tag of anyRiskTags ?? []) rarity.set(tag, rarity.get(tag) ?? 0);
  }
  const tagNumbers = new Map([...rarity.keys()].map((tag, number) => [tag, number]));
  const numbersOf = (tags: readonly string[]): number[] =>
    tags.map((tag) => tagNumbers.get(tag) ?? -1);
  const root = emptyNode();
  const allTags = matches.map(({ riskTags }) => numbersOf(riskTags ?? []));
  const anyTags = matches.map(({ anyRiskTags }) =>
    anyRiskTags === null ? null : numbersOf(anyRiskTags),
  );
  matches.forEach((match, rule) => {
    const anchor = anchorOf(match, rarity);
    const further = (tag: number): number => furtherOf(allTags[rule] ?? [], anyTags[rule], tag);
    for (const topic of match.topics ?? ["**"]) {
      const bag = bagAt(root, topic.split("."));
      if (anchor === "none") post((bag.untagged ??= emptyPostings()), rule, further(-1));
      else if (anchor === null) post((bag.open ??= emptyPostings()), rule, further(-1));
      else for (const tag of numbersOf(anchor)) post(postingsOf(bag, tag), rule, further(tag));
    }
  });
  const topics = matches.flatMap((match) => match.topics ?? []);
  const depth = topics.reduce((most, topic) => Math.max(most, topic.split(".").length), 1);
  packNode(root, bounds);
  return { ruleCount: matches.length, root, depth, tagNumbers, allTags, anyTags };
}

/** A rule with two topics that lead to one list stands in it once. */
function post({ list }: Postings, rule: number, further: number): void {
  if (list.at(-2) === rule && list.at(-1) === further) return;
  list.push(rule, further);
}

function packNode(node: TrieNode, bounds: readonly Bound[]): void {
  for (const bag of [node.end, node.deep]) {
    if (bag === null) continue;
    for (const postings of [bag.open, bag.untagged, ...(bag.byTag?.values() ?? [])]) {
      if (postings !== null) packPostings(postings, bounds);
    }
  }
  for (const kid of node.kids?.values() ?? []) packNode(kid, bounds);
  if (node.star !== null) packNode(node.star, bounds);
}

function packPostings(postings: Postings, bounds: readonly Bound[]): void {
  const { list } = postings;
  postings.entries = Int32Array.from(list);
  const count = list.length / 2;
  postings.fixed = new Float64Array(count + 1);
  postings.perWeight = new Float64Array(count + 1);
  for (let place = count - 1; place >= 0; place -= 1) {
    const bound = bounds[list[place * 2] ?? -1];
    postings.fixed[place] = (postings.fixed[place + 1] ?? 0) + (bound?.fixed ?? 0);
    postings.perWeight[place] = (postings.perWeight[place + 1] ?? 0) + (bound?.perWeight ?? 0);
  }
  list.length = 0;
}

/** What is left to ask about the tags of a rule once one of them was found on the action. */
function furtherOf(
  all: readonly number[],
  any: readonly number[] | null | undefined,
  found: number,
): number {
  const rest = all.filter((tag) => tag !== found);
  if (any !== null && any !== undefined && !any.includes(found)) return severalFurther;
  if (rest.length === 0) return nothingFurther;
  return rest.length === 1 ? (rest[0] ?? severalFurther) : severalFurther;
}

/** The tags of which a matching action carries at least one; `none` for rules that forbid tags. */
function anchorOf(
  match: Match,
  rarity: ReadonlyMap<string, number>,
): readonly string[] | "none" | null {
  const { riskTags, anyRiskTags } = match;
  if (riskTags !== null && riskTags.length === 0) return "none";
  if (riskTags === null) return anyRiskTags;
  const rarest = riskTags.reduce((best, tag) =>
    (rarity.get(tag) ?? 0) < (rarity.get(best) ?? 0) ? tag : best,
  );
  return [rarest];
}

function bagAt(root: TrieNode, segments: readonly string[]): Bag {
  let node = root;
  for (const segment of segments) {
    if (segment === "**") return (node.deep ??= emptyBag());
    node = segment === "*" ? (node.star ??= emptyNode()) : kidAt(node, segment);
  }
  return (node.end ??= emptyBag());
}

function kidAt(node: TrieNode, segment: string): TrieNode {
  node.kids ??= new Map();
  const had = node.kids.get(segment);
  if (had !== undefined) return had;
  const kid = emptyNode();
  node.kids.set(segment, kid);
  return kid;
}

function postingsOf(bag: Bag, tag: number): Postings {
  bag.byTag ??= new Map();
  const had = bag.byTag.get(tag);
  if (had !== undefined) return had;
  const postings = emptyPostings();
  bag.byTag.set(tag, postings);
  return postings;
}

function emptyNode(): TrieNode {
  return { kids: null, star: null, end: null, deep: null };
}

function emptyBag(): Bag {
  return { open: null, untagged: null, byTag: null };
}

function emptyPostings(): Postings {
  return { list: [], entries: noEntries, fixed: noBounds, perWeight: noBounds };
}

export const noEntries: Int32Array = new Int32Array(0);
const noBounds = new Float64Array(0);
