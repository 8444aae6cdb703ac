// A run that asks in one process and goes on in another.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { type Asking, startAsking } from "./interrupt-world.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const launch = promisify(execFile);
let world: Asking;

beforeAll(async () => {
  world = await startAsking();
}, 120_000);

afterAll(() => world.stop());

const actionsText = `
  const calls = ["a", "b"].map((call) => ({
    topic: "job.mail.send", params: { to: call + "@example.com" }, agent: { call },
  }));`;

const beginning = `
  import { Holdpoint } from "@holdpoint/sdk";
  const hp = new Holdpoint();
  ${actionsText}
  const state = () => ({ messages: ["send both"], at: 1 });
  await hp.interrupt(calls, { run: process.env.RUN, thread: process.env.THREAD, state }).then(
    () => console.log(JSON.stringify("went on")),
    (error) => console.log(JSON.stringify(error.name)),
  );`;

const going = `
  import { appendFileSync } from "node:fs";
  import { Holdpoint, isRefusal } from "@holdpoint/sdk";
  const hp = new Holdpoint();
  ${actionsText}
  const send = hp.calls(async ({ to }) => appendFileSync(process.env.EFFECTS, to + "\\n"), { topic: "job.mail.send" });
  const said = [];
  const goOn = async ({ state, run, thread, claim }) => {
    for (const outcome of await hp.interrupt(calls, { run, thread, state, after: claim })) {
      try {
        await send.run(outcome.job);
        said.push(outcome.status);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        said.push(error.reason);
      }
    }
    return state;
  };
  const stopping = new AbortController();
  const worker = hp.worker({
    thread: process.env.THREAD,
    resume: async (resumed) => {
      said.push(await goOn(resumed));
      // A framework that is resumed from the same saved state a second time.
      await goOn(resumed);
      stopping.abort();
    },
  });
  await worker.run({ signal: stopping.signal });
  console.log(JSON.stringify(said));`;

test("a process asks and ends; another one goes on with what people changed, and each effect happens once", async () => {
  const { run, thread } = world.place();
  const effects = path.join(world.holds.line.folder, `${thread}.txt`);
  const env = {
    ...process.env,
    HOLDPOINT_URL: world.holds.url,
    HOLDPOINT_API_KEY: world.holds.keys.agent,
    RUN: run,
    THREAD: thread,
    EFFECTS: effects,
  };
  const program = async (text: string): Promise<unknown> => {
    const args = ["--input-type=module", "-e", text];
    const { stdout } = await launch(process.execPath, args, { cwd: root, env });
    return JSON.parse(stdout) as unknown;
  };
  expect(await program(beginning)).toBe("Interrupted");
  const { body } = await world.holds.get("agent", `/runs/${run}/interrupts`);
  const [a, b] = [textAt(body, "items", 0, "id"), textAt(body, "items", 1, "id")];
  expect(at(body, "items", "length")).toBe(2);
  await world.decide(a, "modify", { params: { to: "al@example.com" } });
  await world.decide(b, "reject", { reason: "b has left" });

  const state = { messages: ["send both"], at: 1 };
  expect(await program(going)).toEqual(["approved", "b has left", state, "executed", "b has left"]);
  expect(readFileSync(effects, "utf8")).toBe("al@example.com\n");
  expect(await program(beginning)).toBe("went on");
});
