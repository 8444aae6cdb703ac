// The real things that the agent's tools act on: files, a table and mail, opened and closed together.

import { type CustomerTable, openCustomerTable } from "./customer-table.ts";
import { type FileServer, startFileServer } from "./file-server.ts";
import { type Mailbox, openMailbox } from "./mailbox.ts";
import { prepareScratchFolder } from "./scratch-folder.ts";

export interface World {
  readonly folder: string;
  readonly files: FileServer;
  readonly customers: CustomerTable;
  readonly mailbox: Mailbox;
  /** Ends the child process, the thread and the server; the folder stays. */
  close(): Promise<void>;
}

/** Opens everything, or nothing: what was opened before a failure is closed again. */
export async function openWorld(parentFolder: string | undefined): Promise<World> {
  const folder = await prepareScratchFolder(parentFolder);
  const opening = [startFileServer(folder), openCustomerTable(), openMailbox(folder)] as const;
  const close = async (): Promise<void> => {
    for (const part of await Promise.allSettled(opening)) {
      if (part.status === "fulfilled") await part.value.close();
    }
  };
  try {
    const [files, customers, mailbox] = await Promise.all(opening);
    return { folder, files, customers, mailbox, close };
  } catch (error) {
    await close();
    throw error;
  }
}
