// The demo's folder: a support ticket, a production configuration, and room for what the agent makes.

import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ticketPath = "tickets/4711.md";
export const configPath = "config/checkout.prod.yaml";

const ticket = `# Ticket 4711

- From: Mara Lindqvist <mara.lindqvist@shop.example>
- Opened: 2026-11-18

Two things before the weekend, please:

1. Delete the customers whose accounts were closed before 2024-07-01. Our retention period has
   ended for them, and the privacy team has asked about it twice.
2. Checkout ran out of database connections twice on Friday evening.
   Raise pool.max_connections from 20 to 60.

Write to me when you start.
`;

const config = `# Checkout service, production.
service: checkout
region: eu-central-1
pool:
  max_connections: 20
  idle_timeout_sec: 30
payments:
  provider: adyen
  capture: automatic
`;

/** Makes a new folder with its first files, below `parent` or among the temporary ones. */
export async function prepareScratchFolder(parent: string | undefined): Promise<string> {
  if (parent !== undefined) await mkdir(parent, { recursive: true });
  // The filesystem server compares real paths, and a temporary folder may be behind a link.
  const folder = await realpath(await mkdtemp(join(parent ?? tmpdir(), "holdpoint-demo-")));
  for (const name of ["tickets", "config", "drafts", "mailbox"]) await mkdir(join(folder, name));
  await writeFile(join(folder, ticketPath), ticket);
  await writeFile(join(folder, configPath), config);
  return folder;
}
