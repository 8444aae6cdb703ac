// LangGraph's public suite for checkpointers, from where its packages are.

export { type Checkpoint, emptyCheckpoint, uuid6 } from "@langchain/langgraph-checkpoint";
export { deltaChannelHistoryTests, validate } from "@langchain/langgraph-checkpoint-validation";
export { Holdpoint } from "@holdpoint/sdk";
export { HoldpointSaver } from "@holdpoint/sdk/langgraph-checkpoint";
