// Holdpoint's round trip over HTTP: propose, wait, approve, redeem the grant; server and PostgreSQL apart.
import { bodyOf, startHoldpoint } from "../measure/holdpoint.mjs";
import { roundTripArm } from "../measure/round-trip.mjs";
import { runningAction, sampleAction } from "../measure/sample.mjs";

const waitSeconds = 50;

/** @param {import("../measure/round-trip.mjs").Context} context */
export async function open(context) {
  const server = await startHoldpoint(context, "postgresql");
  const { http } = server;
  /** @type {Map<string, Promise<import("../measure/http-client.mjs").Answer>>} */
  const waiting = new Map();
  /** @type {Map<string, string>} */
  const grants = new Map();
  return roundTripArm(context, {
    pids: { server: server.pid },
    propose: async (id) => {
      const proposal = { ...sampleAction, job_id: id, idempotency_key: id };
      const { job } = bodyOf(await http.post("/api/v1/actions", proposal));
      if (job.state !== "APPROVAL") throw new Error(`The job is ${job.state}, not held.`);
      const since = `timeout=${waitSeconds}&since=${job.revision}`;
      waiting.set(id, http.get(`/api/v1/jobs/${id}/wait?${since}`));
    },
    approve: async (id) => {
      const approved = http.post(`/api/v1/approvals/${id}/approve`, { reason: "checked" });
      const [answer] = await Promise.all([waiting.get(id), approved.then((one) => bodyOf(one))]);
      waiting.delete(id);
      const { job, grant } = bodyOf(answer ?? { status: 0, body: "" });
      if (job.state !== "APPROVED") throw new Error(`The agent was woken with ${job.state}.`);
      grants.set(id, grant.token);
    },
    finish: async (id) => {
      const redemption = {
        grant: grants.get(id),
        action: { ...runningAction, idempotency_key: id },
      };
      grants.delete(id);
      const { execution } = bodyOf(await http.post("/api/v1/grants/redeem", redemption));
      if (execution.job_id !== id) throw new Error("Another job's grant was redeemed.");
    },
    close: () => server.stop(),
  });
}
