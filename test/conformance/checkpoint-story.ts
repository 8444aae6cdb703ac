// Saved state as calls of the API: saved, written beside, read, listed, copied and removed.

import { type Answer, type Sending, textAt } from "../http.ts";

type Drive = (id: string, path: string, sending?: Sending) => Promise<Answer>;

export async function tellCheckpoints(drive: Drive): Promise<void> {
  const place = "/threads/saved/checkpoints";
  const state = Buffer.from("what it knew").toString("base64");
  const body = { id: "c-1", codec: "text", state, parent: "c-0", step: 1, run: "run-1" };
  await drive("saveCheckpoint", place, { body });
  await drive("saveCheckpoint", place, { body: { ...body, codec: "other" } });
  await drive("saveCheckpoint", place, { body: { ...body, state: "not base64" } });
  const digest = `sha256:${"0".repeat(64)}`;
  await drive("saveCheckpoint", place, { body: { ...body, digest } });
  const write = { index: 0, channel: "out", codec: "text", data: state };
  const writes = { task: "task-1", task_path: "~", writes: [write] };
  await drive("saveCheckpointWrites", `${place}/c-1/writes`, { body: writes });
  await drive("readCheckpoint", `${place}/latest?include=state,writes`);
  await drive("readCheckpoint", `${place}/c-9`);
  await drive("listCheckpoints", `${place}?limit=1`);
  await drive("listThreads", "/threads?limit=1");
  await drive("forkCheckpoint", `${place}/c-1/fork`, { body: { thread: "copied" } });
  await drive("forkCheckpoint", `${place}/c-9/fork`, { body: { thread: "copied" } });
  await drive("removeCheckpoint", `${place}/c-1`);
  await drive("removeCheckpoint", `${place}/c-1`);
  await drive("removeThread", "/threads/copied");
  await tellOfPeople(drive, { ...body, id: "c-1" });
}

/** What a person who administers does with the state of another agent is on the record. */
async function tellOfPeople(drive: Drive, body: object): Promise<void> {
  const maker = { kind: "agent", subject: "keeper", scopes: ["propose"] };
  const made = await drive("createKey", "/keys", { body: maker });
  const key = textAt(made.body, "secret");
  const place = "/threads/kept/checkpoints";
  await drive("saveCheckpoint", place, { body, key });
  await drive("readCheckpoint", `${place}/c-1?agent=keeper&include=state`);
  await drive("forkCheckpoint", `${place}/c-1/fork?agent=keeper`, { body: { thread: "kept" } });
  await drive("removeCheckpoint", `${place}/c-1?agent=keeper`);
  await drive("removeThread", "/threads/kept?agent=keeper");
}
