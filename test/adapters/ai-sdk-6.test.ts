// Vercel's AI SDK 6 behind Holdpoint: the contract of adapters.

import { harness } from "../../examples/ai-sdk-6/test/harness.ts";
import { describeAdapter } from "./suite.ts";

describeAdapter("AI SDK 6", { example: "ai-sdk-6", harness });
