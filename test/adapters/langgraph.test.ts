// LangGraph behind Holdpoint.

import { harness } from "../../examples/langgraph/test/harness.ts";
import { describeAdapter } from "./suite.ts";

describeAdapter("LangGraph", { example: "langgraph", harness });
