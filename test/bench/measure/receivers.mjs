// Slack and a mail server that behave badly: they fail some messages, limit the rate, and take some without saying so.
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

import { SMTPServer } from "smtp-server";

const botToken = "xoxb-bench-receivers";
/** Of a hundred messages: refused for now, and taken although the answer is lost. */
const failShare = 5;
const loseShare = 1;
/** What Slack takes in one second before it answers 429. */
const perSecondMax = 60;

/** How often each message was taken, by the receiver's own key for repeats. */
export class Tally {
  /** @type {Map<string, number>} */
  keys = new Map();
  refused = 0;
  lastAt = 0;

  /** @param {string} key */
  take(key) {
    this.keys.set(key, (this.keys.get(key) ?? 0) + 1);
    this.lastAt = performance.now();
  }

  get repeats() {
    let count = 0;
    for (const times of this.keys.values()) count += times - 1;
    return count;
  }
}

export async function openReceivers() {
  const slack = new Tally();
  const mail = new Tally();
  const slackServer = createServer((request, response) => void hear(request, response));
  let second = 0;
  let inSecond = 0;

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async function hear(request, response) {
    const fields = new URLSearchParams(await text(request));
    const answer = (/** @type {number} */ status, /** @type {object} */ body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${botToken}`) {
      answer(200, { ok: false, error: "invalid_auth" });
      return;
    }
    if (request.url?.endsWith("chat.postMessage") !== true) {
      answer(200, { ok: true, channel: { id: `D${fields.get("users") ?? ""}` } });
      return;
    }
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) [second, inSecond] = [now, 0];
    inSecond += 1;
    if (inSecond > perSecondMax) {
      slack.refused += 1;
      response.setHeader("retry-after", "1");
      answer(429, { ok: false, error: "ratelimited" });
      return;
    }
    const chance = Math.random() * 100;
    if (chance < failShare) {
      slack.refused += 1;
      answer(500, { ok: false });
      return;
    }
    const metadata = JSON.parse(fields.get("metadata") ?? "{}");
    slack.take(`${metadata.event_payload?.id}`);
    if (chance < failShare + loseShare) request.socket.destroy();
    else {
      const ts = `${1_700_000_000 + slack.keys.size}.000100`;
      answer(200, { ok: true, channel: fields.get("channel"), ts });
    }
  }
  slackServer.listen(0, "127.0.0.1");
  await once(slackServer, "listening");
  const smtp = openMail(mail);
  smtp.listen(0, "127.0.0.1");
  await once(smtp.server, "listening");
  const slackAt = portOf(slackServer);
  return {
    slack,
    mail,
    settings: {
      HOLDPOINT_SLACK_BOT_TOKEN: botToken,
      HOLDPOINT_SLACK_SIGNING_SECRET: "bench-signing-secret-of-slack",
      HOLDPOINT_SLACK_API_URL: `http://127.0.0.1:${slackAt}/api/`,
      HOLDPOINT_SMTP_URL: `smtp://127.0.0.1:${portOf(smtp.server)}`,
      HOLDPOINT_EMAIL_FROM: "Holdpoint <holdpoint@example.test>",
    },
    close: () => {
      slackServer.closeAllConnections();
      slackServer.close();
      smtp.close();
    },
  };
}

/** @param {Tally} tally */
function openMail(tally) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, _session, done) => {
      void text(stream).then((raw) => {
        if (Math.random() * 100 < failShare) {
          tally.refused += 1;
          done(Object.assign(new Error("try again later"), { responseCode: 451 }));
          return;
        }
        tally.take(/^message-id:\s*(\S+)/im.exec(raw)?.[1] ?? "none");
        done();
      });
    },
  });
  server.on("error", () => undefined);
  return server;
}

/** @param {import("node:net").Server} server */
function portOf(server) {
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}
