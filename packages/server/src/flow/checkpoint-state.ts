// The state of a checkpoint on its way to the store and back: measured, named by its digest, sealed.

import { createHash } from "node:crypto";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { CheckpointHead, CheckpointRow, CheckpointWriteRow } from "../storage/checkpoints.ts";
import type { Engine } from "./context.ts";

/** A checkpoint whose state is not measured yet. */
export type UnsealedCheckpoint = Omit<
  CheckpointHead,
  "bytes" | "digest" | "createdAt" | "expiresAt"
>;
/** A write whose data is not sealed yet. */
export type UnsealedWrite = Omit<CheckpointWriteRow, "sealed" | "createdAt" | "expiresAt">;

/** Refuses a state that is too large; it expires so long after now as the server is told. */
export async function sealCheckpoint(
  engine: Engine,
  tenant: string,
  made: UnsealedCheckpoint,
  plain: Uint8Array,
): Promise<CheckpointRow> {
  refuseTooLarge(engine, plain.length);
  const createdAt = engine.clock.now();
  const head: CheckpointHead = {
    ...made,
    bytes: plain.length,
    digest: digestOfState(plain),
    createdAt,
    expiresAt: createdAt + engine.keeping.checkpointMs,
  };
  return { ...head, sealed: await engine.sealer.seal(contextOf(tenant, head), plain) };
}

/** SECURITY: what is given out is what was saved there: for this agent, thread, id and digest. */
export async function openCheckpoint(
  engine: Engine,
  tenant: string,
  row: { readonly head: CheckpointHead; readonly sealed: Uint8Array },
): Promise<Uint8Array> {
  const { head, sealed } = row;
  const plain = await engine.sealer.open(contextOf(tenant, head), sealed);
  if (plain.length === head.bytes && digestOfState(plain) === head.digest) return plain;
  throw new HoldpointError("seal_broken", {
    message: `the state of the checkpoint \`${head.id}\` is not the one that its digest names`,
  });
}

export async function sealWrite(
  engine: Engine,
  tenant: string,
  made: UnsealedWrite,
  plain: Uint8Array,
): Promise<CheckpointWriteRow> {
  refuseTooLarge(engine, plain.length);
  const createdAt = engine.clock.now();
  const sealed = await engine.sealer.seal(contextOfWrite(tenant, made), plain);
  return { ...made, sealed, createdAt, expiresAt: createdAt + engine.keeping.checkpointMs };
}

export function openWrite(
  engine: Engine,
  tenant: string,
  row: CheckpointWriteRow,
): Promise<Uint8Array> {
  return engine.sealer.open(contextOfWrite(tenant, row), row.sealed);
}

/** Bytes of base64 as RFC 4648 writes it; anything else in it is refused. */
export function bytesOfBase64(text: string, path: string): Buffer {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = Buffer.from(text, "base64");
  // The decoder leaves out what it does not know.
  if (text.length % 4 === 0 && bytes.length === (text.length / 4) * 3 - padding) return bytes;
  throw new HoldpointError("checkpoint_state_invalid", {
    message: "send the bytes as base64 with its padding",
    path,
  });
}

export function digestOfState(plain: Uint8Array): string {
  return `sha256:${createHash("sha256").update(plain).digest("hex")}`;
}

function contextOf(tenant: string, head: CheckpointHead): readonly string[] {
  const { agent, thread, namespace, id, codec, digest } = head;
  return [tenant, "checkpoint", agent, thread, namespace, id, codec, digest];
}

function contextOfWrite(tenant: string, { place, ...write }: UnsealedWrite): readonly string[] {
  const { agent, thread, namespace, id } = place;
  const { task, index, channel, codec } = write;
  const at = [tenant, "checkpoint-write", agent, thread, namespace, id];
  return [...at, task, String(index), channel, codec];
}

function refuseTooLarge(engine: Engine, bytes: number): void {
  const { checkpointBytesMax } = engine.keeping;
  if (bytes <= checkpointBytesMax) return;
  throw new HoldpointError("checkpoint_too_large", {
    message: `the state has ${bytes} bytes, and at most ${checkpointBytesMax} are kept; HOLDPOINT_CHECKPOINT_BYTES_MAX sets it`,
    facts: { bytes, bytes_max: checkpointBytesMax },
  });
}
