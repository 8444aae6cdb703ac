// Puts the rules of a policy under the topics and risk tags that they ask for.

import type { Match } from "../policy/policy.ts";

/**
 * Rules with one condition in common, in their order and side by side in memory: the number of a
 * rule, then a further tag that it asks for or one of the two marks below, then the next rule.
 */
export interface Postings {
  /** While the index is built. */
  list: number[] | null;
  /** Where in `TopicIndex.entries` the list lies. */
  from: number;
  to: number;
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
  /** All lists, one after the other: what lies together is reached together. */
  readonly entries: Int32Array;
  /** By half the place in `entries`: what that rule and all after it in its list may take, as `Bound`. */
  readonly fixedAhead: Float64Array;
  readonly perWeightAhead: Float64Array;
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
  return {
    ruleCount: matches.length,
    root,
    depth,
    tagNumbers,
    allTags,
    anyTags,
    ...pack(root, bounds),
  };
}

/** A rule with two topics that lead to one list stands in it once. */
function post({ list }: Postings, rule: number, further: number): void {
  if (list === null) return;
  const { length } = list;
  if (list[length - 2] === rule && list[length - 1] === further) return;
  list.push(rule, further);
}

function pack(
  root: TrieNode,
  bounds: readonly Bound[],
): Pick<TopicIndex, "entries" | "fixedAhead" | "perWeightAhead"> {
  const all = postingsUnder(root);
  let length = 0;
  for (const { list } of all) length += list?.length ?? 0;
  const entries = new Int32Array(length);
  const fixedAhead = new Float64Array(length / 2);
  const perWeightAhead = new Float64Array(length / 2);
  let from = 0;
  for (const postings of all) {
    const list = postings.list ?? [];
    entries.set(list, from);
    [postings.from, postings.to, postings.list] = [from, from + list.length, null];
    let fixed = 0;
    let perWeight = 0;
    for (let place = list.length - 2; place >= 0; place -= 2) {
      const bound = bounds[list[place] ?? -1];
      fixed += bound?.fixed ?? 0;
      perWeight += bound?.perWeight ?? 0;
      fixedAhead[(from + place) / 2] = fixed;
      perWeightAhead[(from + place) / 2] = perWeight;
    }
    from += list.length;
  }
  return { entries, fixedAhead, perWeightAhead };
}

function postingsUnder(node: TrieNode): Postings[] {
  const all: (Postings | null)[] = [];
  for (const bag of [node.end, node.deep]) {
    if (bag !== null) all.push(bag.open, bag.untagged, ...(bag.byTag?.values() ?? []));
  }
  const kids = [...(node.kids?.values() ?? []), ...(node.star === null ? [] : [node.star])];
  return [...all.filter((one) => one !== null), ...kids.flatMap(postingsUnder)];
}

/** What is left to ask about the tags of a rule once one of them was found on the action. */
function furtherOf(
  all: readonly number[],
  any: readonly number[] | null | undefined,
  found: number,
): number {
  if (any !== null && any !== undefined && !any.includes(found)) return severalFurther;
  let rest = nothingFurther;
  for (const tag of all) {
    if (tag === found) continue;
    if (rest !== nothingFurther) return severalFurther;
    rest = tag;
  }
  return rest;
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
  return { list: [], from: 0, to: 0 };
}
