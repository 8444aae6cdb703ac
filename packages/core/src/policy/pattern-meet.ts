// Says whether two patterns can fit one and the same topic, or one and the same name.

/** Topics: `*` is one segment, a last `**` one or more. */
export function topicsMeet(left: string, right: string): boolean {
  const a = left.split(".");
  const b = right.split(".");
  for (let index = 0; ; index += 1) {
    const one = a[index];
    const other = b[index];
    if (one === undefined || other === undefined) return one === other;
    if (one === "**" || other === "**") return true;
    if (one !== "*" && other !== "*" && one !== other) return false;
  }
}

/** Names: `*` is any run without a dot, `**` any run at all. */
export function namesMeet(left: string, right: string): boolean {
  const a = tokensOf(left);
  const b = tokensOf(right);
  const width = b.length + 1;
  // Pairs of places that some text leads to; each is looked at once.
  const reached = new Uint8Array((a.length + 1) * width);
  const waiting = [0];
  while (waiting.length > 0) {
    const state = waiting.pop() ?? 0;
    if (reached[state] === 1) continue;
    reached[state] = 1;
    const i = Math.floor(state / width);
    const j = state % width;
    const one = a[i];
    const other = b[j];
    if (one === undefined && other === undefined) return true;
    if (one?.startsWith("*")) waiting.push(state + width);
    if (other?.startsWith("*")) waiting.push(state + 1);
    if (one === undefined || other === undefined) continue;
    if (one === other) waiting.push(state + width + 1);
    else if (takes(one, other)) waiting.push(state + 1);
    else if (takes(other, one)) waiting.push(state + width);
  }
  return false;
}

/** True when the star stands for the letter, or for what the other star stands for. */
function takes(star: string, token: string): boolean {
  return star === "**" || (star === "*" && token !== "." && token !== "**");
}

function tokensOf(pattern: string): readonly string[] {
  return pattern.match(/\*\*|\*|[^*]/gs) ?? [];
}
