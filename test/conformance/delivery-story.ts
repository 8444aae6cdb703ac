// Channels and what they delivered, as calls of the API; one message is given up before, and sent again.

import type { RunningServer } from "@holdpoint/server";
import type { Answer, Sending } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

export async function tellDeliveries(drive: Drive, { engine }: RunningServer): Promise<void> {
  const id = await giveUp(engine);
  await drive("listChannels", "/channels");
  await drive("testChannel", "/channels/log/test", { body: {} });
  await drive("testChannel", "/channels/pigeon/test", { body: {} });
  await drive("listDeliveries", "/deliveries?limit=3");
  await drive("listDeliveries", "/deliveries?state=dead&channel=pigeon");
  await drive("resendDelivery", `/deliveries/${id}/resend`);
  await drive("resendDelivery", `/deliveries/${id}/resend`);
  await drive("resendDelivery", "/deliveries/dlv_nothing/resend");
}

/** A message for a channel that is configured no longer. */
async function giveUp({ store, ids }: RunningServer["engine"]): Promise<string> {
  const id = ids.delivery();
  const channel = "pigeon";
  // Due long ago, and its lease far from over: only this claim has it.
  const message = {
    id,
    jobId: null,
    channel,
    kind: "policy.published",
    body: '{"data":{}}',
    dueAt: 1,
  };
  const nothing = { job: null, expected: null, bundle: null, review: null, answer: null };
  await store.commit("default", { ...nothing, events: [], outbox: [message] });
  const terms = { channel, now: 2, until: Date.now() * 2, limit: 1, isHistoryWanted: false };
  const [claimed] = (await store.claimDeliveries("default", terms)).deliveries;
  const error = "the pigeon is lost";
  const { attempts = 1 } = claimed ?? {};
  const result = {
    id,
    attempts,
    state: "dead",
    dueAt: 2,
    error,
    now: Date.now(),
    event: null,
  } as const;
  await store.settleDeliveries("default", [result]);
  return id;
}
