// Copies a text and says whether it did.

import type { ReactNode } from "react";
import { useState } from "react";

export function CopyButton({ text, label }: { text: string; label: string }): ReactNode {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Not copied: the browser does not allow it");
    }
  };
  return (
    <>
      <button
        type="button"
        className="hp-more"
        onClick={() => void copy()}
        aria-label={`Copy ${label}`}
      >
        {said === "" ? "Copy" : said}
      </button>
      <output className="hp-sr">{said}</output>
    </>
  );
}
