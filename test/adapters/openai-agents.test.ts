// The OpenAI Agents SDK behind Holdpoint: the contract of adapters.

import { harness } from "../../examples/openai-agents/test/harness.ts";
import { describeAdapter } from "./suite.ts";

describeAdapter("OpenAI Agents", { example: "openai-agents", harness });
