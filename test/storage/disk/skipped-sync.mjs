// A disk whose fsync does nothing and says that it worked, as an upstream change could make it.

export function attach(files) {
  files.stream_ops.fsync = () => 0;
}
