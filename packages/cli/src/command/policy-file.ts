// Reads the policy, the registry and the snapshot that a command line names.

import { loadPolicy } from "@holdpoint/core/policy-file/load";
import type { Finding } from "@holdpoint/core/policy-file/load";
import type { Policy } from "@holdpoint/core/policy/policy";
import { loadRegistry } from "@holdpoint/core/policy-file/read-tools";
import { emptyRegistry, type Registry } from "@holdpoint/core/policy/registry";
import type { PolicyView } from "@holdpoint/core/wire/response";
import { CommandFailed } from "../output/exit-code.ts";
import { printFindings } from "../output/finding.ts";
import type { Terminal } from "../output/terminal.ts";
import { readText } from "./input.ts";
import { segment, type Server } from "./session.ts";

export interface PolicyFile {
  readonly policy: Policy;
  readonly text: string;
  readonly registry: Registry;
  readonly findings: readonly Finding[];
}

interface Reader {
  readonly terminal: Terminal;
  /** The tools file; parameters are not checked without one. */
  readonly tools?: string | undefined;
}

/** Ends the command when the file does not load, after everything that is wrong with it was said. */
export async function readPolicyFile(file: string, reader: Reader): Promise<PolicyFile> {
  const registry = await readRegistryFile(reader);
  return policyOf({ file, text: await readText(file) }, reader.terminal, registry);
}

export function policyOf(
  from: { readonly file: string; readonly text: string },
  terminal: Terminal,
  registry: Registry = emptyRegistry,
): PolicyFile {
  const { file, text } = from;
  const hasTools = registry.entries.length > 0;
  const loaded = hasTools ? loadPolicy(text, { registry }) : loadPolicy(text);
  const { findings } = loaded;
  if (loaded.ok) return { policy: loaded.policy, text, registry, findings };
  if (terminal.json) terminal.printJson({ ok: false, file, findings });
  else printFindings(terminal, from, findings);
  throw new CommandFailed(terminal.json ? "" : `${file} does not load`);
}

export async function readRegistryFile({ terminal, tools }: Reader): Promise<Registry> {
  if (tools === undefined) return emptyRegistry;
  const text = await readText(tools);
  const loaded = loadRegistry(text);
  if (loaded.ok) return loaded.registry;
  const { findings } = loaded;
  if (terminal.json) terminal.printJson({ ok: false, file: tools, findings });
  else printFindings(terminal, { file: tools, text }, findings);
  throw new CommandFailed(terminal.json ? "" : `${tools} does not load`);
}

/** A file, or `active`, or the digest of a snapshot that the server keeps. */
export async function readPolicyNamed(
  name: string,
  reader: Reader & { readonly server: Server },
): Promise<PolicyFile> {
  const path =
    name === "active"
      ? "/policies/active"
      : name.startsWith("sha256:")
        ? `/policies/${segment(name)}`
        : null;
  if (path === null) return readPolicyFile(name, reader);
  const { source } = await reader.server.get<PolicyView>(path);
  if (source === undefined) throw new CommandFailed(`the server has no text of \`${name}\``);
  return policyOf({ file: name, text: source }, reader.terminal, await readRegistryFile(reader));
}
