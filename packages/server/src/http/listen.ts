// The listening socket: takes the port first, answers 503 until the rest is up, closes without cutting answers.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, type Http2Bindings, type HttpBindings } from "@hono/node-server";
import { HoldpointError } from "@holdpoint/core/error/error";

type Fetch = (
  request: Request,
  sockets: HttpBindings | Http2Bindings,
) => Response | Promise<Response>;

export interface Door {
  readonly url: string;
  readonly port: number;
  open(fetch: Fetch): void;
  /** Lets answers that are under way finish, then ends idle connections. */
  close(): Promise<void>;
}

const headersTimeoutMs = 15_000;
const requestTimeoutMs = 60_000;
const closeWithinMs = 5_000;
const sweepEveryMs = 20;

export async function listen(options: { host: string; port: number }): Promise<Door> {
  let answer = (_request: IncomingMessage, response: ServerResponse): unknown =>
    response.writeHead(503, { "retry-after": "1" }).end();
  const server = createServer((request, response) => answer(request, response));
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, options)));
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const name = options.host === "127.0.0.1" ? "localhost" : options.host;
  return {
    url: `http://${name.includes(":") ? `[${name}]` : name}:${port}`,
    port,
    open: (fetch) => {
      answer = getRequestListener(fetch);
    },
    close: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), closeWithinMs);
        // A connection whose answer ends from now on is idle, and would keep the server open.
        const sweep = setInterval(() => server.closeIdleConnections(), sweepEveryMs);
        server.close(() => {
          clearTimeout(cut);
          clearInterval(sweep);
          resolve();
        });
      }),
  };
}

function listenError(
  error: NodeJS.ErrnoException,
  options: { host: string; port: number },
): HoldpointError {
  const message =
    error.code === "EADDRINUSE"
      ? `port ${options.port} is taken; stop what listens there or choose another with --port`
      : `cannot listen on ${options.host}:${options.port} (${error.code ?? error.message})`;
  return new HoldpointError("config_invalid", { message }, { cause: error });
}
