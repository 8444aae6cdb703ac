// Graphs of the tests that are no agents: one payment in one node, with LangGraph's own approval or behind the gate.

import type { Holdpoint } from "@holdpoint/sdk";
import { gated, type GateOptions } from "@holdpoint/sdk/langgraph";
import { HoldpointSaver } from "@holdpoint/sdk/langgraph-checkpoint";
import {
  Annotation,
  Command,
  END,
  entrypoint,
  getConfig,
  interrupt,
  MemorySaver,
  START,
  StateGraph,
  task,
} from "@langchain/langgraph";
import { act, type Args, type Plan, topics } from "../../../test/adapters/plan.ts";

const Payments = Annotation.Root({
  said: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});

/** The node as LangGraph's guides write it: asks by an interrupt, and believes the resume. */
export function bareGraph(hp: Holdpoint, plan: Plan, meet: () => Promise<void>) {
  const [call] = plan.calls;
  return new StateGraph(Payments)
    .addNode("pay", async () => {
      const answer: unknown = interrupt("may it pay?");
      await meet();
      const args = call?.args ?? { item: "none", amount: 0 };
      await act(plan, "refund", { ...args, item: `${args.item}-${String(answer)}` });
      return { said: [String(answer)] };
    })
    .addEdge(START, "pay")
    .addEdge("pay", END)
    .compile({ checkpointer: new HoldpointSaver(hp) });
}

export interface PayOptions extends Partial<GateOptions<Args, string>> {
  /** Runs in the node after the payment; what it throws fails the pass. */
  readonly after?: () => void;
  readonly saver?: "holdpoint" | "memory";
  /** True for a node that does not pass its config on. */
  readonly forgets?: boolean;
}

/** The same payment behind the gate. A refusal is what the node says. */
export function gatedGraph(hp: Holdpoint, plan: Plan, options: PayOptions = {}) {
  const { after, saver = "holdpoint", forgets = false, ...rest } = options;
  const pay = gated(hp, (args: Args) => act(plan, "refund", args), {
    topic: topics.refund,
    ...rest,
  });
  return new StateGraph(Payments)
    .addNode(
      "pay",
      async (_state, config) => {
        const said: string[] = [];
        for (const { args } of plan.calls) said.push(await pay(args, forgets ? undefined : config));
        after?.();
        return { said };
      },
      { retryPolicy: { maxAttempts: 3, initialInterval: 1, jitter: false, retryOn: isFlaky } },
    )
    .addEdge(START, "pay")
    .addEdge("pay", END)
    .compile({ checkpointer: saver === "memory" ? new MemorySaver() : new HoldpointSaver(hp) });
}

/** The payment in a graph that is a node of another one. */
export function nestedGraph(hp: Holdpoint, plan: Plan) {
  const pay = gated(hp, (args: Args) => act(plan, "refund", args), { topic: topics.refund });
  const inner = new StateGraph(Payments)
    .addNode("pay", async (_state, config) => {
      const said: string[] = [];
      for (const { args } of plan.calls) said.push(await pay(args, config));
      return { said };
    })
    .addEdge(START, "pay")
    .addEdge("pay", END)
    .compile();
  return new StateGraph(Payments)
    .addNode("department", inner)
    .addEdge(START, "department")
    .addEdge("department", END)
    .compile({ checkpointer: new HoldpointSaver(hp) });
}

/** The payments as tasks of LangGraph's functional API, at once. */
export function workflow(hp: Holdpoint, plan: Plan) {
  const pay = gated(hp, (args: Args) => act(plan, "refund", args), { topic: topics.refund });
  const payTask = task("pay", async (args: Args) => pay(args, getConfig()));
  return entrypoint({ name: "payments", checkpointer: new HoldpointSaver(hp) }, async () => ({
    said: await Promise.all(plan.calls.map(({ args }) => payTask(args))),
  }));
}

function isFlaky(error: unknown): boolean {
  return error instanceof Error && error.message === "flaky";
}

/** What a resume of one worker says. */
export function saying(answer: unknown) {
  return new Command<unknown, Record<string, unknown>, never>({ resume: answer });
}
