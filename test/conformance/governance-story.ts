// An emergency and a takeover as calls of the API: every operation around them, with every status that it can answer.

import { type Answer, at, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

/** Rules for it, to be set below `rules:`; holds of `job.urgent.*` can be overridden. */
export const urgentRule = `  - id: urgent
    match: { topics: ["job.urgent.*"] }
    decision: require_approval
    on_reject: escalate
    emergency: { by: "group:on-call", within: [incident] }
`;
export const urgentGroups = `groups: { on-call: { members: [ana@example.com] } }
governance: { overrides_max: 1 }
`;

const alert = {
  status: "firing",
  labels: { alertname: "Down" },
  startsAt: "2026-11-21T10:00:00.000Z",
  fingerprint: "a1b2",
};

export async function tellGovernance(drive: Drive): Promise<void> {
  const made = await drive("createKey", "/keys", {
    body: { kind: "person", subject: "judge@example.com", scopes: ["read", "review", "admin"] },
  });
  const key = textAt(made.body, "secret");
  const hold = async (name: string): Promise<string> => {
    const body = { topic: `job.urgent.${name}`, params: { name } };
    return textAt((await drive("proposeAction", "/actions", { body })).body, "job", "id");
  };

  const labels = { severity: "critical" };
  const opened = await drive("openIncident", "/incidents", { body: { title: "Down", labels } });
  const incident = textAt(opened.body, "id");
  await drive("listIncidents", "/incidents");
  await drive("takeAlerts", "/incidents/alertmanager", { body: { version: "4", alerts: [alert] } });
  const job = await hold("restart");
  await drive("override", `/approvals/${job}/override`, { body: { reason: "now", incident } });
  await drive("closeIncident", `/incidents/${incident}/close`, { body: {} });

  const listed = await drive("listGovernance", "/governance");
  const review = textAt(listed.body, "items", 0, "id");
  await drive("readGovernance", `/governance/${review}`);
  const words = { what_went_wrong: "nobody was there", how_to_avoid: "a second shift" };
  await drive("closeGovernance", `/governance/${review}/close`, {
    body: { legitimate: true, ...words },
    key,
  });
  const findings = at(listed.body, "findings") as readonly { readonly id: string }[];
  for (const { id } of findings) {
    const body = { note: "talked about it" };
    await drive("closeFinding", `/governance/findings/${id}/close`, { body, key });
  }
  await drive("governanceReport", "/governance/report");

  for (const [verb, id] of [
    ["done", "finishTakeover"],
    ["return", "returnTakeover"],
  ] as const) {
    await drive("reject", `/approvals/${await hold(verb)}/reject`, { body: { reason: "by hand" } });
    const waiting = await drive("listTakeovers", "/takeovers");
    const takeover = textAt(waiting.body, "items", 0, "id");
    await drive("readTakeover", `/takeovers/${takeover}`);
    await drive("claimTakeover", `/takeovers/${takeover}/claim`, { body: {} });
    await drive(id, `/takeovers/${takeover}/${verb}`, { body: { note: "so it is" } });
  }
}
