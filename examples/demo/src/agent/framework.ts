// Loads the OpenAI Agents SDK without its tracing: nothing of a run leaves this machine.

import type * as Framework from "@openai/agents-core";

const events = ["SIGINT", "SIGTERM", "unhandledRejection", "beforeExit"] as const;

export const framework: typeof Framework = await load();

// The tracing takes hold of the process as soon as it is loaded, even when it is off: at a signal it
// ends the process once it is the only listener left, in the middle of everyone else's cleaning up.
async function load(): Promise<typeof Framework> {
  const before = new Map(events.map((event) => [event, new Set(process.rawListeners(event))]));
  const loaded = await import("@openai/agents-core");
  for (const [event, known] of before) {
    for (const listener of process.rawListeners(event)) {
      if (known.has(listener)) continue;
      process.removeListener(event, listener as (...values: unknown[]) => void);
    }
  }
  loaded.setTracingDisabled(true);
  return loaded;
}
