// Proves that kill -9 of the server under load loses nothing acknowledged and leaves nothing by half.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../random.ts";
import { auditJob, auditStory, ReadRecord } from "./kill/audit.ts";
import { embedded, forgetful, type KillDatabase, postgres } from "./kill/database.ts";
import { runLoad } from "./kill/load.ts";
import {
  type ServerProcess,
  startAndKill,
  startProcess,
  type StartOptions,
} from "./kill/server-process.ts";
import { policy, Story } from "./kill/story.ts";

const killsInAll = Number(process.env["HOLDPOINT_SERVER_KILLS"] ?? 52);
const lanes = 8;
const sendsMax = 140;

/** One data folder, and everything that its clients were ever told. */
class Life {
  readonly seed: number;
  readonly #database: KillDatabase;
  readonly #start: StartOptions;
  readonly #record = new ReadRecord();
  readonly #stories: Story[] = [];
  #open: Story[] = [];
  #touched = new Set<Story>();
  #server: ServerProcess | null = null;
  readonly #crashChance: number;
  readonly faults: string[] = [];

  constructor(database: KillDatabase, seed: number, crashChance = 0.25) {
    this.seed = seed;
    this.#crashChance = crashChance;
    this.#database = database;
    const policyFile = join(database.dir, "policy.yaml");
    writeFileSync(policyFile, policy);
    this.#start = {
      dir: join(database.dir, "data"),
      policyFile,
      databaseUrl: database.url,
    };
  }

  /** Load, a kill in the middle of it, a restart, a look. */
  async round(round: number): Promise<void> {
    const random = randomFrom(this.seed + round);
    const server = (this.#server ??= await startProcess(this.#start));
    const { crash } = this.#database;
    const kind = random();
    const isCrash = crash !== null && kind < this.#crashChance;
    const isKill = !isCrash || kind < 0.1;
    await this.#load(server, random, async () => {
      await Promise.all([isCrash ? crash() : null, isKill ? server.kill() : null]);
    });
    if (isKill) {
      // Some kills meet the server while it recovers from the one before.
      if (random() < 0.15) await startAndKill(this.#start, 100 + Math.floor(random() * 1_200));
      this.#server = await startProcess(this.#start);
    } else await untilReady(server.url);
    await this.#look(round, [...this.#touched]);
    this.#touched.clear();
  }

  /** Leads every story to its end, and looks at everything once more. */
  async end(): Promise<void> {
    const server = (this.#server ??= await startProcess(this.#start));
    await runLoad({
      url: server.url,
      lanes,
      take: () => this.#open.shift() ?? null,
      leave: (story) => this.#open.push(story),
      onSend: () => undefined,
      isOver: () => false,
    });
    await this.#look(-1, this.#stories);
    this.faults.push(...(await this.#record.compareAll(server.url)), ...this.#record.repeats());
    const known = new Set(this.#stories.map((story) => story.view?.job.id));
    const jobs = [...this.#record.byJob.keys()];
    const untold = jobs.filter((id) => !known.has(id)).map((id) => `nobody was told of ${id}`);
    const looks = jobs.map((id) => auditJob(server.url, id, this.#record));
    this.faults.push(...untold, ...(await Promise.all(looks)).flat());
    if ((await server.stop()) !== 0) this.faults.push("the last server did not stop in order");
  }

  async stop(): Promise<void> {
    await this.#server?.kill();
  }

  /** What the load came to, so that a test without any would be seen. */
  get figures(): { stories: number; answered: number; repeated: number; events: number } {
    const calls = this.#stories.flatMap((story) => story.calls);
    return {
      stories: this.#stories.length,
      answered: calls.filter((call) => call.answer !== null).length,
      repeated: calls.filter((call) => call.tries > 1).length,
      events: this.#record.events.length,
    };
  }

  async #load(
    server: ServerProcess,
    random: () => number,
    kill: () => Promise<void>,
  ): Promise<void> {
    let left = 1 + Math.floor(random() * sendsMax);
    let turns = Math.floor(random() * 60);
    let isOver = false;
    let killing: Promise<void> = Promise.resolve();
    const killSoon = async (): Promise<void> => {
      for (; turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
      await kill();
    };
    await runLoad({
      url: server.url,
      lanes,
      take: () => this.#next(random),
      leave: (story) => this.#open.push(story),
      onSend: () => {
        left -= 1;
        if (left !== 0) return;
        isOver = true;
        killing = killSoon();
      },
      isOver: () => isOver,
    });
    await killing;
  }

  /** Most often one that waits since the last kill, else a new one. */
  #next(random: () => number): Story {
    const isNew = this.#open.length === 0 || random() < 0.3;
    const story = isNew
      ? new Story(`${this.#stories.length}`, random)
      : (this.#open.shift() as Story);
    if (isNew) this.#stories.push(story);
    this.#touched.add(story);
    return story;
  }

  async #look(round: number, stories: readonly Story[]): Promise<void> {
    const url = this.#server?.url ?? "";
    const found: string[] = [];
    try {
      const news = [...(await this.#record.follow(url))];
      const looks = [
        ...news.map((id) => auditJob(url, id, this.#record)),
        ...stories.map((story) => auditStory(url, story)),
      ];
      found.push(...(await Promise.all(looks)).flat());
    } catch (error) {
      found.push(String(error));
    }
    this.faults.push(...found.map((fault) => `seed ${this.seed}, round ${round}: ${fault}`));
  }
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const response = await fetch(`${url}/readyz`).catch(() => null);
    await response?.arrayBuffer();
    if (response?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("The server did not come back after its database did.");
}

test("a database that loses what it acknowledged is found out", async () => {
  const database = await forgetful();
  try {
    const life = new Life(database, fc.sample(fc.nat(), 1)[0] ?? 0, 1);
    for (let round = 1; round <= 20 && life.faults.length === 0; round += 1)
      await life.round(round);
    expect({ seed: life.seed, faults: life.faults }).toMatchObject({
      faults: expect.arrayContaining([
        expect.stringMatching(/lost|404|follows nothing|ahead|not_found/),
      ]),
    });
    await life.stop();
  } finally {
    await database.remove();
  }
});

describe.each([
  { name: "the embedded database", open: embedded },
  { name: "PostgreSQL, which crashes too", open: postgres },
])("over $name", ({ open }) => {
  const kills = Math.ceil(killsInAll / 2);

  test(
    `${kills} kills lose nothing acknowledged and leave nothing by half`,
    { timeout: 120_000 + kills * 10_000 },
    async () => {
      const database = await open();
      try {
        const life = new Life(database, fc.sample(fc.nat(), 1)[0] ?? 0);
        for (let round = 1; round <= kills; round += 1) await life.round(round);
        await life.end();
        expect({ seed: life.seed, faults: life.faults }).toEqual({ seed: life.seed, faults: [] });
        expect(life.figures.answered).toBeGreaterThan(kills * 5);
        expect(life.figures.repeated).toBeGreaterThan(0);
        if (process.env["HOLDPOINT_SERVER_KILLS"] !== undefined)
          process.stdout.write(`${JSON.stringify(life.figures)}\n`);
      } finally {
        await database.remove();
      }
    },
  );
});
