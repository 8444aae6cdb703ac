// Draws a text that an agent chose: isolated, never interpreted, hidden characters written out, long ones cut.

import type { ReactNode } from "react";
import { useId, useMemo, useState } from "react";
import { cutMiddle, mixedWords, segmentsOf } from "./visible-text.ts";
import { useReveal } from "./reveal.tsx";

export function Untrusted({ text, lines = false }: { text: string; lines?: boolean }): ReactNode {
  const segments = useMemo(() => segmentsOf(text, lines), [text, lines]);
  return (
    <bdi className={lines ? "hp-lines" : undefined}>
      {segments.map((segment, index) =>
        segment.kind === "text" ? (
          <span key={index}>{segment.text}</span>
        ) : (
          <mark key={index} className="hp-hidden" title="A character that cannot be seen">
            {segment.name}
          </mark>
        ),
      )}
    </bdi>
  );
}

/** Says so when a name mixes alphabets that look alike. */
export function MixedWarning({ text }: { text: string }): ReactNode {
  const words = useMemo(() => mixedWords(text), [text]);
  if (words.length === 0) return null;
  return <span className="hp-flag">mixes alphabets: {escaped(words[0] ?? "")}</span>;
}

function escaped(word: string): string {
  return Array.from(word, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x80 ? character : `\\u{${code.toString(16).toUpperCase()}}`;
  }).join("");
}

interface LongProps {
  readonly text: string;
  readonly lines?: boolean;
  readonly lengthMax?: number;
  readonly linesMax?: number;
  /** What it is, for the button's name. */
  readonly label: string;
  /** A decision waits until the reader has seen it whole. */
  readonly mustSee?: boolean;
}

export function LongText(props: LongProps): ReactNode {
  const { text, lines = false, lengthMax = 320, linesMax = 14, label, mustSee = false } = props;
  const [whole, setWhole] = useState(false);
  const id = useId();
  const cut = useMemo(() => cutMiddle(text, lengthMax, linesMax), [text, lengthMax, linesMax]);
  useReveal(id, mustSee && cut !== null && !whole);
  if (cut === null || whole) {
    return (
      <>
        <Untrusted text={text} lines={lines} />
        {cut !== null && (
          <button type="button" className="hp-more" onClick={() => setWhole(false)}>
            Show less<span className="hp-sr"> of {label}</span>
          </button>
        )}
      </>
    );
  }
  return (
    <>
      <Untrusted text={cut.head} lines={lines} />
      <span className="hp-cut"> … {cut.hidden.toLocaleString("en")} characters not shown … </span>
      <Untrusted text={cut.tail} lines={lines} />
      <button type="button" className="hp-more" onClick={() => setWhole(true)}>
        Show all {text.length.toLocaleString("en")} characters
        <span className="hp-sr"> of {label}</span>
      </button>
    </>
  );
}
