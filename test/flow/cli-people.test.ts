// The commands about people as they are used: the built command against a server with keys.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at } from "../http.ts";
import { type PeopleWorld, startPeople } from "./people-world.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let world: PeopleWorld;
let ana: string;
let folder: string;

beforeAll(async () => {
  world = await startPeople();
  ana = await world.key("ana@example.com", { scopes: ["read", "review"] });
  folder = mkdtempSync(path.join(tmpdir(), "holdpoint-cli-people-"));
});

afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function run(key: string, ...args: readonly string[]): Promise<Ended> {
  const env = {
    ...process.env,
    HOLDPOINT_URL: `http://127.0.0.1:${world.line.server.port}`,
    HOLDPOINT_API_KEY: key,
    NO_COLOR: "1",
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const asAdmin = (...args: readonly string[]): Promise<Ended> => run(world.admin, ...args);

describe("holdpoint start", () => {
  test("ends, and says why, when the people file is not there", async () => {
    const place = ["--port", "0", "--data", path.join(folder, "refused")];
    const file = path.join(folder, "nowhere.yaml");
    const ended = await run("", "start", "--dev", "--quiet", ...place, "--people", file);
    expect(ended.code).not.toBe(0);
    expect(ended.err).toContain(`cannot read the people file ${file}`);
  });
});

describe("holdpoint people", () => {
  test("writes somebody down, changes what is said and keeps the rest", async () => {
    const words = ["--email", "ana@example.com", "--name", "Ana", "--role", "lead"];
    const more = ["--account", "ana@corp.example", "u-1", "--quiet", "22:00-07:00 Europe/Berlin"];
    const limits = [
      "--limits",
      '[{"topics":["job.deploy.*"],"cost":{"at_most":9,"currency":"USD"}}]',
    ];
    const made = await asAdmin(
      "people",
      "set",
      "ana",
      ...words,
      ...more,
      ...limits,
      "--cards",
      "3",
    );
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toContain("limits            job.deploy.* up to 9 USD");
    expect(made.out).toContain("quiet             22:00 to 07:00 in Europe/Berlin");
    const changed = await asAdmin("people", "set", "ana", "--name", "Ana B", "--group", "desk");
    expect(changed.out).toMatch(/^name +Ana B$/m);
    expect(changed.out).toMatch(/^roles +lead$/m);
    expect(changed.out).toMatch(/^groups +desk$/m);
    expect((await asAdmin("people", "show", "u-1")).out).toBe(changed.out);
    expect((await asAdmin("people", "list")).out).toMatch(
      /^ana +Ana B +ana@example.com +lead +desk/m,
    );
  });

  test("takes out what an empty word says, and nothing else", async () => {
    const emptied = ["--role=", "--group=", "--account=", "--limits=", "--quiet=", "--cards="];
    const { code, out } = await asAdmin("people", "set", "ana", ...emptied, "--name=");
    expect([code, out]).toEqual([0, "id                ana\nemail             ana@example.com\n"]);
    await asAdmin("people", "set", "ana", "--role", "lead", "--name", "Ana");
  });

  test("says what is wrong with what it is given, and changes nothing", async () => {
    for (const words of [
      ["--cards", "x"],
      ["--cards", "0"],
      ["--cards", "1.5"],
      ["--quiet", "22-7"],
    ]) {
      expect((await asAdmin("people", "set", "ana", ...words)).code).toBe(2);
    }
    const group = await asAdmin("people", "set", "ana", "--group", "desc");
    expect([group.code, group.err]).toEqual([3, expect.stringContaining("group_not_found")]);
    const taken = await asAdmin("people", "set", "eve", "--email", "ana@example.com");
    expect([taken.code, taken.err]).toEqual([3, expect.stringContaining("is a name of `ana`")]);
    const zone = await asAdmin("people", "set", "ana", "--quiet", "22:00-07:00 Mars/Base");
    expect(zone.err).toContain("first, at /quiet/zone: there is no time zone `Mars/Base`");
    const pigeon = await asAdmin("people", "set", "ana", "--channel", "pigeon");
    expect([pigeon.code, pigeon.err]).toEqual([0, "No such channel is configured: pigeon\n"]);
    await asAdmin("people", "set", "ana", "--channel=");
    expect((await run(ana, "people", "set", "ana", "--role", "director")).code).toBe(3);
    expect((await asAdmin("people", "show", "nobody")).code).toBe(3);
  });

  test("says with its place which words of a file nothing else knows", async () => {
    const file = path.join(folder, "people.yaml");
    const text = `version: v1
people:
  - { id: ana, email: ana@example.com, name: Ana, roles: [leed], groups: [dask], channels: [fax] }
  - { id: bo, email: bo@example.com, roles: [director] }
groups: { board: { members: ["role:directer"] } }
`;
    writeFileSync(file, text);
    const done = await asAdmin("people", "import", file);
    expect(done.code).toBe(0);
    expect(done.out).toContain(
      "people.yaml:3:5: warning [unknown_role] the active policy has no role `leed`",
    );
    expect(done.out).toContain("did you mean `lead`?");
    expect(done.out).toContain("[unknown_group] the active policy has no group `dask`");
    expect(done.out).toContain("[unknown_word] there is no channel `fax`");
    expect(done.out).toContain("the active policy has no role `directer`");
    expect(done.out).toContain("There are 2 people.");
    writeFileSync(file, text.replace("id: bo", "idd: bo"));
    const refused = await asAdmin("people", "import", file);
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining("did you mean `id`?")]);
    writeFileSync(
      file,
      "version: v1\npeople: [{ id: ana, email: ana@example.com, name: Ana, roles: [lead] }]\n",
    );
    expect((await asAdmin("people", "import", file)).out).toBe("There are 1 people; left: bo.\n");
  });

  test("marks somebody as gone, brings them back, and forgets them", async () => {
    expect((await asAdmin("people", "remove", "ana", "--forget")).code).toBe(3);
    await asAdmin("people", "set", "cy", "--email", "cy@example.com", "--role", "lead");
    expect((await asAdmin("people", "remove", "cy")).out).toBe(
      "cy has left, and counts for nothing.\n",
    );
    expect((await asAdmin("people", "show", "cy")).out).toMatch(/^id +cy \(left\)$/m);
    const back = await asAdmin("people", "set", "cy", "--back");
    expect(back.out).not.toMatch(/left|roles/);
    await asAdmin("people", "remove", "cy");
    expect((await asAdmin("people", "remove", "cy", "--forget")).out).toBe("cy is forgotten.\n");
    expect((await asAdmin("people", "show", "cy")).code).toBe(3);
  });
});

describe("holdpoint whoami", () => {
  test("tells people who they are, and everybody else what they may do", async () => {
    const me = await run(ana, "whoami");
    expect(me.out).toMatch(/^id +ana$/m);
    expect(me.out).toMatch(/^roles +lead$/m);
    expect((await asAdmin("whoami")).out).toContain("(not in the people document)");
    const agent = await run(world.agent, "whoami");
    expect([agent.code, agent.err]).toEqual([0, ""]);
    expect(agent.out).toMatch(/^agent +billing$/m);
    const json = JSON.parse((await run(world.agent, "whoami", "--json")).out) as object;
    expect(at(json, "agent")).toBe("billing");
    expect((await run("hp_nobody", "whoami")).code).toBe(3);
  });
});

describe("holdpoint groups and oncall", () => {
  test("tell who is in a group, and add members that the policy does not name", async () => {
    await world.put("ana", { email: "ana@example.com", name: "Ana", roles: ["lead"] });
    expect((await asAdmin("groups", "add", "board", "ana")).err).toBe(
      "Added to the policy's own: ana\n",
    );
    const strange = await asAdmin("groups", "add", "board", "anna");
    expect(strange.err).toContain("Nobody is written down as `anna`.");
    expect((await asAdmin("groups", "show", "board")).out).toMatch(
      /^ +ana +Ana +ana@example.com +on duty$/m,
    );
    expect((await asAdmin("groups", "remove", "board", "anna")).out).not.toContain("anna");
    expect((await asAdmin("groups", "remove", "desk", "desk-only")).err).toContain(
      "are changed there",
    );
    expect((await asAdmin("groups", "add", "bored", "ana")).code).toBe(3);
    expect((await run(ana, "groups", "add", "board", "ana")).code).toBe(3);
    expect((await asAdmin("groups", "list")).out).toMatch(
      /^on-call +2 +pat@example.com, local +around the clock$/m,
    );
  });

  test("tell who is on duty at a moment", async () => {
    const open = await asAdmin("oncall", "desk", "--at", "2026-11-23T10:00:00Z");
    expect(open.out).toMatch(/^desk +desk-only, local +2026-11-23T16:00:00.000Z: nobody$/m);
    const closed = await asAdmin("oncall", "desk", "--at", "2026-11-22T10:00:00Z");
    expect(closed.out).toMatch(/^desk +nobody +2026-11-23T08:00:00.000Z: desk-only, local$/m);
    expect((await asAdmin("oncall")).out).toMatch(/^on-call /m);
    expect((await asAdmin("oncall", "nope")).code).toBe(3);
    expect((await asAdmin("oncall", "--at", "yesterday")).code).toBe(2);
  });
});

describe("holdpoint delegate", () => {
  test("lets somebody stand in for a time, and ends it", async () => {
    await asAdmin("people", "set", "li", "--email", "li@example.com");
    expect((await run(ana, "delegate", "--to", "li")).code).toBe(2);
    expect((await run(ana, "delegate", "--to", "nobody", "--until", "7d")).code).toBe(3);
    expect((await run(ana, "delegate", "--to", "li", "--until", "soon")).code).toBe(2);
    // The server's clock stands long before the one of this machine.
    const terms = ["--starts", "2023-11-14T00:00:00Z", "--until", "2023-12-24T00:00:00Z"];
    const made = await run(ana, "delegate", "--to", "li@example.com", ...terms, "--reason", "away");
    expect(made.out).toMatch(/^dlg_\w+ +ana +li +2023-11-14.* away$/m);
    const id = /dlg_\w+/.exec(made.out)?.[0] ?? "";
    expect((await run(ana, "whoami")).out).toMatch(/^delegated to +li until 2023-12-24/m);
    expect((await run(ana, "delegate")).out).toContain(id);
    expect(
      (await run(ana, "delegate", "--to", "ana", "--until", "2026-12-24", "--from", "li")).code,
    ).toBe(3);
    expect((await run(ana, "delegate", "--end", id)).code).toBe(0);
    expect((await run(ana, "whoami")).out).not.toContain("delegated to");
    expect((await run(ana, "delegate", "--end", "dlg_none")).code).toBe(3);
  });
});
