// A DBOS workflow that records the proposal in a step, waits in recv and executes in a step.
import { DBOS } from "@dbos-inc/dbos-sdk";

import { roundTripArm, signals } from "../measure/round-trip.mjs";
import { sampleAction } from "../measure/sample.mjs";

const poolSize = 20;
const waitTimeoutSeconds = 120;

export const packages = ["@dbos-inc/dbos-sdk"];

/** @param {import("../measure/round-trip.mjs").Context} context */
export async function open(context) {
  /** @type {ReturnType<typeof signals<void>>} */
  const pending = signals();
  /** @type {ReturnType<typeof signals<void>>} */
  const resumed = signals();
  /** @type {ReturnType<typeof signals<void>>} */
  const executed = signals();
  const gate = DBOS.registerWorkflow(
    async (/** @type {string} */ id, /** @type {typeof sampleAction} */ action) => {
      await DBOS.runStep(async () => ({ proposed: action.topic }), { name: "propose" });
      pending.raise(id, undefined);
      const answer = await DBOS.recv("decision", waitTimeoutSeconds);
      if (answer === null) throw new Error("No decision arrived.");
      resumed.raise(id, undefined);
      await DBOS.runStep(async () => ({ executed: true }), { name: "execute" });
      executed.raise(id, undefined);
    },
    { name: "gate" },
  );
  DBOS.setConfig({
    name: "holdpoint-bench",
    systemDatabaseUrl: context.url,
    systemDatabasePoolSize: poolSize,
    logLevel: "error",
  });
  await DBOS.launch();
  return roundTripArm(context, {
    propose: async (id) => {
      await DBOS.startWorkflow(gate, { workflowID: id })(id, sampleAction);
      await pending.wait(id);
    },
    approve: async (id) => {
      const woken = resumed.wait(id);
      await DBOS.send(id, { approved: true }, "decision");
      await woken;
    },
    finish: (id) => executed.wait(id),
    close: () => DBOS.shutdown(),
  });
}
