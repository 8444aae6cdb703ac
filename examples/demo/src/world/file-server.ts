// The MCP filesystem server from npm, run over stdio and confined to the scratch folder.

import { createRequire } from "node:module";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

interface Edit {
  readonly oldText: string;
  readonly newText: string;
}

export interface FileServer {
  read(path: string): Promise<string>;
  write(path: string, content: string): Promise<void>;
  /** Changes the file, or with `dryRun` only says how it would change; answers a unified diff. */
  edit(path: string, edits: readonly Edit[], dryRun: boolean): Promise<string>;
  close(): Promise<void>;
}

/** Starts the server as a child process; `close` ends it. Paths are relative to `folder`. */
export async function startFileServer(folder: string): Promise<FileServer> {
  const require = createRequire(import.meta.url);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [require.resolve("@modelcontextprotocol/server-filesystem/dist/index.js"), folder],
    stderr: "ignore",
  });
  const client = new Client({ name: "holdpoint-demo", version: "0.1.0" });
  await client.connect(transport);
  const call = async (name: string, input: Record<string, unknown>): Promise<string> => {
    const answer = await client.callTool({ name, arguments: input });
    const text = textOf(answer.content);
    if (answer.isError === true) throw new Error(text.replaceAll(`${folder}/`, ""));
    return text;
  };
  return {
    read: (path) => call("read_text_file", { path: join(folder, path) }),
    async write(path, content) {
      await call("write_file", { path: join(folder, path), content });
    },
    async edit(path, edits, dryRun) {
      const answer = await call("edit_file", { path: join(folder, path), edits, dryRun });
      return bareDiff(answer).replaceAll(join(folder, path), path);
    },
    close: () => client.close(),
  };
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      typeof part === "object" && part !== null && "text" in part ? String(part.text) : "",
    )
    .join("\n");
}

/** The server wraps its diff in a Markdown fence and an `Index:` heading. */
function bareDiff(answer: string): string {
  return answer
    .split("\n")
    .filter((line) => !/^(`{3,}|Index: |={10,})/.test(line))
    .join("\n")
    .trim();
}
