// Loaded into a server before it starts: connections that come many at a time over one socket, each with an HTTP server's
// own end to it. A process may open fewer files than a server has to serve agents.
import { createServer, Server as NetServer } from "node:net";
import { Server as HttpServer } from "node:http";
import { Duplex } from "node:stream";

import { Frames, frameOf } from "./frames.mjs";

const port = Number(process.env["HOLDPOINT_BENCH_CARRIER_PORT"]);
const { listen } = NetServer.prototype;
let isOpen = false;

NetServer.prototype.listen = function (...parts) {
  if (this instanceof HttpServer && !isOpen) {
    isOpen = true;
    openCarrier(this);
  }
  return Reflect.apply(listen, this, parts);
};

/** @param {HttpServer} server */
function openCarrier(server) {
  const carriers = createServer((carrier) => {
    /** @type {Map<number, VirtualSocket>} */
    const sockets = new Map();
    const frames = new Frames((id, bytes) => {
      let socket = sockets.get(id);
      if (socket === undefined) {
        socket = new VirtualSocket(carrier, id);
        sockets.set(id, socket);
        socket.on("close", () => sockets.delete(id));
        server.emit("connection", socket);
      }
      socket.push(bytes.length === 0 ? null : bytes);
    });
    carrier.on("data", (chunk) => frames.take(chunk));
    carrier.on("close", () => {
      for (const socket of sockets.values()) socket.destroy();
    });
    carrier.on("error", () => carrier.destroy());
  });
  Reflect.apply(listen, carriers, [port, "127.0.0.1"]);
  server.on("close", () => carriers.close());
}

/** What the HTTP server takes for a socket. */
class VirtualSocket extends Duplex {
  remoteAddress = "127.0.0.1";
  remoteFamily = "IPv4";
  remotePort = 1;
  localAddress = "127.0.0.1";
  localPort = 1;
  #carrier;
  #id;

  /** @param {import("node:net").Socket} carrier @param {number} id */
  constructor(carrier, id) {
    super({ allowHalfOpen: true });
    this.#carrier = carrier;
    this.#id = id;
  }

  _read() {}

  /** @param {Buffer} chunk @param {string} _encoding @param {() => void} done */
  _write(chunk, _encoding, done) {
    this.#carrier.write(frameOf(this.#id, chunk));
    done();
  }

  /** @param {{ chunk: Buffer, encoding: string }[]} chunks @param {() => void} done */
  _writev(chunks, done) {
    const whole = Buffer.concat(
      chunks.map(({ chunk, encoding }) =>
        Buffer.from(chunk, /** @type {BufferEncoding} */ (encoding)),
      ),
    );
    this.#carrier.write(frameOf(this.#id, whole));
    done();
  }

  /** @param {() => void} done */
  _final(done) {
    this.#carrier.write(frameOf(this.#id, Buffer.alloc(0)));
    done();
  }

  destroySoon() {
    this.end(() => this.destroy());
  }

  setTimeout() {
    return this;
  }

  setNoDelay() {
    return this;
  }

  setKeepAlive() {
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }
}
