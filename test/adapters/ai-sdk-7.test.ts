// Vercel's AI SDK 7 behind Holdpoint: the contract of adapters.

import { harness } from "../../examples/ai-sdk-7/test/harness.ts";
import { describeAdapter } from "./suite.ts";

describeAdapter("AI SDK 7", { example: "ai-sdk-7", harness });
