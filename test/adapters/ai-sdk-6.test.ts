// Vercel's AI SDK 6 behind Holdpoint: the contract of adapters, and what is the same in both versions.

import { describe, test } from "vitest";
import { harness, kit } from "../../examples/ai-sdk-6/test/harness.ts";
import { describeChats } from "./ai-sdk-suite.ts";
import { expectRefunds } from "./example.ts";
import { describeAdapter, useWorld } from "./suite.ts";

const worldOf = useWorld();

describeAdapter("AI SDK 6", { example: "ai-sdk-6", harness }, worldOf);
describeChats("AI SDK 6", kit, worldOf);

describe("the example of the AI SDK 6", () => {
  test("asks in one process, and goes on in another once people have answered", async () => {
    await expectRefunds("ai-sdk-6", worldOf());
  });
});
