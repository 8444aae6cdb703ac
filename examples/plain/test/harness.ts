// The agent of the adapters' tests without a framework: a list of calls, `hp.interrupt`, and guarded functions.

import { type Action, Holdpoint, Interrupted, modelMessage } from "@holdpoint/sdk";
import {
  act,
  type Args,
  type Harness,
  type PassReport,
  type Plan,
  type PlannedCall,
  topics,
} from "../../../test/adapters/plan.ts";

function actionOf({ id, tool, args }: PlannedCall): Action {
  return { topic: topics[tool], tool: { name: tool }, params: { ...args }, agent: { call: id } };
}

async function pass(plan: Plan, hp: Holdpoint, calls: readonly PlannedCall[]): Promise<PassReport> {
  const { thread } = plan;
  const state = JSON.parse(JSON.stringify({ calls })) as { calls: [] };
  try {
    const outcomes = await hp.interrupt(calls.map(actionOf), { run: thread, thread, state });
    const told = outcomes.map(async ({ call, job, modified }, index) => {
      const tool = calls[index]?.tool ?? "read";
      const options = { topic: topics[tool], tool };
      const guarded = hp.calls((args: Args) => act(plan, tool, args), options);
      const text = await guarded.run(job).catch((error: unknown) => modelMessage(error));
      return [call ?? "", modified ? `${text} People changed it.` : text] as const;
    });
    return { ended: true, held: [], told: Object.fromEntries(await Promise.all(told)) };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return { ended: false, held: error.jobs.map(({ job }) => job.id), told: {} };
  }
}

function clientOf({ url, timeoutMs }: Plan): Holdpoint {
  return new Holdpoint({ url, ...(timeoutMs !== undefined && { timeoutMs }) });
}

export const harness: Harness = {
  start: (plan) => pass(plan, clientOf(plan), plan.calls),
  async resume(plan) {
    const hp = clientOf(plan);
    const kept = await hp.checkpoints.latest(plan.thread);
    const { calls } = JSON.parse(new TextDecoder().decode(kept?.state)) as Pick<Plan, "calls">;
    return pass(plan, hp, calls);
  },
};
