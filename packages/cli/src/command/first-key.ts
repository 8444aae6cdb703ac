// The key with which the first person of a new installation makes all others.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { RunningServer } from "@holdpoint/server";
import { addKey } from "@holdpoint/server/flow/manage-keys";
import type { Terminal } from "../output/terminal.ts";

const TENANT = "default";
const FILE = "first-admin.key";
const FOLDER_DEFAULT = ".holdpoint";

/**
 * Makes an admin's key when nobody has one that is live. SECURITY: the secret goes to a file that only
 * this user can read, not to a terminal or a log.
 */
export async function provideFirstKey(
  engine: RunningServer["engine"],
  folder: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const now = engine.clock.now();
  const keys = await engine.store.listKeys(TENANT);
  const hasAdmin = keys.some(
    (key) => key.scopes.includes("admin") && key.revokedAt === null && key.expiresAt > now,
  );
  if (hasAdmin) return;
  const file = path.resolve(folder ?? FOLDER_DEFAULT, FILE);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const made = await addKey(engine, {
    tenant: TENANT,
    by: { kind: "system", id: "start" },
    request: {
      kind: "person",
      subject: "admin",
      name: "First start",
      scopes: ["read", "review", "admin"],
      expires_in: "7d",
    },
  });
  await writeFile(file, `${made.secret}\n`, { mode: 0o600 });
  terminal.note(`Nobody had an admin's key. One for 7 days is in ${file}; make your own with it:`);
  terminal.note(
    `  HOLDPOINT_API_KEY=$(cat ${file}) holdpoint keys create --person you@example.com \\`,
  );
  terminal.note("    --scope read review admin");
}
