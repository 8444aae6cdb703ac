// `holdpoint checkpoints list|show|fork|delete`: the saved state of agents.

import { writeFile } from "node:fs/promises";
import type {
  CheckpointPage,
  CheckpointRead,
  CheckpointsRemoved,
  CheckpointView,
  ThreadPage,
} from "@holdpoint/core/wire/checkpoint";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { timeSince } from "../output/span.ts";
import { table } from "../output/table.ts";
import { safeLine } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment, type Session } from "./session.ts";

interface PlaceOptions extends GlobalOptions {
  readonly agent?: string;
  readonly namespace?: string;
}

export interface ListOptions extends PlaceOptions {
  readonly limit?: string;
  readonly cursor?: string;
}

export interface ShowOptions extends PlaceOptions {
  readonly state?: string;
}

export interface ForkOptions extends PlaceOptions {
  readonly to: string;
  readonly toNamespace?: string;
  readonly toId?: string;
}

export interface DeleteOptions extends PlaceOptions {
  readonly all?: boolean;
}

export async function list(thread: string | undefined, options: ListOptions): Promise<void> {
  const session = openSession(options);
  if (thread === undefined) await listThreads(session, options);
  else await listCheckpoints(session, thread, options);
}

async function listThreads({ server, terminal }: Session, options: ListOptions): Promise<void> {
  const { agent, limit, cursor } = options;
  const page = await server.get<ThreadPage>("/threads", { agent, limit, cursor });
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const now = Date.now();
  const rows = page.items.map((one) => [
    safeLine(one.thread),
    String(one.checkpoints),
    String(one.bytes),
    timeSince(one.saved_at, now),
  ]);
  for (const line of table(["THREAD", "CHECKPOINTS", "BYTES", "SAVED"], rows)) terminal.print(line);
  if (page.next_cursor !== null) terminal.note(`more: --cursor ${safeLine(page.next_cursor)}`);
}

async function listCheckpoints(
  { server, terminal }: Session,
  thread: string,
  { agent, namespace, limit, cursor }: ListOptions,
): Promise<void> {
  const query = { agent, namespace, limit, cursor };
  const page = await server.get<CheckpointPage>(pathOf(thread), query);
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const now = Date.now();
  const rows = page.items.map((one) => [
    safeLine(one.id),
    safeLine(one.namespace),
    one.step === null ? "" : String(one.step),
    safeLine(one.codec),
    String(one.bytes),
    timeSince(one.created_at, now),
    one.resumptions.length === 0 ? "" : `held by ${one.resumptions.map(safeLine).join(", ")}`,
  ]);
  const head = ["CHECKPOINT", "NAMESPACE", "STEP", "CODEC", "BYTES", "SAVED", ""];
  for (const line of table(head, rows)) terminal.print(line);
  if (page.next_cursor !== null) terminal.note(`more: --cursor ${page.next_cursor}`);
}

interface Place {
  readonly thread: string;
  readonly id: string;
}

/** The state goes to a file, never to the terminal: it is an agent's, and may be anything. */
export async function show(place: Place, options: ShowOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const { agent, namespace, state: file } = options;
  const include = file === undefined ? undefined : "state";
  const read = await server.get<CheckpointRead>(onePath(place), { agent, namespace, include });
  const { state, writes: _, ...head } = read;
  if (file !== undefined) await writeState(file, state ?? "");
  if (terminal.json) {
    terminal.printJson(head);
    return;
  }
  for (const [name, value] of Object.entries(head)) {
    const isPlain = typeof value === "string" || typeof value === "number";
    terminal.print(`${name}: ${safeLine(isPlain ? String(value) : JSON.stringify(value))}`);
  }
  if (file !== undefined) terminal.note(`${head.bytes} bytes are in ${file}`);
}

async function writeState(file: string, state: string): Promise<void> {
  try {
    await writeFile(file, Buffer.from(state, "base64"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new CommandFailed(`${file} could not be written as a new file (${code})`);
  }
}

export async function fork(place: Place, options: ForkOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const { agent, namespace, to, toNamespace, toId } = options;
  const query = new URLSearchParams({
    ...(agent !== undefined && { agent }),
    ...(namespace !== undefined && { namespace }),
  });
  const copy = await server.post<CheckpointView>(`${onePath(place)}/fork?${query.toString()}`, {
    thread: to,
    ...(toNamespace !== undefined && { namespace: toNamespace }),
    ...(toId !== undefined && { id: toId }),
  });
  if (terminal.json) terminal.printJson(copy);
  else terminal.print(`${safeLine(copy.id)} is in the thread ${safeLine(copy.thread)}.`);
}

export async function remove(
  { thread, id }: { readonly thread: string; readonly id: string | undefined },
  options: DeleteOptions,
): Promise<void> {
  if ((id === undefined) !== (options.all === true)) {
    throw new CommandFailed("name a checkpoint, or say --all", exitCodes.usage);
  }
  const { server, terminal } = openSession(options);
  const query = new URLSearchParams({
    ...(options.agent !== undefined && { agent: options.agent }),
    ...(id !== undefined && options.namespace !== undefined && { namespace: options.namespace }),
  });
  const path = id === undefined ? `/threads/${segment(thread)}` : onePath({ thread, id });
  const removed = await server.remove<CheckpointsRemoved>(`${path}?${query.toString()}`);
  if (terminal.json) terminal.printJson(removed);
  else terminal.print(`${removed.checkpoints} removed from the thread ${safeLine(thread)}.`);
}

function pathOf(thread: string): string {
  return `/threads/${segment(thread)}/checkpoints`;
}

function onePath({ thread, id }: Place): string {
  return `${pathOf(thread)}/${segment(id)}`;
}
