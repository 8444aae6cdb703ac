// Checkpoints as answers show them, and the refusals that name one.

import { isoOf } from "@holdpoint/core/base/clock";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { CheckpointView, ThreadView } from "@holdpoint/core/wire/checkpoint";
import type {
  CheckpointPlace,
  FoundCheckpoint,
  KeptCheckpoint,
  ThreadHead,
} from "../storage/checkpoints.ts";

export function checkpointView({ head, resumptions }: FoundCheckpoint): CheckpointView {
  return {
    id: head.id,
    agent: head.agent,
    thread: head.thread,
    namespace: head.namespace,
    run: head.run,
    parent: head.parent,
    step: head.step,
    codec: head.codec,
    bytes: head.bytes,
    digest: head.digest,
    forked_from: forkedFrom(head.forkedFrom),
    created_at: isoOf(head.createdAt),
    expires_at: isoOf(head.expiresAt),
    resumptions: [...resumptions],
  };
}

function forkedFrom(text: string | null): CheckpointView["forked_from"] {
  return text === null ? null : (JSON.parse(text) as CheckpointView["forked_from"]);
}

export function threadView(head: ThreadHead): ThreadView {
  const { thread, agent, checkpoints, bytes } = head;
  return { thread, agent, checkpoints, bytes, saved_at: isoOf(head.savedAt) };
}

export function checkpointNotFound({ thread, id }: CheckpointPlace): HoldpointError {
  return new HoldpointError("checkpoint_not_found", {
    message: `the thread \`${thread}\` has no checkpoint \`${id}\` there; it may have been removed, or be another agent's`,
  });
}

/** What was kept, or the refusal that says why not. */
export function viewOfKept({ outcome, found }: KeptCheckpoint): CheckpointView {
  if (outcome === "other") throw checkpointExists(found);
  if (outcome === "bound") throw checkpointInUse(found.head.id);
  return checkpointView(found);
}

function checkpointExists({ head }: FoundCheckpoint): HoldpointError {
  return new HoldpointError("checkpoint_exists", {
    message: `\`${head.id}\` was saved with another state; save under another id, or send \`replace\``,
    facts: { digest: head.digest },
  });
}

export function checkpointInUse(id: string): HoldpointError {
  return new HoldpointError("checkpoint_in_use", {
    message: `a run that has not ended goes on from \`${id}\`; cancel the resumption first`,
  });
}
