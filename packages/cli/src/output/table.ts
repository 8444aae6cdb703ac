// Columns of text for a terminal.

/** Rows under a head, each column as wide as its widest cell; trailing spaces are left out. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_cell, column) => Math.max(...all.map((row) => widthOf(row[column]))));
  return all.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)))
      .join("  ")
      .trimEnd(),
  );
}

/** Cut to `columnsMax` columns, with an ellipsis. */
export function cut(text: string, columnsMax: number): string {
  if (widthOf(text) <= columnsMax) return text;
  let kept = "";
  let columns = 1;
  for (const character of charactersOf(text)) {
    columns += columnsOf(character);
    if (columns > columnsMax) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Lines of `text` at most `columns` wide, broken between words where there are some. */
export function wrap(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, Math.max(20, columns)));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const space = rest.lastIndexOf(" ", columns);
    const at = space > 0 ? space : columns;
    lines.push(rest.slice(0, at));
    rest = rest.slice(space > 0 ? at + 1 : at);
  }
  return [...lines, rest];
}

const ASCII = /^[ -~]*$/;
// Scripts whose characters take two columns of a terminal, and pictures.
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function charactersOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function columnsOf(character: string): number {
  return WIDE.test(character) ? 2 : 1;
}

function widthOf(cell = ""): number {
  if (ASCII.test(cell)) return cell.length;
  return charactersOf(cell).reduce((columns, character) => columns + columnsOf(character), 0);
}
