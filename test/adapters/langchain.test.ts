import { harness } from "../../examples/langchain/test/harness.ts";
import { describeAdapter } from "./suite.ts";

describeAdapter("LangChain", { example: "langchain", harness });
