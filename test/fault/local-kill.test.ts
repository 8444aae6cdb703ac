// An agent that decides locally is killed in the middle of anything: whatever it ran is in the server's record.

import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalWorld, openLocalWorld } from "../flow/local-world.ts";

const child = fileURLToPath(new URL("local-child.mjs", import.meta.url));

let world: LocalWorld;

beforeAll(async () => {
  world = await openLocalWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

interface Place {
  readonly spool: string;
  readonly effects: string;
}

function placeFor(name: string): Place {
  return { spool: path.join(world.folder, name), effects: path.join(world.folder, `${name}.txt`) };
}

/** Resolves when the process has ended; `killAfter` lines of effects kill it. */
async function run(
  { spool, effects }: Place,
  mode: string,
  killAfter: number | null,
): Promise<void> {
  const agent = spawn(process.execPath, [child, world.url, spool, effects, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => agent.once("exit", resolve));
  const look = setInterval(() => {
    if (killAfter !== null && effectsIn(effects).length >= killAfter) agent.kill("SIGKILL");
  }, 2);
  await ended;
  clearInterval(look);
}

function effectsIn(file: string): readonly string[] {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}

async function statesOf(ids: readonly string[]): Promise<readonly (string | undefined)[]> {
  const { store } = world.server.engine;
  const found = await Promise.all(ids.map((id) => store.findJob("default", id)));
  return found.map((one) => one?.file.job.state);
}

function spoolFiles(spool: string): readonly string[] {
  return readdirSync(spool).flatMap((agent) =>
    readdirSync(path.join(spool, agent)).filter((file) => file.endsWith(".spool")),
  );
}

describe("an agent that is killed", () => {
  test("has run nothing that the next one does not tell of, each once", async () => {
    const place = placeFor("killed");
    for (const killAfter of [1, 7, 40, 150]) {
      const before = effectsIn(place.effects).length;
      await run(place, "run", before + killAfter);
    }
    await run(place, "flush", null);
    const ids = effectsIn(place.effects);
    expect(ids.length).toBeGreaterThanOrEqual(198);
    expect(new Set(ids).size).toBe(ids.length);
    const states = await statesOf(ids);
    expect(states.filter((state) => state !== "SUCCEEDED" && state !== "UNKNOWN")).toEqual([]);
    expect(states.filter((state) => state === "UNKNOWN").length).toBeLessThanOrEqual(4);
    expect(spoolFiles(place.spool)).toEqual([]);
  });

  test("between its effect and the record of it leaves the action unknown", async () => {
    const place = placeFor("between");
    await run(place, "stop", null);
    await run(place, "flush", null);
    const ids = effectsIn(place.effects);
    expect(ids.length).toBe(6);
    const states = await statesOf(ids);
    expect(states).toEqual([...Array.from({ length: 5 }, () => "SUCCEEDED"), "UNKNOWN"]);
  });

  test("in the middle of a line hides nothing of what came before and after it", async () => {
    const place = placeFor("torn");
    await run(place, "stop", null);
    const [file = ""] = spoolFiles(place.spool);
    const [agent = ""] = readdirSync(place.spool);
    const full = path.join(place.spool, agent, file);
    const lines = readFileSync(full, "utf8").split("\n");
    // The second record is damaged, and the last line has lost its end.
    const kept = lines.map((line, at) =>
      at === 3 ? `${line.slice(0, 40)}#${line.slice(41)}` : line,
    );
    writeFileSync(full, kept.join("\n").slice(0, -1));
    appendFileSync(full, '\n0badbad0 {"record":{"id":"job_x","lease":0');
    await run(place, "flush", null);
    const ids = effectsIn(place.effects);
    const states = await statesOf(ids);
    expect(states.filter((state) => state === undefined).length).toBeLessThanOrEqual(1);
    expect(states.filter((state) => state === "SUCCEEDED").length).toBeGreaterThanOrEqual(4);
    expect(await statesOf(["job_x"])).toEqual([undefined]);
  });
});

describe("two processes with one spool folder", () => {
  test("tell each of their own, and neither takes what the other still writes", async () => {
    const place = placeFor("shared");
    const other = { ...place, effects: `${place.effects}.other` };
    await Promise.all([run(place, "run", 60), run(other, "run", 60)]);
    await Promise.all([run(place, "flush", null), run(other, "flush", null)]);
    const ids = [...effectsIn(place.effects), ...effectsIn(other.effects)];
    expect(new Set(ids).size).toBe(ids.length);
    expect((await statesOf(ids)).filter((state) => state === undefined)).toEqual([]);
  });
});
