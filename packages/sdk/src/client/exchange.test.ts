// Requests by Node's client against a real server, and who gets fetch instead.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Exchange, exchangeBy, quickest, type Received } from "./exchange.ts";
import { withinHosts } from "./network-limit.ts";
import { nodeExchange } from "./node-exchange.ts";

let server: Server;
let url: string;
let sockets: Set<Socket>;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  answer = (_request, response) => response.end("{}");
  sockets = new Set();
  server = createServer((request, response) => {
    request.resume();
    request.on("end", () => answer(request, response));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const { signal } = new AbortController();
const sent = { method: "POST", headers: { "x-word": "a" }, body: '{"é":1}', signal };

function byNode(isQuiet = false): Exchange {
  const exchange = nodeExchange(isQuiet);
  if (exchange === null) throw new Error("this is Node");
  return exchange;
}

describe.each([
  ["a client that keeps its connections", false],
  ["a quiet one", true],
])("%s", (_name, isQuiet) => {
  test("sends body and headers, and reads status, headers and text", async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      const { method, headers } = request;
      seen.push(method, headers["x-word"], headers["content-length"]);
      response.writeHead(409, { "content-type": "application/json", "retry-after": "3" });
      response.end('{"é":2}');
    };
    const received = await byNode(isQuiet)(url, sent);
    expect(seen).toEqual(["POST", "a", "8"]);
    expect([received.status, received.text]).toEqual([409, '{"é":2}']);
    expect(received.header("retry-after")).toBe("3");
    expect(received.header("x-none")).toBeNull();
  });

  test("follows no redirect: it would take the key along", async () => {
    let requests = 0;
    answer = (_request, response) => {
      requests += 1;
      response.writeHead(307, { location: "/y" }).end();
    };
    await expect(byNode(isQuiet)(url, sent)).rejects.toThrow(/redirect/);
    expect(requests).toBe(1);
  });

  test("rejects an answer that is cut short", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{", () => response.destroy());
    };
    await expect(byNode(isQuiet)(url, sent)).rejects.toThrow();
  });

  test("ends with the reason of the signal, also while the answer comes", async () => {
    const leaving = new AbortController();
    answer = (_request, response) => {
      response.write("{");
      leaving.abort(new Error("gone away"));
    };
    const left = byNode(isQuiet)(url, { ...sent, signal: leaving.signal });
    await expect(left).rejects.toThrow("gone away");
    await expect(byNode(isQuiet)(url, { ...sent, signal: leaving.signal })).rejects.toThrow(
      "gone away",
    );
  });
});

test("A connection is used again, and one that the server closed meanwhile is no failure.", async () => {
  const exchange = byNode();
  await exchange(url, sent);
  const [first] = sockets;
  await exchange(url, sent);
  expect([...sockets]).toEqual([first]);
  first?.destroy();
  expect((await exchange(url, sent)).status).toBe(200);
});

test("A server that closes each connection before it answers is a failure, not a loop.", async () => {
  const exchange = byNode();
  await exchange(url, sent);
  answer = (request) => request.socket.destroy();
  await expect(exchange(url, sent)).rejects.toThrow();
});

describe("whoever put something under the global fetch gets fetch", () => {
  const received: Received = { status: 200, text: "", header: () => null };
  const asked: string[] = [];
  const by = (name: string) => async (): Promise<Received> => {
    asked.push(name);
    return received;
  };
  const exchange = quickest(by("fetch"), by("node"));
  const place = Symbol.for("undici.globalDispatcher.1");
  let own: unknown;

  beforeEach(() => {
    asked.length = 0;
    // Node makes its own when one of these is first used.
    void new Headers();
    own = Reflect.get(globalThis, place);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    Reflect.set(globalThis, place, own);
  });

  test("nobody did", async () => {
    await exchange(url, sent);
    expect(asked).toEqual(["node"]);
  });

  test("only a limit of this package did, for a tool", async () => {
    withinHosts(
      ["example.com"],
      (host) => new Error(host),
      () => undefined,
    );
    expect(Reflect.get(globalThis, place)).not.toBe(own);
    await exchange(url, sent);
    expect(asked).toEqual(["node"]);
  });

  test("another fetch", async () => {
    vi.stubGlobal("fetch", async () => new Response());
    await exchange(url, sent);
    expect(asked).toEqual(["fetch"]);
  });

  test.each<[string, () => object]>([
    ["a mock", () => ({ dispatch: () => true })],
    ["a composed one", () => Object.assign(Object.create(own as object), { dispatch: () => true })],
    ["one with certificates", () => withOptions({ connect: { ca: "x" } })],
    ["one whose options are not seen", () => withOptions(null)],
  ])("another dispatcher: %s", async (_name, make) => {
    Reflect.set(globalThis, place, make());
    await exchange(url, sent);
    expect(asked).toEqual(["fetch"]);
  });

  /** As the platform's own, but for its options. */
  function withOptions(options: object | null): object {
    class Agent {
      dispatch(): boolean {
        return true;
      }
    }
    const agent = new Agent();
    if (options !== null) Reflect.set(agent, Symbol("options"), options);
    return agent;
  }
});

test("Where there is no other way, fetch is asked, and follows no redirect either.", async () => {
  const exchange = quickest(
    exchangeBy((input, init) => fetch(input, init)),
    null,
  );
  expect((await exchange(url, sent)).text).toBe("{}");
  answer = (_request, response) => response.writeHead(307, { location: "/y" }).end();
  await expect(exchange(url, sent)).rejects.toThrow();
});

test("A signal ends an answer that came by fetch, also where fetch does not listen to it any more.", async () => {
  const leaving = new AbortController();
  const body = new ReadableStream({ start: (one) => one.enqueue(Buffer.from("{")) });
  const exchange = exchangeBy(async () => new Response(body));
  const left = exchange(url, { ...sent, signal: leaving.signal });
  leaving.abort(new Error("gone away"));
  await expect(left).rejects.toThrow("gone away");
});

test("An answer without a body has no text.", async () => {
  const exchange = exchangeBy(async () => new Response(null, { status: 204 }));
  expect(await exchange(url, sent)).toMatchObject({ status: 204, text: "" });
});

test("A letter that is cut by two chunks of fetch stays whole.", async () => {
  const parts = [Buffer.from([0xc3]), Buffer.from([0xa9])];
  const body = new ReadableStream({
    start(one) {
      for (const part of parts) one.enqueue(part);
      one.close();
    },
  });
  expect((await exchangeBy(async () => new Response(body))(url, sent)).text).toBe("é");
});
