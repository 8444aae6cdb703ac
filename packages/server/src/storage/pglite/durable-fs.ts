// The file system under the embedded database: the host's, with an fsync that reaches the disk.

import { constants, fsyncSync } from "node:fs";
import { NodeFS } from "@electric-sql/pglite/nodefs";

export interface HostStream {
  readonly nfd: number;
  readonly node: { readonly mode: number };
}

/** The part of Emscripten's NODEFS that is used here; tests wrap the rest of it. */
export interface HostFiles {
  readonly stream_ops: { fsync?: (stream: HostStream) => number };
  tryFSOperation<T>(operation: () => T): T;
}

export interface DiskWatch {
  /** Called after each fsync that the operating system confirmed. */
  onSync(): void;
  /** Called when an fsync failed: from then on nothing may be acknowledged. */
  onFault(error: Error): void;
  /** Sees the file operations after the fsync is in place; only tests have one. */
  attach?: ((files: HostFiles) => void) | undefined;
}

type EngineOptions = Parameters<NodeFS["init"]>[1];

// Emscripten does not type what it adds to its module at run time.
function hostFilesOf(module: unknown): HostFiles {
  return (module as { NODEFS: HostFiles }).NODEFS;
}

/** Directories cannot be synced everywhere; PostgreSQL ignores that too, and so do we. */
function mayIgnore(stream: HostStream, error: unknown): boolean {
  const isDirectory = (stream.node.mode & constants.S_IFMT) === constants.S_IFDIR;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return isDirectory && ["EBADF", "EINVAL", "EISDIR", "EPERM", "EACCES"].includes(code);
}

export class DurableFs extends NodeFS {
  readonly #watch: DiskWatch;

  constructor(dataDir: string, watch: DiskWatch) {
    super(dataDir);
    this.#watch = watch;
  }

  override init(...[engine, options]: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    // INVARIANT: NODEFS has no fsync of its own, and Emscripten calls that a success.
    const install = (module: unknown): void => this.#install(hostFilesOf(module));
    const preRun = [...(options.preRun ?? []), install] as NonNullable<EngineOptions["preRun"]>;
    return super.init(engine, { ...options, preRun });
  }

  #install(files: HostFiles): void {
    files.stream_ops.fsync = (stream) =>
      files.tryFSOperation(() => {
        try {
          fsyncSync(stream.nfd);
        } catch (error) {
          if (mayIgnore(stream, error)) return 0;
          this.#watch.onFault(error as Error);
          throw error;
        }
        this.#watch.onSync();
        return 0;
      });
    this.#watch.attach?.(files);
  }
}

/**
 * What the engine is started with. Its own default holds `-F`, which turns fsync off, and leaves
 * `wal_sync_method` at fdatasync, which never leaves the WebAssembly module.
 */
export function startParamsOf(sharedBuffersMb: number): string[] {
  const settings = [
    "search_path=public",
    "exit_on_error=false",
    "log_checkpoints=false",
    "max_worker_processes=0",
    "max_parallel_workers=0",
    "max_parallel_workers_per_gather=0",
    "max_parallel_maintenance_workers=0",
    "io_method=sync",
    "fsync=on",
    "wal_sync_method=fsync",
    "synchronous_commit=on",
    "full_page_writes=on",
    "min_wal_size=32MB",
    "max_wal_size=64MB",
    `shared_buffers=${sharedBuffersMb}MB`,
  ];
  return ["--single", "-O", "-j", ...settings.flatMap((setting) => ["-c", setting])];
}
