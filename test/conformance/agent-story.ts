// The registry of agents as calls of the API: registered, limited, halted, given keys, ended.

import { type Answer, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

const because = { reason: "it misbehaves" };

/** The agent of the connection is `dev`; it acts again when the story is over. */
export async function tellAgents(drive: Drive, action: object): Promise<void> {
  const webhook = { url: "https://hooks.example.com/runs" };
  const body = { name: "Office", owner: "ana", limits: { pending: 9, per_minute: 90 }, webhook };
  await drive("putAgent", "/agents/office", { body });
  await drive("putAgent", "/agents/office", { body: { description: "writes", webhook: null } });
  await drive("putAgent", "/agents/office", { body: { revision: 1 } });
  await drive("putAgent", "/agents/office", { body: { parent: "nobody" } });
  await drive("putAgent", "/agents/office", { body: { colour: "red" } });
  await drive("putAgent", "/agents/dev", { body: { parent: "office" } });
  await drive("listAgents", "/agents");
  await drive("listAgents", "/agents?limit=1");
  await drive("listAgents", "/agents?state=gone");
  await drive("readAgent", "/agents/dev");
  await drive("readAgent", "/agents/nobody");

  await drive("pauseAgent", "/agents/office/pause", { body: because });
  await drive("proposeAction", "/actions", { body: action });
  await drive("resumeAgent", "/agents/office/resume", { body: because });
  await drive("putAgent", "/agents/dev", { body: { limits: { per_minute: 0 } } });
  await drive("proposeAction", "/actions", { body: action });
  await drive("putAgent", "/agents/dev", { body: { limits: { per_minute: null } } });

  const made = await drive("rotateAgentKey", "/agents/office/keys", { body: {} });
  const replaces = textAt(made.body, "id");
  const rotation = { replaces, overlap: "1h", scopes: ["propose"], expires_in: "30d" };
  await drive("rotateAgentKey", "/agents/office/keys", { body: rotation });
  await drive("rotateAgentKey", "/agents/office/keys", { body: { replaces: "key_none" } });
  await drive("putAgent", "/agents/dev", { body: { parent: null } });
  await drive("killAgent", "/agents/office/kill", { body: because });
  await drive("killAgent", "/agents/office/kill", { body: because });
  await drive("resumeAgent", "/agents/office/resume", { body: because });
  const key = textAt(made.body, "secret");
  await drive("readMe", "/me", { key });
}
