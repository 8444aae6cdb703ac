// Finds the rules that an action's topic and risk tags can concern, without looking at the others.

import type { EvaluationInput } from "../policy/decision.ts";
import {
  type Bag,
  type Bound,
  nothingFurther,
  type Postings,
  severalFurther,
  type TopicIndex,
  type TrieNode,
} from "./topic-index.ts";

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
  /** Rules whose topic and tags fit, in their order. */
  readonly found: Int32Array;
  foundCount: number;
  /** The lists of rules that topic and tags lead to, and the next place in each of them. */
  readonly lists: Postings[];
  listCount: number;
  readonly places: Int32Array;
  readonly ends: Int32Array;
  /** Next rule of each list, `endOfList` when there is none. */
  readonly heads: Int32Array;
}

export function makeScratch(index: TopicIndex): Scratch {
  const { ruleCount } = index;
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
    lists: [],
    listCount: 0,
    places: new Int32Array(LISTS_MAX),
    ends: new Int32Array(LISTS_MAX),
    heads: new Int32Array(LISTS_MAX),
  };
}

/** Leaves in `scratch.found` every rule whose topics and tags fit the action, each once and in order. */
export function findRules(index: TopicIndex, scratch: Scratch, input: EvaluationInput): void {
  beginWalk(index, scratch, input);
  const { found, listCount } = scratch;
  if (listCount === 1 || listCount > LISTS_MAX) {
    gather(index, scratch);
    return;
  }
  let count = 0;
  for (let rule = nextRule(index, scratch); rule >= 0; rule = nextRule(index, scratch)) {
    found[count] = rule;
    count += 1;
  }
  scratch.foundCount = count;
}

/** False when topic and tags lead to so many lists that walking them in step does not pay. */
export function beginWalk(index: TopicIndex, scratch: Scratch, input: EvaluationInput): boolean {
  beginTurn(scratch);
  for (const tag of input.riskTags) {
    const number = index.tagNumbers.get(tag);
    if (number === undefined || scratch.tagMarks[number] === scratch.turn) continue;
    scratch.tagMarks[number] = scratch.turn;
    scratch.tags[scratch.tagCount] = number;
    scratch.tagCount += 1;
  }
  splitTopic(scratch, input.topic);
  const walk = { scratch, isUntagged: input.riskTags.length === 0 };
  visit(walk, index.root, 0);
  if (scratch.listCount > LISTS_MAX) return false;
  for (let list = 0; list < scratch.listCount; list += 1) advance(index, scratch, list);
  return true;
}

/** The next rule in order whose topics and tags fit; -1 after the last. */
export function nextRule(index: TopicIndex, scratch: Scratch): number {
  const { heads, listCount } = scratch;
  let least = endOfList;
  for (let list = 0; list < listCount; list += 1) {
    const head = heads[list] ?? endOfList;
    if (head < least) least = head;
  }
  if (least === endOfList) return -1;
  for (let list = 0; list < listCount; list += 1) {
    if (heads[list] === least) advance(index, scratch, list);
  }
  return least;
}

/** The most that asking all rules that are still ahead takes. */
export function boundAhead(index: TopicIndex, scratch: Scratch): Bound {
  let fixed = 0;
  let perWeight = 0;
  for (let list = 0; list < scratch.listCount; list += 1) {
    if (scratch.heads[list] === endOfList) continue;
    // The head was taken from its list already.
    const place = ((scratch.places[list] ?? 0) - 2) / 2;
    fixed += index.fixedAhead[place] ?? 0;
    perWeight += index.perWeightAhead[place] ?? 0;
  }
  return { fixed, perWeight };
}

interface Walk {
  readonly scratch: Scratch;
  readonly isUntagged: boolean;
}

/** Puts the next rule of a list that fits at its head. */
function advance(index: TopicIndex, scratch: Scratch, list: number): void {
  const { tagMarks, turn, places, ends, heads } = scratch;
  const { entries } = index;
  const to = ends[list] ?? 0;
  let place = places[list] ?? 0;
  while (place < to) {
    const rule = entries[place] ?? 0;
    const tag = entries[place + 1] ?? severalFurther;
    place += 2;
    if (
      tag >= 0 ? tagMarks[tag] === turn : tag === nothingFurther || carries(index, scratch, rule)
    ) {
      places[list] = place;
      heads[list] = rule;
      return;
    }
  }
  places[list] = place;
  heads[list] = endOfList;
}

/** All rules of all lists, each once, then in order. */
function gather(index: TopicIndex, scratch: Scratch): void {
  for (let list = 0; list < scratch.listCount; list += 1) {
    const postings = scratch.lists[list];
    if (postings !== undefined) takeRules(index, scratch, postings);
  }
  // A list by itself is in order.
  if (scratch.listCount > 1) scratch.found.subarray(0, scratch.foundCount).sort();
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
  scratch.listCount = 0;
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

function takeBag({ scratch, isUntagged }: Walk, bag: Bag): void {
  if (bag.open !== null) takeList(scratch, bag.open);
  if (isUntagged) {
    if (bag.untagged !== null) takeList(scratch, bag.untagged);
  } else if (bag.byTag !== null) {
    for (let place = 0; place < scratch.tagCount; place += 1) {
      const rules = bag.byTag.get(scratch.tags[place] ?? -1);
      if (rules !== undefined) takeList(scratch, rules);
    }
  }
}

function takeList(scratch: Scratch, postings: Postings): void {
  const { listCount } = scratch;
  scratch.lists[listCount] = postings;
  if (listCount < LISTS_MAX) {
    scratch.places[listCount] = postings.from;
    scratch.ends[listCount] = postings.to;
  }
  scratch.listCount = listCount + 1;
}

function takeRules(index: TopicIndex, scratch: Scratch, { from, to }: Postings): void {
  const { tagMarks, ruleMarks, turn } = scratch;
  const { entries } = index;
  for (let place = from; place < to; place += 2) {
    const tag = entries[place + 1] ?? severalFurther;
    if (tag >= 0 && tagMarks[tag] !== turn) continue;
    const rule = entries[place] ?? 0;
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

const TURN_MAX = 2 ** 31 - 2;
const endOfList = 2 ** 31 - 1;
/** Past this many lists one pass over all of them and a sort is faster than walking them in step. */
const LISTS_MAX = 24;
