// Messages to an agent's webhook: what is taken, and what is not.

import { expect, test } from "vitest";
import { Webhook } from "standardwebhooks";
import { SeenMessages, verifyWebhook, type WebhookOptions } from "./webhook.ts";

const secret = `whsec_${btoa("a secret of twenty-four b")}`;
const older = `whsec_${btoa("the secret of before today")}`;
const nowMs = Date.parse("2026-11-21T10:00:00Z");
const now = (): number => nowMs;
const ready = {
  type: "run.ready",
  timestamp: "2026-11-21T10:00:00.000Z",
  data: { resumption: "r_1" },
};

/** A message as another implementation of the specification signs it. */
function sent(
  body: string,
  by = secret,
  agoMs = 0,
): { body: string; headers: Record<string, string> } {
  const at = new Date(nowMs - agoMs);
  const headers = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": new Webhook(by).sign("msg_1", at, body),
  };
  return { body, headers };
}

function code(options: WebhookOptions, message = sent(JSON.stringify(ready))): Promise<unknown> {
  return verifyWebhook(message, { now, ...options }).then(
    ({ type }) => type,
    (error: { code?: string; name: string }) => error.code ?? error.name,
  );
}

test("a message signed by another implementation is taken, as text and as bytes, whatever the case of its headers", async () => {
  const { body, headers } = sent(JSON.stringify(ready));
  const upper = Object.fromEntries(
    Object.entries(headers).map(([key, value]) => [key.toUpperCase(), value]),
  );
  const expected = { id: "msg_1", type: "run.ready", data: ready.data, sentAt: new Date(nowMs) };

  expect(await verifyWebhook({ body, headers }, { secrets: secret, now })).toEqual(expected);
  const bytes = { body: new TextEncoder().encode(body), headers: new Headers(headers) };
  expect(await verifyWebhook(bytes, { secrets: secret, now })).toEqual(expected);
  expect(await verifyWebhook({ body, headers: upper }, { secrets: secret, now })).toEqual(expected);
});

test("during a rotation either secret is right, on either side", async () => {
  const message = sent(JSON.stringify(ready));
  const signatures = [sent(message.body, older), message].map(
    ({ headers }) => headers["webhook-signature"],
  );
  const both = {
    ...message,
    headers: { ...message.headers, "webhook-signature": signatures.join(" ") },
  };

  expect(await code({ secrets: [secret, older] }, sent(message.body, older))).toBe("run.ready");
  expect(await code({ secrets: [secret] }, both)).toBe("run.ready");
  expect(await code({ secrets: [older] })).toBe("webhook_invalid");
});

test("a changed body, id, time or signature is refused", async () => {
  const message = sent(JSON.stringify(ready));
  const changed = (headers: Record<string, string>): typeof message => ({
    ...message,
    headers: { ...message.headers, ...headers },
  });
  const seconds = Number(message.headers["webhook-timestamp"]);
  const signature = message.headers["webhook-signature"] ?? "";
  const attempts = [
    { ...message, body: `${message.body} ` },
    changed({ "webhook-id": "msg_2" }),
    changed({ "webhook-id": "" }),
    changed({ "webhook-timestamp": String(seconds + 1) }),
    changed({ "webhook-timestamp": "now" }),
    changed({ "webhook-signature": signature.replace("v1,", "v2,") }),
    changed({ "webhook-signature": "v1," }),
    changed({ "webhook-signature": "v1,%%%" }),
    changed({ "webhook-signature": "" }),
  ];

  for (const attempt of attempts)
    expect(await code({ secrets: secret }, attempt)).toBe("webhook_invalid");
});

test("a message of another time is refused, though its signature is right", async () => {
  const body = JSON.stringify(ready);

  expect(await code({ secrets: secret }, sent(body, secret, 299_000))).toBe("run.ready");
  expect(await code({ secrets: secret }, sent(body, secret, 301_000))).toBe("webhook_invalid");
  expect(await code({ secrets: secret }, sent(body, secret, -301_000))).toBe("webhook_invalid");
  expect(await code({ secrets: secret, toleranceMs: 1_000 }, sent(body, secret, 2_000))).toBe(
    "webhook_invalid",
  );
});

test("a repeat is known, one that was let go is taken again, and a forged one spoils nothing", async () => {
  const seen = new SeenMessages();
  const forged = sent(JSON.stringify(ready), older);

  expect(await code({ secrets: secret, seen }, forged)).toBe("webhook_invalid");
  expect(await code({ secrets: secret, seen })).toBe("run.ready");
  expect(await code({ secrets: secret, seen })).toBe("webhook_repeated");
  seen.forget("msg_1");
  expect(await code({ secrets: secret, seen })).toBe("run.ready");
});

test("so many ids are remembered, the newest ones", () => {
  const seen = new SeenMessages(2);
  for (const id of ["a", "b", "c"]) seen.add(id);

  expect([seen.add("b"), seen.add("c"), seen.add("a")]).toEqual([false, false, true]);
});

test.for(["", "whsec_", [], ["whsec_c2hvcnQ="], "whsec_%%%"])(
  "%o is no secret",
  async (secrets) => {
    expect(await code({ secrets })).toBe("TypeError");
  },
);

test("kinds of messages that this package does not know are given as they are", async () => {
  const body = JSON.stringify({ type: "approval.requested", data: { a: 1 } });

  expect(await verifyWebhook(sent(body), { secrets: secret, now })).toMatchObject({
    type: "other",
    name: "approval.requested",
    data: { a: 1 },
  });
  expect(await code({ secrets: secret }, sent("no JSON"))).toBe("webhook_invalid");
  expect(await code({ secrets: secret }, sent("null"))).toBe("webhook_invalid");
});

test("a tolerance that is no number, as of a setting that is misspelt, takes no message of any time", async () => {
  for (const agoMs of [0, 86_400_000]) {
    const message = sent(JSON.stringify(ready), secret, agoMs);
    expect(await code({ secrets: secret, toleranceMs: Number("5m") }, message)).toBe(
      "webhook_invalid",
    );
  }
});
