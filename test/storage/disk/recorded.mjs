// A disk that writes down, in order, every change and every fsync, into the file in `?log=`.

import { fstatSync, lstatSync, openSync, writeSync } from "node:fs";

const log = new URL(import.meta.url).searchParams.get("log");

/** Wraps the engine's file operations; each entry is one line of JSON. */
export function record(files, logPath) {
  const descriptor = openSync(logPath, "a");
  const ids = new Map();
  let lastId = 0;
  const note = (entry) => writeSync(descriptor, `${JSON.stringify(entry)}\n`);
  const pathIn = (parent, name) => `${files.realPath(parent)}/${name}`;
  const fresh = (inode) => {
    lastId += 1;
    ids.set(inode, lastId);
    return lastId;
  };
  const idOf = (stat, path) => {
    const known = ids.get(stat.ino);
    if (known !== undefined) return known;
    const id = fresh(stat.ino);
    note({ op: "bind", path, id });
    return id;
  };
  const idOfStream = (stream) => idOf(fstatSync(stream.nfd), files.realPath(stream.node));
  const after = (object, name, tell) => {
    const original = object[name];
    object[name] = (...args) => {
      const result = original?.(...args);
      tell(result, ...args);
      return result;
    };
  };
  const before = (object, name, tell) => {
    const original = object[name];
    object[name] = (...args) => {
      tell(...args);
      return original(...args);
    };
  };
  const { node_ops: nodes, stream_ops: streams } = files;
  after(nodes, "mknod", (node) => {
    const path = files.realPath(node);
    const stat = lstatSync(path);
    if (stat.isDirectory()) note({ op: "mkdir", path });
    else note({ op: "create", path, id: fresh(stat.ino) });
  });
  before(nodes, "rename", (node, newDir, newName) => {
    const from = files.realPath(node);
    idOf(lstatSync(from), from);
    note({ op: "rename", from, to: pathIn(newDir, newName) });
  });
  before(nodes, "unlink", (parent, name) => note({ op: "unlink", path: pathIn(parent, name) }));
  before(nodes, "rmdir", (parent, name) => note({ op: "unlink", path: pathIn(parent, name) }));
  after(nodes, "setattr", (_result, node, { size }) => {
    const path = files.realPath(node);
    if (size !== undefined) note({ op: "resize", id: idOf(lstatSync(path), path), size });
  });
  after(streams, "setattr", (_result, stream, { size }) => {
    if (size !== undefined) note({ op: "resize", id: idOfStream(stream), size });
  });
  after(streams, "open", (_result, stream) => {
    const stat = fstatSync(stream.nfd);
    if (stat.isFile()) idOf(stat, files.realPath(stream.node));
  });
  after(streams, "write", (written, ...[stream, buffer, offset, , position]) => {
    const data = Buffer.from(buffer.buffer, buffer.byteOffset + offset, written);
    note({ op: "write", id: idOfStream(stream), position, data: data.toString("base64") });
  });
  if (streams.fsync === undefined) return;
  after(streams, "fsync", (_result, stream) => {
    const isFile = fstatSync(stream.nfd).isFile();
    note({ op: "sync", id: isFile ? idOfStream(stream) : 0 });
  });
}

export function attach(files) {
  record(files, log);
}
