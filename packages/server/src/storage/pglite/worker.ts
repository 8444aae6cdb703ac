// The worker thread that runs the embedded PostgreSQL: one session, spoken to in its wire protocol.

import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { assert } from "@holdpoint/core/base/assert";
import { DurableFs, startParamsOf, type DiskWatch } from "./durable-fs.ts";
import {
  joined,
  notificationsIn,
  queryMessage,
  syncMessage,
  type FromWorker,
  type ToWorker,
  type WorkerStart,
} from "./messages.ts";

/** PGlite leaves the main loop with this status when a statement failed in an orderly way. */
const orderlyStatus = 100;
const complaintsMax = 20;

/** Leaves a session as a new connection would find it; LISTEN stays, it belongs to the pool. */
const resetSql =
  "close all; reset session authorization; reset all; deallocate all; discard temp; " +
  "discard sequences; select pg_advisory_unlock_all()";

const port = parentPort;
assert(port !== null, "This file runs in a worker thread.");
const start = workerData as WorkerStart;
const syncs = new BigInt64Array(start.syncCounter);
const complaints: string[] = [];
let fault: Error | undefined;
let session: number | undefined;
let sessionsMet = 0;

function send(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function noteFault(error: unknown): void {
  fault ??= error instanceof Error ? error : new Error(String(error));
}

async function diskWatch(): Promise<DiskWatch> {
  const watch: DiskWatch = {
    onSync: () => void Atomics.add(syncs, 0, 1n),
    onFault: noteFault,
  };
  if (start.diskModule === undefined) return watch;
  const disk = (await import(start.diskModule)) as Pick<DiskWatch, "attach">;
  return { ...watch, attach: disk.attach };
}

/**
 * INVARIANT: PGlite swallows whatever the main loop throws and still answers "ready", which a
 * client reads as success. A panic, a trap or an exit is no success: nothing is answered then.
 */
function guardMainLoop(engine: PGlite): void {
  const module = engine.Module as unknown as { _PostgresMainLoopOnce: () => void };
  const loopOnce = module._PostgresMainLoopOnce;
  module._PostgresMainLoopOnce = () => {
    try {
      loopOnce();
    } catch (error) {
      if ((error as { status?: unknown }).status !== orderlyStatus) noteFault(error);
      throw error;
    }
  };
}

async function openEngine(): Promise<PGlite> {
  const engine = await PGlite.create({
    fs: new DurableFs(start.dataDir, await diskWatch()),
    startParams: startParamsOf(start.sharedBuffersMb),
    onStderr: (line) => {
      complaints.push(line);
      if (complaints.length > complaintsMax) complaints.shift();
      return false;
    },
  });
  guardMainLoop(engine);
  return engine;
}

/** Runs messages of the wire protocol; the raw stream is the one way that PGlite keeps no copy. */
async function exchange(engine: PGlite, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  const onRawData = (piece: Uint8Array): void => void pieces.push(piece.slice());
  await engine.execProtocolRawStream(bytes, { syncToFs: false, onRawData });
  if (fault !== undefined) throw fault;
  const answer = joined(pieces);
  for (const notification of notificationsIn(answer))
    send({ kind: "notification", ...notification });
  return answer;
}

async function endSession(engine: PGlite): Promise<void> {
  if (session === undefined) return;
  session = undefined;
  // The sync ends a batch that the client left half sent or failed in.
  await exchange(engine, syncMessage);
  if (engine.Module._IsTransactionBlock() !== 0) await exchange(engine, queryMessage("rollback"));
  await exchange(engine, queryMessage(resetSql));
}

async function handle(engine: PGlite, message: ToWorker): Promise<void> {
  switch (message.kind) {
    case "wire": {
      if (message.epoch < sessionsMet) return;
      if (message.epoch !== session) await endSession(engine);
      session = message.epoch;
      sessionsMet = message.epoch;
      const answer = await exchange(engine, message.bytes);
      send({ kind: "wire", epoch: message.epoch, bytes: answer }, [answer.buffer]);
      return;
    }
    case "hangup":
      if (message.epoch === session) await endSession(engine);
      return;
    case "close":
      await endSession(engine);
      await engine.close();
      if (fault !== undefined) throw fault;
      send({ kind: "closed" });
  }
}

function fail(error: unknown): void {
  noteFault(error);
  const reason = fault?.message ?? String(error);
  send({ kind: "fault", message: [reason, ...complaints].join("; ") });
}

async function run(): Promise<void> {
  const engine = await openEngine();
  if (fault !== undefined) throw fault;
  let queue: Promise<void> = Promise.resolve();
  port?.on("message", (message: ToWorker) => {
    queue = queue.then(async () => {
      if (fault === undefined) await handle(engine, message).catch(fail);
    });
  });
  send({ kind: "ready" });
}

await run().catch(fail);
