// Accounts in chats as calls of the API: looked at by their code, linked, listed and unlinked.

import type { SlackUser } from "../fake/slack.ts";
import { type Answer, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

interface Chat {
  /** What the chat shows the owner of the account, and nobody else. */
  codeFor(user: SlackUser): Promise<string>;
}

export async function tellIdentities(drive: Drive, chat: Chat): Promise<void> {
  const code = await chat.codeFor({ team: "T1", id: "ULOCAL", name: "local" });
  await drive("lookAtLinkCode", "/identities/look", { body: { code } });
  await drive("linkIdentity", "/identities/link", { body: { code } });
  await drive("linkIdentity", "/identities/link", { body: { code } });
  const listed = await drive("listIdentities", "/identities");
  const account = encodeURIComponent(textAt(listed.body, "items", 0, "external_id"));
  await drive("readOwnPerson", "/people/me");
  await drive("unlinkIdentity", `/identities/slack/${account}`);
  await drive("unlinkIdentity", `/identities/slack/${account}`);
}
