// The command line before the doors: the built command as everybody, held against the same tables.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type DoorTraits, mayPass, type Wish } from "./oracle.ts";
import type { Name } from "./people.ts";
import type { StateName } from "./states.ts";
import { type DoorWorld, type Found, makeFound } from "./world.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

interface CommandDoor extends DoorTraits {
  readonly wish: Wish;
  argumentsFor(found: Found, world: DoorWorld): readonly string[];
}

const approve: CommandDoor = {
  wish: "approve",
  argumentsFor: ({ id, shownHash }) => ["approvals", "approve", id, "--hash", shownHash, "--yes"],
};
const override: CommandDoor = {
  wish: "override",
  argumentsFor: ({ id, shownHash }, { incident }) => [
    ...["override", id, "--reason", "it is down", "--incident", incident],
    ...["--hash", shownHash, "--yes"],
  ],
};
const settle: CommandDoor = {
  wish: "settle",
  argumentsFor: ({ id }) => ["jobs", "settle", id, "--succeeded", "--reason", "it is there"],
};
const others: readonly CommandDoor[] = [
  {
    wish: "reject",
    argumentsFor: ({ id, shownHash }) => [
      ...["approvals", "reject", id, "--reason", "no", "--hash", shownHash],
    ],
  },
  {
    wish: "modify",
    argumentsFor: ({ id, shownHash }) => [
      ...["approvals", "modify", id, "--params", '{"number":1}', "--reason", "fewer"],
      ...["--hash", shownHash, "--yes"],
    ],
  },
  { wish: "approve", argumentsFor: ({ id }) => ["approvals", "batch", id, "--approve", "--yes"] },
  { wish: "claim", argumentsFor: ({ id }) => ["approvals", "claim", id] },
  { wish: "assign", argumentsFor: ({ id }) => ["approvals", "assign", id, "--to", "first"] },
  { wish: "ask", argumentsFor: ({ id }) => ["approvals", "ask", id, "--text", "Which?"] },
];

interface Cell {
  readonly door: CommandDoor;
  readonly name: Name;
  readonly where: StateName;
}

const approvers = [
  ...(["asked", "casey", "higher", "lower", "owner", "creator", "behalfTwo", "xena"] as const),
  ...(["dollar", "retired", "second", "ed", "keyed", "agent", "nobody", "revoked"] as const),
];
const found = ["signed", "claimed", "widened", "stale", "approved", "overridden"] as const;

/** Each starts a process, so that they are few: approve as one of each kind, and in some states. */
const cells: readonly Cell[] = [
  ...approvers.map((name): Cell => ({ door: approve, name, where: "held" })),
  ...found.map((where): Cell => ({ door: approve, name: "asked", where })),
  ...(["olly", "owner", "sub"] as const).map((name): Cell => {
    return { door: override, name, where: "held" };
  }),
  ...(["asked", "agent"] as const).map((name): Cell => {
    return { door: settle, name, where: "unknown" };
  }),
  { door: settle, name: "asked", where: "executing" },
  ...others.flatMap((door) =>
    (["deputy", "owner"] as const).map((name): Cell => ({ door, name, where: "held" })),
  ),
];

export function testCommands(worldOf: () => DoorWorld): void {
  const run = async ({ door, name, where }: Cell): Promise<string | null> => {
    const world = worldOf();
    const found = await makeFound(world, where);
    const kept = await world.kept(found);
    const code = await exitOf(world, name, door.argumentsFor(found, world));
    const isOpen = code === 0;
    const isSame = (await world.kept(found)) === kept;
    const cell = `${door.argumentsFor(found, world).slice(0, 2).join(" ")} as ${name}, ${where}`;
    if (isOpen !== mayPass(door, name, where)) return `${cell}: ended with ${code}`;
    return isOpen === isSame ? `${cell}: ended with ${code}, and changed otherwise` : null;
  };

  describe("the command", () => {
    test("opens to the same people as every other door, and changes nothing for the rest", async () => {
      const waiting = [...cells];
      const wrong: string[] = [];
      const worker = async (): Promise<void> => {
        for (let cell = waiting.pop(); cell !== undefined; cell = waiting.pop()) {
          const fault = await run(cell);
          if (fault !== null) wrong.push(fault);
        }
      };
      await Promise.all(Array.from({ length: 3 }, worker));
      expect(wrong).toEqual([]);
    });
  });
}

function exitOf(world: DoorWorld, name: Name, args: readonly string[]): Promise<number> {
  const key = world.keyOf(name) ?? "";
  const env = { ...process.env, HOLDPOINT_URL: world.url, HOLDPOINT_API_KEY: key, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error) => {
      resolve(error === null ? 0 : Number(error.code));
    });
  });
}
