// From the press on a button in Slack to the agent that runs on: the round trip with a chat for the person.
import { bodyOf, startHoldpoint } from "../measure/holdpoint.mjs";
import { roundTripArm } from "../measure/round-trip.mjs";
import { runningAction, sampleAction } from "../measure/sample.mjs";
import { openSlack } from "../measure/slack.mjs";

const waitSeconds = 50;

/** @param {import("../measure/round-trip.mjs").Context} context */
export async function open(context) {
  const slack = await openSlack();
  const server = await startHoldpoint(context, "postgresql", slack.settings);
  const { http } = server;
  await link();
  /** @type {Map<string, import("../measure/slack.mjs").Card>} */
  const cards = new Map();
  /** @type {Map<string, Promise<any>>} */
  const waiting = new Map();
  /** @type {Map<string, string>} */
  const grants = new Map();
  return roundTripArm(context, {
    pids: { server: server.pid },
    propose: async (id) => {
      const proposal = { ...sampleAction, job_id: id, idempotency_key: id };
      const { job } = bodyOf(await http.post("/api/v1/actions", proposal));
      if (job.state !== "APPROVAL") throw new Error(`The job is ${job.state}, not held.`);
      waiting.set(id, decided(id, job.revision));
      cards.set(id, await slack.card(id));
    },
    approve: async (id) => {
      const card = cards.get(id);
      if (card === undefined) throw new Error("The card did not reach Slack.");
      cards.delete(id);
      const press = slack.press(card);
      const [resumed, answer] = await Promise.all([
        waiting.get(id),
        fetch(`${server.url}/slack/interactions`, press),
      ]);
      if (answer.status !== 200) throw new Error(`The press was answered ${answer.status}.`);
      waiting.delete(id);
      if (resumed.job.state !== "APPROVED") throw new Error(`Woken with ${resumed.job.state}.`);
      grants.set(id, resumed.grant.token);
    },
    finish: async (id) => {
      const grant = grants.get(id);
      grants.delete(id);
      const action = { ...runningAction, idempotency_key: id };
      bodyOf(await http.post("/api/v1/grants/redeem", { grant, action }));
    },
    close: async () => {
      await server.stop();
      slack.close();
    },
  });

  /** As the SDK waits: woken by every change of the job, until it is decided. */
  async function decided(/** @type {string} */ id, /** @type {number} */ since) {
    for (let revision = since; ;) {
      const query = `timeout=${waitSeconds}&since=${revision}`;
      const answer = bodyOf(await http.get(`/api/v1/jobs/${id}/wait?${query}`));
      if (answer.job.state !== "APPROVAL") return answer;
      revision = answer.job.revision;
    }
  }

  /** Makes the account in Slack the person of this development server. */
  async function link() {
    const told = await fetch(`${server.url}/slack/commands`, slack.command("link"));
    const code = /[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/.exec(await told.text())?.[0];
    bodyOf(await http.post("/api/v1/identities/link", { code }));
  }
}
