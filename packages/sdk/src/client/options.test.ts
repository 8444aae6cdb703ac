// Where a client looks for its server, and what it says about an address that is none.

import { afterEach, expect, test, vi } from "vitest";
import { transportOf } from "./options.ts";

const closed = new AbortController().signal;

afterEach(() => vi.unstubAllEnvs());

test.for([
  ["http://localhost:8081/", "http://localhost:8081"],
  ["https://holdpoint.example.com/base//", "https://holdpoint.example.com/base"],
] as const)("%s is an address", ([url, kept]) => {
  expect(transportOf({ url }, closed).url).toBe(kept);
});

test.for(["localhost:8081", "nope", "file:///tmp/x", "ws://localhost:8081"])(
  "%s is refused before anything is asked",
  (url) => {
    expect(() => transportOf({ url }, closed)).toThrow(`\`${url}\` is no address of a Holdpoint`);
    vi.stubEnv("HOLDPOINT_URL", url);
    expect(() => transportOf({}, closed)).toThrow("HOLDPOINT_URL");
  },
);
