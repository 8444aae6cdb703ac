// An HTTP/1.1 client over plain sockets, so that the load generator costs little of what it measures.
import { connect } from "node:net";

const headEnd = Buffer.from("\r\n\r\n");

/** @typedef {{ status: number, body: string }} Answer */
/** @typedef {{ send: (request: string) => Promise<Answer>, close: () => void }} Connection */

/**
 * Each connection carries one request at a time; further ones open when all are taken.
 *
 * @param {{ port: number, headers?: Record<string, string> }} options
 */
export function openHttp({ port, headers = {} }) {
  /** @type {Set<Connection>} */
  const all = new Set();
  /** @type {Connection[]} */
  const idle = [];
  const common = Object.entries({ host: `127.0.0.1:${port}`, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const forget = (/** @type {Connection} */ ended) => {
    all.delete(ended);
    const place = idle.indexOf(ended);
    if (place >= 0) idle.splice(place, 1);
  };
  const send = async (/** @type {string} */ request) => {
    const connection = idle.pop() ?? openConnection(port, forget);
    all.add(connection);
    const answer = await connection.send(request);
    idle.push(connection);
    return answer;
  };
  const withBody = (
    /** @type {string} */ method,
    /** @type {string} */ path,
    /** @type {unknown} */ body,
  ) => {
    const text = JSON.stringify(body);
    const length = Buffer.byteLength(text);
    const more = `content-type: application/json\r\ncontent-length: ${length}\r\n`;
    return `${method} ${path} HTTP/1.1\r\n${common}${more}\r\n${text}`;
  };
  return {
    /** @param {string} path @returns {Promise<Answer>} */
    get: (path) => send(`GET ${path} HTTP/1.1\r\n${common}\r\n`),
    /** @param {string} path @param {unknown} body @returns {Promise<Answer>} */
    post: (path, body) => send(withBody("POST", path, body)),
    /** @param {string} path @param {unknown} body @returns {Promise<Answer>} */
    put: (path, body) => send(withBody("PUT", path, body)),
    close: () => {
      for (const connection of all) connection.close();
    },
  };
}

/**
 * @param {number} port
 * @param {(connection: Connection) => void} onEnd
 * @returns {Connection}
 */
function openConnection(port, onEnd) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let received = Buffer.alloc(0);
  /** @type {{ resolve: (answer: Answer) => void, reject: (error: Error) => void } | undefined} */
  let waiting;
  const fail = (/** @type {Error} */ error) => {
    onEnd(connection);
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("The server closed the connection.")));
  socket.on("data", (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = parseAnswer(received);
    if (answer === undefined) return;
    received = Buffer.alloc(0);
    const done = waiting;
    waiting = undefined;
    done?.resolve(answer);
  });
  const connection = {
    send: (/** @type {string} */ request) =>
      /** @type {Promise<Answer>} */ (
        new Promise((resolve, reject) => {
          waiting = { resolve, reject };
          socket.write(request);
        })
      ),
    close: () => socket.destroy(),
  };
  return connection;
}

/**
 * @param {Buffer} received
 * @returns {Answer | undefined} Nothing while a part is missing.
 */
function parseAnswer(received) {
  const headLength = received.indexOf(headEnd);
  if (headLength < 0) return undefined;
  const head = received.toString("latin1", 0, headLength);
  const status = Number(head.slice(9, 12));
  const start = headLength + headEnd.length;
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const body = joinChunks(received, start);
    return body === undefined ? undefined : { status, body };
  }
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (received.length < start + length) return undefined;
  return { status, body: received.toString("utf8", start, start + length) };
}

/**
 * @param {Buffer} received
 * @param {number} start
 * @returns {string | undefined}
 */
function joinChunks(received, start) {
  const parts = [];
  for (let at = start; ;) {
    const lineEnd = received.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(received.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (received.length < next) return undefined;
    if (size === 0) return Buffer.concat(parts).toString("utf8");
    parts.push(received.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
