// Finds the rules that an action's topic and risk tags can concern, without looking at the others.

import type { EvaluationInput } from "./decision.ts";
import type { Match } from "./policy.ts";

/**
 * Rules with one condition in common, side by side in memory: the number of a rule, then a further
 * tag that it asks for or one of the two marks below, then the next rule.
 */
type Postings = number[];

/** Nothing is left to ask about the tags of the rule. */
const nothingFurther = -1;
/** More than one tag is left to ask about. */
const severalFurther = -2;

/** Rules at one place of the trie, under the rarest tag that they ask for. */
interface Bag {
  /** Rules that ask for no tag. */
  open: Postings | null;
  /** Rules for actions without any tag. */
  untagged: Postings | null;
  byTag: Map<number, Postings> | null;
}

interface TrieNode {
  kids: Map<string, TrieNode> | null;
  star: TrieNode | null;
  /** Patterns that end here. */
  end: Bag | null;
  /** Patterns that go on with `**` from here. */
  deep: Bag | null;
}

export interface TopicIndex {
  readonly root: TrieNode;
  /** Segments of the longest pattern; what a topic has beyond them makes no difference. */
  readonly depth: number;
  readonly tagNumbers: ReadonlyMap<string, number>;
  /** Tags that each rule asks for, as numbers: all of them, and one of them. */
  readonly allTags: readonly (readonly number[])[];
  readonly anyTags: readonly (readonly number[] | null)[];
}

/**
 * Working memory of one walk, kept between walks so that none is allocated.
 * INVARIANT: a mark counts only when it equals `turn`; raising `turn` clears all marks at once.
 */
export interface Scratch {
  turn: number;
  readonly ruleMarks: Int32Array;
  readonly tagMarks: Int32Array;
  /** Numbers of the tags that the action carries and some rule asks for. */
  readonly tags: Int32Array;
  tagCount: number;
  /** Segments of the topic, as many as patterns can tell apart. */
  readonly segments: string[];
  segmentCount: number;
  /** Rules whose topic and tags fit, in no order. */
  readonly found: Int32Array;
  foundCount: number;
}

export function buildIndex(matches: readonly Match[]): TopicIndex {
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
      if (anchor === "none") (bag.untagged ??= []).push(rule, further(-1));
      else if (anchor === null) (bag.open ??= []).push(rule, further(-1));
      else for (const tag of numbersOf(anchor)) postingsOf(bag, tag).push(rule, further(tag));
    }
  });
  const topics = matches.flatMap((match) => match.topics ?? []);
  const depth = topics.reduce((most, topic) => Math.max(most, topic.split(".").length), 1);
  return { root, depth, tagNumbers, allTags, anyTags };
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

export function makeScratch(index: TopicIndex, ruleCount: number): Scratch {
  return {
    turn: 0,
    ruleMarks: new Int32Array(ruleCount),
    tagMarks: new Int32Array(index.tagNumbers.size),
    tags: new Int32Array(index.tagNumbers.size),
    tagCount: 0,
    segments: new Array<string>(index.depth + 1).fill(""),
    segmentCount: 0,
    found: new Int32Array(ruleCount),
    foundCount: 0,
  };
}

/** Leaves in `scratch.found` every rule whose topics and tags fit the action, each once. */
export function findRules(index: TopicIndex, scratch: Scratch, input: EvaluationInput): void {
  beginTurn(scratch);
  for (const tag of input.riskTags) {
    const number = index.tagNumbers.get(tag);
    if (number === undefined || scratch.tagMarks[number] === scratch.turn) continue;
    scratch.tagMarks[number] = scratch.turn;
    scratch.tags[scratch.tagCount] = number;
    scratch.tagCount += 1;
  }
  splitTopic(scratch, input.topic);
  const walk = { index, scratch, isUntagged: input.riskTags.length === 0 };
  visit(walk, index.root, 0);
}

interface Walk {
  readonly index: TopicIndex;
  readonly scratch: Scratch;
  readonly isUntagged: boolean;
}

function beginTurn(scratch: Scratch): void {
  if (scratch.turn >= TURN_MAX) {
    scratch.ruleMarks.fill(0);
    scratch.tagMarks.fill(0);
    scratch.turn = 0;
  }
  scratch.turn += 1;
  scratch.tagCount = 0;
  scratch.foundCount = 0;
}

/** One segment more than the longest pattern has says as much as all of them. */
function splitTopic(scratch: Scratch, topic: string): void {
  const { segments } = scratch;
  let count = 0;
  let from = 0;
  while (count < segments.length && from <= topic.length) {
    const dot = topic.indexOf(".", from);
    const to = dot < 0 ? topic.length : dot;
    segments[count] = topic.slice(from, to);
    count += 1;
    from = to + 1;
  }
  scratch.segmentCount = count;
}

/** Goes as deep as the patterns do, whatever the topic. */
function visit(walk: Walk, node: TrieNode, depth: number): void {
  const { segments, segmentCount } = walk.scratch;
  if (depth >= segmentCount) {
    if (node.end !== null) takeBag(walk, node.end);
    return;
  }
  if (node.deep !== null) takeBag(walk, node.deep);
  if (node.kids !== null) {
    const kid = node.kids.get(segments[depth] ?? "");
    if (kid !== undefined) visit(walk, kid, depth + 1);
  }
  if (node.star !== null) visit(walk, node.star, depth + 1);
}

function takeBag(walk: Walk, bag: Bag): void {
  if (bag.open !== null) takeRules(walk, bag.open);
  if (walk.isUntagged) {
    if (bag.untagged !== null) takeRules(walk, bag.untagged);
  } else if (bag.byTag !== null) {
    const { scratch } = walk;
    for (let place = 0; place < scratch.tagCount; place += 1) {
      const rules = bag.byTag.get(scratch.tags[place] ?? -1);
      if (rules !== undefined) takeRules(walk, rules);
    }
  }
}

function takeRules({ index, scratch }: Walk, postings: Postings): void {
  const { tagMarks, ruleMarks, turn } = scratch;
  for (let place = 0; place < postings.length; place += 2) {
    const tag = postings[place + 1] ?? severalFurther;
    if (tag >= 0 && tagMarks[tag] !== turn) continue;
    const rule = postings[place] ?? 0;
    if (ruleMarks[rule] === turn) continue;
    if (tag === severalFurther && !carries(index, scratch, rule)) continue;
    ruleMarks[rule] = turn;
    scratch.found[scratch.foundCount] = rule;
    scratch.foundCount += 1;
  }
}

function carries(index: TopicIndex, scratch: Scratch, rule: number): boolean {
  if (!carriesAll(scratch, index.allTags[rule])) return false;
  const any = index.anyTags[rule];
  return any === null || any === undefined || carriesAny(scratch, any);
}

function carriesAll(scratch: Scratch, tags: readonly number[] | undefined): boolean {
  if (tags === undefined) return true;
  for (let place = 0; place < tags.length; place += 1) {
    if (scratch.tagMarks[tags[place] ?? 0] !== scratch.turn) return false;
  }
  return true;
}

function carriesAny(scratch: Scratch, tags: readonly number[]): boolean {
  for (let place = 0; place < tags.length; place += 1) {
    if (scratch.tagMarks[tags[place] ?? 0] === scratch.turn) return true;
  }
  return false;
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
  const postings: Postings = [];
  bag.byTag.set(tag, postings);
  return postings;
}

function emptyNode(): TrieNode {
  return { kids: null, star: null, end: null, deep: null };
}

function emptyBag(): Bag {
  return { open: null, untagged: null, byTag: null };
}

const TURN_MAX = 2 ** 31 - 2;
