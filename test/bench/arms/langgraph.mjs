// A LangGraph graph of three nodes whose middle one interrupts, saved by PostgresSaver.
import { Annotation, Command, END, START, StateGraph, interrupt } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import pg from "pg";

import { roundTripArm, signals } from "../measure/round-trip.mjs";
import { sampleAction } from "../measure/sample.mjs";

const poolSize = 20;

export const packages = [
  "@langchain/langgraph",
  "@langchain/core",
  "@langchain/langgraph-checkpoint-postgres",
];

/**
 * @param {import("../measure/round-trip.mjs").Context} context
 * @param {{ durability: "sync" | "async" }} options
 */
export async function open(context, { durability }) {
  const pool = new pg.Pool({ connectionString: context.url, max: poolSize });
  const saver = new PostgresSaver(pool);
  await saver.setup();
  /** @type {ReturnType<typeof signals<void>>} */
  const resumed = signals();
  const graph = compileGraph(saver, (id) => resumed.raise(id, undefined));
  /** @type {Map<string, Promise<Record<string, unknown>>>} */
  const running = new Map();
  const settings = (/** @type {string} */ id) => ({
    configurable: { thread_id: id },
    durability,
  });
  return roundTripArm(context, {
    propose: async (id) => {
      const waiting = await graph.invoke({ id, action: sampleAction }, settings(id));
      if (!("__interrupt__" in waiting)) throw new Error("The graph did not interrupt.");
    },
    approve: async (id) => {
      const woken = resumed.wait(id);
      const run = graph.invoke(new Command({ resume: { approved: true } }), settings(id));
      running.set(id, run);
      await Promise.race([woken, run]);
    },
    finish: async (id) => {
      const result = await running.get(id);
      running.delete(id);
      if (result?.["executed"] !== true) throw new Error("The graph did not execute.");
    },
    close: () => pool.end(),
  });
}

/**
 * @typedef {{ id: string, action: typeof sampleAction, approved: boolean, executed: boolean }} Held
 */

/**
 * @param {PostgresSaver} saver
 * @param {(id: string) => void} onResumed
 */
function compileGraph(saver, onResumed) {
  const State = Annotation.Root({
    id: /** @type {typeof Annotation<string>} */ (Annotation)(),
    action: /** @type {typeof Annotation<Held["action"]>} */ (Annotation)(),
    approved: /** @type {typeof Annotation<boolean>} */ (Annotation)(),
    executed: /** @type {typeof Annotation<boolean>} */ (Annotation)(),
  });
  return new StateGraph(State)
    .addNode("propose", ({ action }) => ({ action: { ...action, reversible: false } }))
    .addNode("gate", ({ id, action }) => {
      const answer = interrupt({ topic: action.topic, params: action.params });
      onResumed(id);
      return { approved: answer.approved };
    })
    .addNode("execute", ({ approved }) => ({ executed: approved }))
    .addEdge(START, "propose")
    .addEdge("propose", "gate")
    .addEdge("gate", "execute")
    .addEdge("execute", END)
    .compile({ checkpointer: saver });
}
