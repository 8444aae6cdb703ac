// Watches one file through its folder, because editors replace files, and calls once it is at rest.

import { watch } from "node:fs";
import path from "node:path";

const settleMs = 200;

export interface WatchedFile {
  readonly file: string;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/** Answers how to stop. */
export function watchFile({ file, onChange, onError }: WatchedFile): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(path.dirname(path.resolve(file)), (_event, name) => {
    if (name !== path.basename(file)) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs);
  });
  watcher.on("error", onError);
  watcher.unref();
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
