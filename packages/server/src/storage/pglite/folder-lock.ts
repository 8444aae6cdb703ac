// One process at a time in a data folder: two would lose each other's acknowledged rows silently.

import { statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { HoldpointError } from "@holdpoint/core/error/error";
import { leasePath, readLease, takeLease, type LeaseOptions } from "./lease.ts";

export interface FolderLock {
  release(): Promise<void>;
}

export type LockOptions = Omit<LeaseOptions, "placeIsFree">;

function locked(dir: string): HoldpointError {
  const lease = readLease(dir)?.lease;
  const who = lease === undefined ? "another process" : `process ${lease.pid} on ${lease.host}`;
  return new HoldpointError("storage_locked", {
    message:
      `the data folder ${dir} is open in ${who}; stop that process or choose another folder ` +
      `with --data (if you are sure that it is gone, delete ${leasePath(dir)})`,
    facts: lease === undefined ? {} : { pid: lease.pid, host: lease.host },
  });
}

/**
 * The kernel frees an abstract socket when its process dies, however it dies. It is named by
 * device and inode, so that two paths to one folder meet. It does not reach into another network
 * namespace or host; the lease file does.
 */
async function bindSocket(dir: string): Promise<Server | "taken" | "unsupported"> {
  if (process.platform !== "linux") return "unsupported";
  const { dev, ino } = statSync(dir, { bigint: true });
  const server = createServer((connection) => connection.destroy());
  return await new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve("taken") : reject(error),
    );
    server.listen({ path: `\0holdpoint-${dev}-${ino}` }, () => {
      server.unref();
      resolve(server);
    });
  });
}

async function closeSocket(socket: Server | "unsupported"): Promise<void> {
  if (socket === "unsupported") return;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

export async function lockFolder(dir: string, options: LockOptions): Promise<FolderLock> {
  const socket = await bindSocket(dir);
  if (socket === "taken") throw locked(dir);
  try {
    const lease = await takeLease(dir, { ...options, placeIsFree: socket !== "unsupported" });
    if (lease === undefined) throw locked(dir);
    return {
      release: async () => {
        lease.release();
        await closeSocket(socket);
      },
    };
  } catch (error) {
    await closeSocket(socket);
    throw error;
  }
}
