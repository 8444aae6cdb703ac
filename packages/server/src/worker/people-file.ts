// Keeps the people the ones of a file, with the rosters beside it: at the start, and again whenever one of them changes.

import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { rosterBytesMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { filePrefix, peopleDigest } from "@holdpoint/core/people/document";
import { parseRoster } from "@holdpoint/core/people/roster";
import { activePeople } from "../flow/change-people.ts";
import type { Engine } from "../flow/context.ts";
import { FileRefused, recordRefusedFile } from "../flow/file-refused.ts";
import { replacePeople } from "../flow/manage-people.ts";
import type { RosterLook, RosterRecord } from "../storage/people.ts";
import { watchFile } from "./watched-file.ts";

const findingsTold = 20;

export interface PeopleFile {
  readonly tenant: string;
  readonly file: string;
}

/** Makes the document what the file says; throws when it does not load, and changes nothing then. */
export async function activatePeople(engine: Engine, place: PeopleFile): Promise<void> {
  const { tenant, file } = place;
  const source = await readFile(file, "utf8").catch((error: unknown) => {
    const message = `cannot read the people file ${file}; give another with --people`;
    throw new HoldpointError("config_invalid", { message }, { cause: error });
  });
  const name = path.basename(file);
  const author = { kind: "system", id: "people-file" } as const;
  const before = peopleDigest((await activePeople(engine, tenant)).people);
  try {
    const done = await replacePeople(engine, { tenant, author, file: name }, source);
    if (done.digest !== before) {
      engine.telemetry.notice(`People ${name} are active: ${done.people} of them.`);
    }
    // Said at each start, too: as long as a word is misspelled, somebody cannot be asked or told.
    for (const { line, column, message } of done.findings.slice(0, findingsTold)) {
      engine.telemetry.notice(`${name}:${line}:${column}: ${message}`);
    }
  } catch (error) {
    if (error instanceof FileRefused) {
      await recordRefusedFile(engine, { tenant, type: "people.refused", file: name }, error);
    }
    throw error;
  }
  await readRosterFiles(engine, place);
}

/** A file that does not load leaves the people as they are, and says so. */
export function watchPeopleFile(engine: Engine, place: PeopleFile): () => void {
  let isStopped = false;
  const rosters = new Map<string, () => void>();
  const failed = (error: unknown): void =>
    engine.telemetry.workFailed("people file (the people stay as they are)", error);
  const reload = (): void => {
    activatePeople(engine, place).then(watchRosters, failed).catch(failed);
  };
  const watchOne = (file: string): (() => void) =>
    watchFile({
      file,
      onChange: reload,
      onError: (error) => engine.telemetry.workFailed("watch people file", error),
    });
  const watchRosters = async (): Promise<void> => {
    const records = await engine.store.listRosters(place.tenant);
    const files = new Set(records.flatMap((record) => fileOf(place, record)));
    for (const [file, stop] of rosters) {
      if (files.has(file)) continue;
      stop();
      rosters.delete(file);
    }
    for (const file of files) {
      if (isStopped || rosters.has(file)) continue;
      // A folder that is not there cannot be watched; the roster says that its file is missing.
      const folder = await realpath(path.dirname(file)).catch(() => null);
      if (folder !== null) rosters.set(file, watchOne(file));
    }
  };
  const stopPeople = watchOne(place.file);
  watchRosters().catch(failed);
  return () => {
    isStopped = true;
    stopPeople();
    for (const stop of rosters.values()) stop();
  };
}

function fileOf(place: PeopleFile, { source }: RosterRecord): readonly string[] {
  if (!source.startsWith(filePrefix)) return [];
  return [path.resolve(path.dirname(place.file), source.slice(filePrefix.length))];
}

async function readRosterFiles(engine: Engine, place: PeopleFile): Promise<void> {
  const { store, clock, people } = engine;
  for (const record of await store.listRosters(place.tenant)) {
    const [file] = fileOf(place, record);
    if (file === undefined) continue;
    const read = await readRoster(path.dirname(place.file), file);
    const { name, source } = record;
    if (read.text?.digest === record.digest && read.error === record.error) continue;
    const at = clock.now();
    await store.settleRoster(place.tenant, { name, source, ...read, at, nextAt: at });
    if (read.error !== null) engine.telemetry.notice(`Roster ${name}: ${read.error}`);
  }
  people.forget(place.tenant);
}

/** SECURITY: what the file really is, links followed, lies below the folder of the people file. */
async function readRoster(
  folder: string,
  file: string,
): Promise<Pick<RosterLook, "text" | "error">> {
  try {
    const [below, real] = await Promise.all([realpath(folder), realpath(file)]);
    if (!real.startsWith(below + path.sep)) {
      return { text: null, error: "the file lies outside the folder of the people file" };
    }
    return lookAt(await readFile(real, "utf8"));
  } catch {
    return { text: null, error: "the file cannot be read" };
  }
}

/** A text that is an iCalendar, or why it is not one. */
export function lookAt(body: string): Pick<RosterLook, "text" | "error"> {
  if (Buffer.byteLength(body) > rosterBytesMax) {
    return { text: null, error: `it is larger than ${rosterBytesMax} bytes` };
  }
  const parsed = parseRoster(body);
  if (!parsed.ok) return { text: null, error: parsed.detail };
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  return { text: { digest, body }, error: null };
}
