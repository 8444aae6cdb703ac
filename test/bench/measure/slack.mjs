// The little of Slack that the benchmark needs: takes messages, gives them names, signs what is pressed.
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

import { signals } from "./round-trip.mjs";

export const place = "C0APPROVALS";
export const botToken = "xoxb-bench";
const signingSecret = "bench-signing-secret-of-slack";
const user = { id: "UBENCH", username: "bench", team_id: "T1" };

/** @typedef {{ value: string }} Card Value of the card's approve button. */

export async function openSlack() {
  /** @type {ReturnType<typeof signals<Card>>} */
  const cards = signals();
  let count = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const fields = new URLSearchParams(body);
      count += 1;
      const ts = `${1_700_000_000 + count}.000100`;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ ok: true, channel: place, ts }));
      const value = /"holdpoint_approve"[^}]*\}[^}]*"value":"(v1 ([^ ]+) [^"]+)"/.exec(
        fields.get("blocks") ?? "",
      );
      const isNew = request.url?.endsWith("chat.postMessage") === true;
      if (isNew && value !== null) cards.raise(value[2] ?? "", { value: value[1] ?? "" });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    settings: {
      HOLDPOINT_SLACK_BOT_TOKEN: botToken,
      HOLDPOINT_SLACK_SIGNING_SECRET: signingSecret,
      HOLDPOINT_SLACK_API_URL: `http://127.0.0.1:${address.port}/api/`,
      HOLDPOINT_SLACK_CHANNELS: `approvals=${place}`,
    },
    /** The card of a job, once Slack has it. */
    card: (/** @type {string} */ id) => cards.wait(id),
    /** How a press reaches the server. */
    press: (/** @type {Card} */ card) => {
      count += 1;
      const payload = {
        type: "block_actions",
        user,
        team: { id: "T1" },
        channel: { id: place },
        trigger_id: `${count}.1.bench`,
        actions: [{ action_id: "holdpoint_approve", type: "button", value: card.value }],
      };
      return signed(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
    },
    command: (/** @type {string} */ words) => {
      count += 1;
      const fields = { command: "/holdpoint", text: words, team_id: "T1", user_id: user.id };
      return signed(new URLSearchParams({ ...fields, trigger_id: `${count}` }).toString());
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @param {string} body */
function signed(body) {
  const timestamp = `${Math.floor(Date.now() / 1_000)}`;
  const mac = createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
  return {
    method: "POST",
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${mac}`,
    },
  };
}
