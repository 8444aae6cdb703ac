// What an error of the client says by its message alone, which is all that a log keeps of it.

import type { Problem } from "@holdpoint/core/wire/response";
import { expect, test } from "vitest";
import { HoldpointApiError } from "./error.ts";

function problem(path?: string): Problem {
  return {
    type: "urn:holdpoint:error:action_invalid",
    title: "The action is not one",
    status: 400,
    code: "action_invalid",
    detail: "expected string",
    retry: "never",
    ...(path !== undefined && { path }),
  };
}

test("a refusal names the place in what was sent", () => {
  expect(new HoldpointApiError(problem("/topic")).message).toBe(
    "action_invalid: expected string (at /topic)",
  );
});

test.for([undefined, ""])("one about the whole names none (%o)", (path) => {
  expect(new HoldpointApiError(problem(path)).message).toBe("action_invalid: expected string");
});
