// The assertion that guards invariants: a failed one is a bug in Holdpoint, never a refusal.

export class AssertionFault extends Error {
  override readonly name: string = "AssertionFault";
}

export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new AssertionFault(sentence);
}
