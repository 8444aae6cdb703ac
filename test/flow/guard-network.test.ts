// A list of hosts that a guarded tool is kept to, with the platform's fetch and with undici's own calls.

import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { type CallOptions, Holdpoint } from "@holdpoint/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GuardWorld, startGuardWorld, stopGuardWorld } from "./guard-world.ts";

interface Undici {
  request(url: string, options?: object): Promise<{ body: { text(): Promise<string> } }>;
  getGlobalDispatcher(): Dispatcher;
  setGlobalDispatcher(dispatcher: Dispatcher): void;
  Agent: new () => Dispatcher;
  interceptors: { redirect(options: object): unknown };
}
interface Dispatcher {
  compose(interceptor: unknown): Dispatcher;
}
type Fetching = (path: string) => Promise<string>;

// The copy of undici that the server's own dependencies brought; a tool would bring its own.
const fromServer = createRequire(new URL("../../packages/server/package.json", import.meta.url));
const undici = createRequire(fromServer.resolve("@slack/socket-mode"))("undici") as Undici;

let world: GuardWorld;
let sites: Server;
let port: number;
let hits: string[];

beforeAll(async () => {
  world = await startGuardWorld();
  // One server under two names: 127.0.0.1 and localhost.
  sites = createServer((request, response) => {
    const host = request.headers.host ?? "";
    hits.push(`${host.split(":")[0]}${request.url}`);
    const to = new URL(request.url ?? "/", `http://${host}`).searchParams.get("to");
    if (to === null) response.end(`hello from ${host.split(":")[0]}`);
    else response.writeHead(302, { location: to }).end();
  });
  await new Promise<void>((resolve) => sites.listen(0, "127.0.0.1", resolve));
  ({ port } = sites.address() as AddressInfo);
  const rules = ["127.0.0.1", "localhost", `127.0.0.1:${port}`, "127.0.0.1:1"].map(
    (host, index) =>
      `  - { id: net-${index}, match: { topics: ["job.net.h${index}"] }, decision: allow_with_constraints, constraints: { network_allowlist: ["${host}"] } }`,
  );
  const none = `  - { id: net-none, match: { topics: ["job.net.none"] }, decision: allow_with_constraints, constraints: { network_allowlist: [] } }`;
  const open = `  - { id: open, match: { topics: ["job.open.*"] }, decision: allow }`;
  const source = ["version: v1", "rules:", open, ...rules, none].join("\n");
  expect((await world.line.publish(source)).status).toBeLessThan(300);
}, 120_000);

afterAll(async () => {
  sites.closeAllConnections();
  await new Promise((resolve) => sites.close(resolve));
  await stopGuardWorld(world);
});

beforeEach(() => {
  hits = [];
});

const site = (host: string, path = "/"): string => `http://${host}:${port}${path}`;
const get: Fetching = async (url) => (await fetch(url)).text();
const request: Fetching = async (url) => (await undici.request(url)).body.text();

/** Runs `work` as a guarded tool of this topic. */
async function within<R>(
  topic: string,
  work: () => Promise<R>,
  call: CallOptions = {},
): Promise<R> {
  return world.hp.guard<object, R>(work, { topic: `job.net.${topic}` })({}, {}, call);
}

describe.each([
  ["fetch", get],
  ["undici's request", request],
])("%s", (_name, fetching) => {
  test("reaches a host of the list and no other, also where a connection is open already", async () => {
    expect(await fetching(site("localhost"))).toBe("hello from localhost");
    hits = [];

    expect(await within("h1", () => fetching(site("localhost")))).toBe("hello from localhost");
    await expect(within("h0", () => fetching(site("localhost")))).rejects.toMatchObject({
      name: "ConstraintViolated",
      constraint: "network_allowlist",
      reason: `no request to localhost:${port}, only to 127.0.0.1`,
    });
    expect(hits).toEqual(["localhost/"]);
    expect(await fetching(site("localhost"))).toBe("hello from localhost");
  });

  test("reaches nothing under an empty list", async () => {
    await expect(within("none", () => fetching(site("localhost")))).rejects.toMatchObject({
      name: "ConstraintViolated",
    });
    expect(hits).toEqual([]);
  });

  test("is held to the port, where the list names one", async () => {
    const refused = within("h3", () => fetching(site("127.0.0.1")));

    await expect(refused).rejects.toMatchObject({ name: "ConstraintViolated" });
    await expect(within("h2", () => fetching(site("localhost")))).rejects.toMatchObject({
      name: "ConstraintViolated",
    });
    expect(hits).toEqual([]);
  });

  test("of two calls at once is kept to the list of each", async () => {
    const both = async (): Promise<string[]> => {
      const answers: string[] = [];
      for (const host of ["localhost", "127.0.0.1", "localhost"]) {
        const answer = fetching(site(host, `/${host}`)).catch(() => "refused");
        answers.push(await answer);
      }
      return answers;
    };
    const free = both();
    const [one, two] = await Promise.all([within("h1", both), within("none", both)]);

    expect(one?.[0]).toBe("hello from localhost");
    expect(one?.[1]).toBe("refused");
    expect(two).toEqual(["refused", "refused", "refused"]);
    expect((await free)[0]).toBe("hello from localhost");
  });
});

describe("a redirect", () => {
  const away = (): string => site("localhost", `/?to=${site("127.0.0.1", "/secret")}`);

  test("to a host that is not in the list is not followed", async () => {
    await get(site("127.0.0.1"));
    hits = [];

    await expect(within("h1", () => get(away()))).rejects.toMatchObject({
      name: "ConstraintViolated",
      reason: `no request to 127.0.0.1:${port}, only to localhost`,
    });
    expect(hits.filter((hit) => hit.includes("secret"))).toEqual([
      `localhost${new URL(away()).pathname}${new URL(away()).search}`,
    ]);
  });

  test("within the list is followed", async () => {
    const home = site("localhost", `/?to=${site("localhost", "/home")}`);

    expect(await within("h1", () => get(home))).toBe("hello from localhost");
    expect(hits.at(-1)).toBe("localhost/home");
  });

  test("that undici follows by an interceptor is checked, on a connection of before the call", async () => {
    const redirect = undici.interceptors.redirect({ maxRedirections: 3 });
    await undici.request(site("localhost"));
    hits = [];
    const follow = (): Promise<unknown> =>
      undici.request(away(), { dispatcher: undici.getGlobalDispatcher().compose(redirect) });

    await expect(within("h1", follow)).rejects.toMatchObject({ name: "ConstraintViolated" });
    expect(hits).toHaveLength(1);
  });

  test("that the global dispatcher follows by itself is left to the tool", async () => {
    const before = undici.getGlobalDispatcher();
    const redirect = undici.interceptors.redirect({ maxRedirections: 3 });
    undici.setGlobalDispatcher(new undici.Agent().compose(redirect));
    try {
      expect(await within("h1", async () => (await request(away())) === "")).toBe(true);
      expect(hits).toHaveLength(1);
    } finally {
      undici.setGlobalDispatcher(before);
    }
  });
});

describe("the limit", () => {
  test("counts for what a call leaves running, and for nothing else after it", async () => {
    let late: Promise<string> = Promise.resolve("");
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    await within("none", async () => {
      late = gate.then(() => get(site("localhost")));
      late.catch(() => undefined);
    });

    expect(await get(site("localhost"))).toBe("hello from localhost");
    go();
    await expect(late).rejects.toThrow("fetch failed");
    expect(hits).toHaveLength(1);
  });

  test("of a tool counts within the tools that it calls, which still ask the server", async () => {
    const inner = (): Promise<string> => within("h1", () => get(site("localhost")));

    await expect(within("h0", inner)).rejects.toMatchObject({ name: "ConstraintViolated" });
    expect(hits).toEqual([]);
    expect(await within("h1", inner)).toBe("hello from localhost");
  });

  test("is the tool's own to keep where it says so", async () => {
    const tool = world.hp.guard<object, string>(() => get(site("localhost")), {
      topic: "job.net.h0",
      honours: ["network_allowlist"],
    });

    expect(await tool({})).toBe("hello from localhost");
  });

  test("that a tool made light of is in its result, and nothing was sent", async () => {
    const careless = within("h0", () => get(site("localhost")).catch(() => "offline"));

    expect(await careless).toBe("offline");
    expect(hits).toEqual([]);
  });

  test("is recorded as the reason of the failure", async () => {
    const hp = new Holdpoint({ url: world.url, apiKey: world.agentKey });
    const tool = hp.calls<object, string>(() => get(site("localhost")), { topic: "job.net.h0" });
    const { job } = await tool.propose({});

    await expect(tool.run(job)).rejects.toMatchObject({ cause: { message: "fetch failed" } });
    expect((await hp.job(job.job.id)).outcome).toMatchObject({
      status: "FAILED",
      summary: `ConstraintViolated: \`network_allowlist\` is not kept: no request to localhost:${port}, only to 127.0.0.1`,
    });
  });
});
