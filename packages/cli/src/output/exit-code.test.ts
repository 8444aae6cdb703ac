// How commands end.

import { HoldpointApiError, HoldpointUnreachable } from "@holdpoint/sdk";
import { expect, test } from "vitest";
import { CommandFailed, exitCodeOf } from "./exit-code.ts";

const problem = { type: "", title: "", code: "x", detail: "", retry: "never" } as const;

test.for([
  [new CommandFailed("no", 2), 2],
  [new CommandFailed("no"), 1],
  [new HoldpointApiError({ ...problem, status: 404 }), 3],
  [new HoldpointApiError({ ...problem, status: 409 }), 3],
  [new HoldpointApiError({ ...problem, status: 200 }), 1],
  [new HoldpointUnreachable("http://x", "away"), 4],
  [new Error("bug"), 1],
  ["text", 1],
] as const)("%o ends with %i", ([error, code]) => {
  expect(exitCodeOf(error)).toBe(code);
});
