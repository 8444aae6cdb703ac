// The lines that differ between two texts, in the unified form that people know, within a bound.

const contextLines = 3;
/** Cells of the table that compares the middle parts; past it they are shown as replaced. */
const cellsMax = 4_000_000;

interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/** Hunks with `@@ -line +line @@`; empty when nothing differs. Cut at `charactersMax`, and says so. */
export function textDiff(before: string, after: string, charactersMax: number): string {
  const lines = compareLines(linesOf(before), linesOf(after));
  const shown = hunksOf(lines).join("\n");
  if (shown.length <= charactersMax) return shown;
  const note = "\n… the rest is left out";
  const cut = shown.lastIndexOf("\n", charactersMax - note.length);
  return shown.slice(0, Math.max(cut, 0)) + note;
}

function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function compareLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const same = (lines: readonly string[]): Line[] => lines.map((text) => ({ mark: " ", text }));
  return [
    ...same(before.slice(0, start)),
    ...compareMiddle(
      before.slice(start, before.length - end),
      after.slice(start, after.length - end),
    ),
    ...same(before.slice(before.length - end)),
  ];
}

/** Longest common subsequence, by a table of lengths from the end. */
function compareMiddle(before: readonly string[], after: readonly string[]): readonly Line[] {
  const width = after.length + 1;
  const isSmall = (before.length + 1) * width <= cellsMax;
  const lengths = isSmall ? commonLengths(before, after) : null;
  const lines: Line[] = [];
  let [one, other] = [0, 0];
  while (lengths !== null && one < before.length && other < after.length) {
    if (before[one] === after[other]) {
      lines.push({ mark: " ", text: before[one] ?? "" });
      one += 1;
      other += 1;
    } else if (
      (lengths[(one + 1) * width + other] ?? 0) >= (lengths[one * width + other + 1] ?? 0)
    ) {
      lines.push({ mark: "-", text: before[one] ?? "" });
      one += 1;
    } else {
      lines.push({ mark: "+", text: after[other] ?? "" });
      other += 1;
    }
  }
  for (const text of before.slice(one)) lines.push({ mark: "-", text });
  for (const text of after.slice(other)) lines.push({ mark: "+", text });
  return lines;
}

function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let one = before.length - 1; one >= 0; one -= 1) {
    for (let other = after.length - 1; other >= 0; other -= 1) {
      lengths[one * width + other] =
        before[one] === after[other]
          ? (lengths[(one + 1) * width + other + 1] ?? 0) + 1
          : Math.max(
              lengths[(one + 1) * width + other] ?? 0,
              lengths[one * width + other + 1] ?? 0,
            );
    }
  }
  return lengths;
}

function hunksOf(lines: readonly Line[]): readonly string[] {
  const out: string[] = [];
  let [oldLine, newLine] = [1, 1];
  let shownUntil = 0;
  lines.forEach((line, at) => {
    if (line.mark !== " " && at >= shownUntil) {
      const from = Math.max(shownUntil, at - contextLines);
      out.push(`@@ -${oldLine - (at - from)} +${newLine - (at - from)} @@`);
      shownUntil = endOfHunk(lines, at);
      for (const shown of lines.slice(from, shownUntil)) out.push(shown.mark + shown.text);
    }
    if (line.mark !== "+") oldLine += 1;
    if (line.mark !== "-") newLine += 1;
  });
  return out;
}

/** Where the context after the last change ends that is not further away than two contexts. */
function endOfHunk(lines: readonly Line[], from: number): number {
  let last = from;
  for (let at = from; at < lines.length && at - last <= 2 * contextLines; at += 1) {
    if (lines[at]?.mark !== " ") last = at;
  }
  return Math.min(lines.length, last + contextLines + 1);
}
