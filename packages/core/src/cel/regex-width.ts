// Makes all states of a pattern's automaton beforehand, if there are few, so that its speed is known.

import type { RE2JS } from "re2js";

/**
 * Work for one pattern: transitions times instructions. Patterns that people write need a small part;
 * a pattern that needs more stays correct and is paid for by its slowest way.
 */
const workMax = 200_000;

const unanchored = 0;
/** Beginning of the text and of a line, as the engine numbers what it sees at the start. */
const atStart = 5;
const endOfText = -1;

/**
 * Bytes of states that a pattern with too many of them may keep; the engine itself would allow 8 MiB,
 * which an agent could fill for every such pattern of a policy.
 */
const wideBytesMax = 262_144;

/** The part of the engine's automaton that is used here. */
interface Automaton {
  stateBudget: number;
  clearCache(): void;
  readonly numClasses: number;
  readonly classBounds: Int32Array;
  start(input: { context(): number }, position: number): object | null;
  step(state: object, characterClass: number, rune: number, anchor: number): object | null;
}

/**
 * INVARIANT: the engine is pinned to one version, whose automaton keeps what is made here; it makes
 * states as it meets them, and each costs as much as all instructions.
 */
export function isNarrow(compiled: RE2JS, size: number): boolean {
  const automaton: Automaton = compiled.re2().dfa;
  if (makeAllStates(automaton, size)) return true;
  automaton.stateBudget = wideBytesMax;
  automaton.clearCache();
  return false;
}

function makeAllStates(automaton: Automaton, size: number): boolean {
  const first = automaton.start({ context: () => atStart }, 0);
  if (first === null) return false;
  const waiting = [first];
  const seen = new Set(waiting);
  let work = 0;
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    work += (automaton.numClasses + 1) * size;
    if (work > workMax) return false;
    for (let index = 0; index <= automaton.numClasses; index++) {
      const next = automaton.step(state, index, runeOf(automaton, index), unanchored);
      if (next === null) return false;
      if (index === automaton.numClasses || seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return true;
}

/** A character of a class: the first one. The last class is the end of the text. */
function runeOf({ numClasses, classBounds }: Automaton, index: number): number {
  if (index === numClasses) return endOfText;
  return index === 0 ? 0 : (classBounds[index - 1] ?? 0);
}
