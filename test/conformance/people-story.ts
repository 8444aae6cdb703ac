// Who people are and who is on duty, as calls of the API: written down, delegated, added to groups, gone.

import { type Answer, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

const groups = [
  'crew: { members: [ann], hours: { zone: Europe/Berlin, days: mon-sun, from: "09:00", to: "17:00" } }',
  "watch: { members: [], always: true, tell: 1, digest: 5m }",
];
const ann = {
  email: "ann@example.com",
  name: "Ann",
  accounts: ["ann@corp.example"],
  groups: ["watch"],
  limits: [{ topics: ["job.**"] }, { cost: { at_most: 10, currency: "EUR" } }],
  quiet: { zone: "UTC", from: "22:00", to: "06:00" },
  cards_per_hour: 5,
  channels: ["email"],
};
const source = `version: v1
people: [{ id: ann, email: ann@example.com }, { id: ben }, { id: local }]
rosters: { far: { url: "https://calendar.invalid/private/a.ics" } }
`;

export async function tellPeople(drive: Drive, policy: string): Promise<void> {
  const added = policy.replace(/^groups: \{/m, `groups: { ${groups.join(", ")},`);
  await drive("publishPolicy", "/policies", { body: { source: added } });
  await drive("listPeople", "/people");
  await drive("putPerson", "/people/ann", { body: ann });
  await drive("putPerson", "/people/ben", { body: { roles: ["*"] } });
  await drive("readPerson", "/people/ann@corp.example");
  await drive("readPerson", "/people/nobody");
  await drive("removePerson", "/people/ann");
  await drive("importPeople", "/people/import", { body: { source } });
  await drive("importPeople", "/people/import", { body: { source: "version: v1\npeeple: []" } });
  await drive("readOwnPerson", "/people/me");
  await drive("listGroups", "/groups");
  await drive("readGroup", "/groups/watch");
  await drive("readGroup", "/groups/nothing");
  await drive("readGroupWeek", "/groups/crew/week?from=2026-11-23T00:00:00Z");
  await drive("readOnCall", "/oncall?at=2026-11-23T12:00:00%2B01:00");
  await drive("readOnCall", "/oncall?at=noon");
  await drive("addGroupMember", "/groups/crew/members/ben", { body: {} });
  await drive("removeGroupMember", "/groups/crew/members/ben");
  await drive("listRosters", "/rosters");
  const ends = new Date(Date.now() + 3_600_000).toISOString();
  const made = await drive("createDelegation", "/delegations", { body: { to: "ben", ends } });
  await drive("createDelegation", "/delegations", { body: { to: "local", ends } });
  await drive("listDelegations", "/delegations");
  await drive("readOwnPerson", "/people/me");
  await drive("endDelegation", `/delegations/${textAt(made.body, "id")}`);
  await drive("endDelegation", "/delegations/dlg_nothing");
}
