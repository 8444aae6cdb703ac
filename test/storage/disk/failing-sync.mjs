// A disk whose fsync fails from the moment on that the file named in `?when=` exists.

import { existsSync } from "node:fs";

const flag = new URL(import.meta.url).searchParams.get("when");
const closedDescriptor = 2 ** 30;

export function attach(files) {
  const { fsync } = files.stream_ops;
  files.stream_ops.fsync = (stream) =>
    fsync(existsSync(flag) ? { nfd: closedDescriptor, node: stream.node } : stream);
}
