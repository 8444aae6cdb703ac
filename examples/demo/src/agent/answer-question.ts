// What the agent answers when a reviewer asks it about a call that waits: as scripted as its claims, from the call alone.

import type { Claims } from "@holdpoint/sdk";

export interface AskedCall {
  readonly tool: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Its own words about the call; null when it said nothing. */
  readonly claims: Pick<Claims, "reasoning" | "ifRejected"> | null;
}

/** Always an answer: a reviewer who hears nothing cannot tell an agent that does not know from one that is gone. */
export function answerQuestion(question: string, { tool, params, claims }: AskedCall): string {
  const words = question.toLowerCase();
  if (/\b(which|what|who|how many|list)\b/.test(words)) {
    return `I want to call ${tool} with exactly this: ${JSON.stringify(params)}`;
  }
  const isWhy = /\b(why|reason|sure|know|certain)\b/.test(words);
  const isElse = /\b(if|reject|otherwise|instead|without)\b/.test(words);
  const said = isWhy ? claims?.reasoning : isElse ? claims?.ifRejected : null;
  return said ?? "I have said all I know. Ask which rows or values, why, or what I do otherwise.";
}
