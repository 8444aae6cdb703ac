// Exhaustive breadth-first search of a state space: every state within reach, each fault by its shortest trace.

/** One step out of a state: its name in a trace, and where it leads. */
export interface Edge<S> {
  readonly name: string;
  readonly to: S;
  /** What the step broke; empty when it kept every rule. */
  readonly faults: readonly string[];
}

export interface Space<S> {
  readonly starts: readonly Edge<S>[];
  /** Equal for states that no further step can tell apart. */
  keyOf(state: S): string;
  next(state: S): Iterable<Edge<S>>;
}

export interface Finding {
  readonly faults: readonly string[];
  readonly trace: readonly string[];
}

export interface Searched {
  readonly states: number;
  readonly edges: number;
  readonly depth: number;
  readonly finding: Finding | null;
}

interface Node<S> {
  readonly state: S;
  readonly from: Node<S> | null;
  readonly name: string;
  readonly depth: number;
}

/** Stops at the first fault; throws when the space is larger than `statesMax`, for it is not small. */
export function search<S>(space: Space<S>, statesMax: number): Searched {
  const seen = new Set<string>();
  const queue: Node<S>[] = [];
  let edges = 0;
  let depth = 0;
  const visit = (edge: Edge<S>, from: Node<S> | null): Finding | null => {
    edges += 1;
    const node = { state: edge.to, from, name: edge.name, depth: (from?.depth ?? -1) + 1 };
    if (edge.faults.length > 0) return { faults: edge.faults, trace: traceOf(node) };
    const key = space.keyOf(edge.to);
    if (seen.has(key)) return null;
    if (seen.size >= statesMax) throw new Error(`more than ${statesMax} states`);
    seen.add(key);
    depth = Math.max(depth, node.depth);
    queue.push(node);
    return null;
  };
  const result = (finding: Finding | null): Searched => ({
    states: seen.size,
    edges,
    depth,
    finding,
  });
  for (const start of space.starts) {
    const finding = visit(start, null);
    if (finding !== null) return result(finding);
  }
  for (let at = 0; at < queue.length; at += 1) {
    const node = queue[at];
    if (node === undefined) break;
    for (const edge of space.next(node.state)) {
      const finding = visit(edge, node);
      if (finding !== null) return result(finding);
    }
  }
  return result(null);
}

function traceOf<S>(last: Node<S>): readonly string[] {
  const names: string[] = [];
  for (let node: Node<S> | null = last; node !== null; node = node.from) names.unshift(node.name);
  return names;
}
