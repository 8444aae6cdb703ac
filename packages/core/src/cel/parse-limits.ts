// How large an expression may be, and which characters no expression may hold.

export const parseLimits = {
  /** UTF-16 units of the source. */
  sourceLength: 4_096,
  /** Nodes of the tree. */
  nodes: 2_000,
  /** Levels of the tree, and of parentheses while it is read. */
  depth: 64,
  /** Macros inside of the body of another: each level multiplies the work. */
  macroDepth: 3,
} as const;

/** SECURITY: a text with these can look like another one to the person who reviews it. */
export function isBidiControl(unit: number): boolean {
  if (unit < 0x061c) return false;
  return (
    unit === 0x061c ||
    unit === 0x200e ||
    unit === 0x200f ||
    (unit >= 0x202a && unit <= 0x202e) ||
    (unit >= 0x2066 && unit <= 0x2069)
  );
}
