// A durable decision over HTTP: the policy allows, the record is on disk, the grant comes with the answer.
import { randomUUID } from "node:crypto";

import { bodyOf, startHoldpoint } from "../measure/holdpoint.mjs";
import { measureRequests, warmUp } from "../measure/requests.mjs";
import { readAction } from "../measure/sample.mjs";

/**
 * @param {import("../measure/round-trip.mjs").Context} context
 * @param {{ storage: "postgresql" | "embedded" }} options
 */
export async function open(context, { storage }) {
  const server = await startHoldpoint(context, storage);
  const database = storage === "postgresql" ? { postgres: context.postgresPid } : {};
  const send = async () => {
    const proposal = { ...readAction, idempotency_key: randomUUID() };
    const answer = await server.http.post("/api/v1/actions", proposal);
    if (answer.status >= 300) bodyOf(answer);
    if (!answer.body.includes('"decision":"ALLOW"')) {
      throw new Error(`The decision was not to allow: ${answer.body.slice(0, 500)}`);
    }
  };
  await warmUp(send);
  return {
    /** @param {{ actions: number, concurrency: number }} load */
    round: (load) => measureRequests({ pids: { server: server.pid, ...database }, send }, load),
    close: () => server.stop(),
  };
}
