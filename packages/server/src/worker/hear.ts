// A notice of this or another process: who waits is woken, what changed is forgotten.

import type { Engine } from "../flow/context.ts";

/** What remembers keys that it has seen. */
export interface SeenKeys {
  forget(): void;
}

export function hear(payload: string, engine: Engine, authenticator: SeenKeys): void {
  const notice = readNotice(payload);
  if (notice === null) {
    engine.policies.forgetAll();
    engine.people.forgetAll();
    engine.shadows.forgetAll();
    authenticator.forget();
    engine.hub.agents(null, null);
    engine.hub.lostTouch();
    engine.localStates.interrupt(null);
    return;
  }
  if (notice.topic === "policy") {
    engine.policies.forget(notice.tenant);
    engine.shadows.forget(notice.tenant);
    engine.hub.work();
  }
  if (notice.topic === "keys") authenticator.forget();
  if (notice.topic === "keys" || notice.topic === "agents") {
    engine.hub.agents(notice.tenant, null);
    engine.localStates.interrupt(notice.tenant);
  }
  if (notice.topic === "keys" || notice.topic === "rosters") engine.people.forget(notice.tenant);
  for (const agent of notice.agents ?? []) engine.hub.runs.ready(notice.tenant, agent);
  engine.hub.changed(notice.tenant, notice.jobs === undefined ? [] : notice.jobs);
}

interface NoticeText {
  readonly tenant: string;
  readonly topic?: string;
  readonly jobs?: readonly string[] | null;
  /** Agents of which a run may have become due. */
  readonly agents?: readonly string[];
}

function readNotice(payload: string): NoticeText | null {
  if (payload === "") return null;
  try {
    return JSON.parse(payload) as NoticeText;
  } catch {
    return null;
  }
}
