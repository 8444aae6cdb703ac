// What in an agent's words tries to steer the reader, said before the words.

import type { ReactNode } from "react";

const flagWords: Readonly<Record<string, string>> = {
  urgency: "presses for time",
  authority: "says that somebody already approved",
  hidden_characters: "contains hidden characters",
  markup: "contains markup or links",
  mixed_scripts: "mixes alphabets that look alike",
};

export function Flags({ flags }: { flags: readonly string[] }): ReactNode {
  if (flags.length === 0) return null;
  return (
    <p className="hp-row-wrap" role="note">
      {flags.map((flag) => (
        <span key={flag} className="hp-flag">
          ⚠ {flagWords[flag] ?? flag.replaceAll("_", " ")}
        </span>
      ))}
    </p>
  );
}
