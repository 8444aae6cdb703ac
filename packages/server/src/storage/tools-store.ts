// The states of the tool registry, named by their content, and which of them is active.

import type { Digest } from "@holdpoint/core/base/digest";
import { bundleName, readBundle } from "@holdpoint/core/policy/bundle";
import type { SealedEvent } from "@holdpoint/core/record/event";
import type { Database, Row, Session, Statement } from "./database.ts";
import { appendEvents, lockActive, noticeOf, notify } from "./settings-store.ts";
import type { Store, ToolsRecord } from "./store.ts";

const find: Statement = {
  name: "find_tools",
  text: "select digest, registry, author, created_at from tool_registries where tenant = $1 and digest = $2",
};
const add: Statement = {
  name: "add_tools",
  text: `insert into tool_registries (tenant, digest, registry, author, created_at) values ($1, $2, $3, $4, $5)
    on conflict do nothing`,
};
const setBundle: Statement = {
  name: "set_bundle",
  text: "update active_policy set bundle = $2, revision = revision + 1 where tenant = $1",
};

type ToolCalls = Pick<Store, "findTools" | "activateTools">;

export function toolCalls(database: Database): ToolCalls {
  return {
    findTools: async (tenant, digest) => {
      const [row] = await database.query<ToolsRow>(tenant, find, [tenant, digest]);
      if (row === undefined) return null;
      const { registry, author, created_at: createdAt } = row;
      return { digest: row.digest, registry, author, createdAt };
    },
    activateTools: (tenant, tools, replaces, event) =>
      database.transaction(tenant, (session) =>
        activate(session, { tenant, tools, replaces, event }),
      ),
  };
}

interface Activation {
  readonly tenant: string;
  readonly tools: ToolsRecord | null;
  readonly replaces: string;
  readonly event: SealedEvent;
}

async function activate(
  session: Session,
  { tenant, tools, replaces, event }: Activation,
): Promise<boolean> {
  const active = await lockActive(session, tenant);
  if (active?.bundle !== replaces) return false;
  if (tools !== null) {
    const { digest, registry, author, createdAt } = tools;
    await session.query(add, [tenant, digest, registry, author, createdAt]);
  }
  const bundle = { ...readBundle(replaces), tools: (tools?.digest ?? null) as Digest | null };
  await session.query(setBundle, [tenant, bundleName(bundle)]);
  await appendEvents(session, tenant, [event]);
  await session.query(notify, [noticeOf(tenant, "policy")]);
  return true;
}

interface ToolsRow extends Row {
  readonly digest: string;
  readonly registry: string;
  readonly author: string;
  readonly created_at: number;
}
