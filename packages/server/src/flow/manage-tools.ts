// The tool registry: read, changed entry by entry or by a file; every state of it is kept by its content.

import type { Digest } from "@holdpoint/core/base/digest";
import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import { toolsMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import { readBundle } from "@holdpoint/core/policy/bundle";
import type { Finding } from "@holdpoint/core/policy/finding";
import {
  loadRegistry,
  registryFromJson,
  type RegistryReading,
} from "@holdpoint/core/policy-file/read-tools";
import {
  emptyRegistry,
  type Registry,
  registryDigest,
  registryToJson,
  sortEntries,
  type ToolEntry,
  toolToJson,
} from "@holdpoint/core/policy/registry";
import type { EventActor } from "@holdpoint/core/record/event";
import {
  type ToolPage,
  type ToolRequest,
  type ToolsImported,
  type ToolView,
  toolViewOf,
} from "@holdpoint/core/wire/tools";
import type { ToolsRecord } from "../storage/store.ts";
import { type Context, type Engine, requirePerson, requireViewer } from "./context.ts";
import { FileRefused, findingView } from "./file-refused.ts";
import { record } from "./record.ts";

/** Changes that meet another one are made again on top of it, this often. */
const attemptsMax = 8;
const idsTold = 100;

export async function listTools(ctx: Context): Promise<ToolPage> {
  requireViewer(ctx);
  return pageOf((await activeTools(ctx, ctx.caller.tenant)).registry);
}

/** SECURITY: the registry says what is risky, so only people who administer change it. */
export async function putTool(ctx: Context, id: string, request: ToolRequest): Promise<ToolView> {
  const author = personActor(requirePerson(ctx, "admin"));
  const json = { version: "v1", tools: [{ ...(request as JsonObject), id }] };
  const [entry] = entriesOf(registryFromJson(json), "/tools/0").entries;
  if (entry === undefined)
    throw new HoldpointError("tools_invalid", { message: "it says nothing" });
  await changeTools(ctx, { tenant: ctx.caller.tenant, author, file: null }, ({ entries }) => {
    const others = entries.filter((one) => one.id !== id);
    if (others.length >= toolsMax) {
      throw new HoldpointError("tools_invalid", { message: `at most ${toolsMax} tools` });
    }
    return { entries: sortEntries([...others, entry]) };
  });
  return toolViewOf(entry);
}

export async function removeTool(ctx: Context, id: string): Promise<ToolPage> {
  const author = personActor(requirePerson(ctx, "admin"));
  const { after } = await changeTools(
    ctx,
    { tenant: ctx.caller.tenant, author, file: null },
    ({ entries }) => {
      const others = entries.filter((one) => one.id !== id);
      if (others.length < entries.length) return { entries: others };
      throw new HoldpointError("tool_not_found", { message: `the registry has no tool \`${id}\`` });
    },
  );
  return pageOf(after);
}

export async function importTools(ctx: Context, source: string): Promise<ToolsImported> {
  const author = personActor(requirePerson(ctx, "admin"));
  return replaceTools(ctx, { tenant: ctx.caller.tenant, author, file: null }, source);
}

export interface Author {
  readonly tenant: string;
  readonly author: EventActor;
  /** Name of the file that the change comes from; null for a call. */
  readonly file: string | null;
}

/** Makes the registry what a file says; throws with all that is wrong with it. */
export async function replaceTools(
  engine: Engine,
  author: Author,
  source: string,
): Promise<ToolsImported> {
  const read = entriesOf(loadRegistry(source));
  const { before, after } = await changeTools(engine, author, () => ({ entries: read.entries }));
  return {
    ...pageOf(after),
    removed: [...differenceOf(before, after).removed],
    findings: read.findings.map(findingView),
  };
}

function entriesOf(
  reading: RegistryReading,
  prefix = "",
): { entries: readonly ToolEntry[]; findings: readonly Finding[] } {
  if (reading.ok) return { entries: reading.registry.entries, findings: reading.findings };
  const findings = reading.findings.map((finding) =>
    finding.path.startsWith(prefix)
      ? { ...finding, path: finding.path.slice(prefix.length) }
      : finding,
  );
  throw new FileRefused("tools_invalid", findings);
}

/** The active registry; empty before the first policy. */
export async function registryOf(engine: Engine, tenant: string): Promise<Registry> {
  const active = await engine.store.activePolicy(tenant);
  return active === null ? emptyRegistry : readRegistry(engine, tenant, active.bundle);
}

interface ActiveTools {
  readonly bundle: string;
  readonly registry: Registry;
}

export async function activeTools(engine: Engine, tenant: string): Promise<ActiveTools> {
  const active = await engine.store.activePolicy(tenant);
  if (active === null) {
    throw new HoldpointError("policy_not_found", {
      message: `tenant \`${tenant}\` has no active policy; publish one first`,
    });
  }
  const { bundle } = active;
  return { bundle, registry: await readRegistry(engine, tenant, bundle) };
}

async function readRegistry(engine: Engine, tenant: string, bundle: string): Promise<Registry> {
  const { tools } = readBundle(bundle);
  const stored = tools === null ? null : await engine.store.findTools(tenant, tools);
  const reading = stored === null ? null : registryFromJson(JSON.parse(stored.registry) as Json);
  return reading?.ok === true ? reading.registry : emptyRegistry;
}

async function changeTools(
  engine: Engine,
  by: Author,
  change: (registry: Registry) => Registry,
): Promise<{ before: Registry; after: Registry }> {
  const { tenant } = by;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const { bundle, registry: before } = await activeTools(engine, tenant);
    const after = change(before);
    if (registryDigest(after) === registryDigest(before)) return { before, after };
    const event = changedEvent(engine, by, { before, after });
    const stored = recordOf(engine, by, after);
    if (await engine.store.activateTools(tenant, stored, bundle, event)) {
      engine.policies.forget(tenant);
      engine.hub.changed(tenant, []);
      return { before, after };
    }
  }
  throw new HoldpointError("policy_stale", {
    message: "policy or tools changed again and again meanwhile; try again",
  });
}

function recordOf(engine: Engine, { author }: Author, registry: Registry): ToolsRecord | null {
  const digest = registryDigest(registry);
  if (digest === null) return null;
  const text = canonicalJson(registryToJson(registry));
  return { digest, registry: text, author: author.id, createdAt: engine.clock.now() };
}

interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

function differenceOf(before: Registry, after: Registry): Difference {
  const textsOf = ({ entries }: Registry): Map<string, string> =>
    new Map(entries.map((entry) => [entry.id, canonicalJson(toolToJson(entry))]));
  const [old, now] = [textsOf(before), textsOf(after)];
  return {
    added: [...now.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !now.has(id)),
    changed: [...now].filter(([id, text]) => old.has(id) && old.get(id) !== text).map(([id]) => id),
  };
}

function changedEvent(
  engine: Engine,
  { tenant, author, file }: Author,
  { before, after }: { before: Registry; after: Registry },
): ReturnType<typeof record>[number] {
  const { added, removed, changed } = differenceOf(before, after);
  const [event] = record(engine, tenant, [
    {
      type: "tools.changed",
      at: engine.clock.now(),
      actor: author,
      jobId: null,
      revision: null,
      before: registryDigest(before),
      after: registryDigest(after),
      jobHash: null,
      snapshot: null,
      payload: {
        file,
        tools: after.entries.length,
        added: added.slice(0, idsTold),
        removed: removed.slice(0, idsTold),
        changed: changed.slice(0, idsTold),
      },
    },
  ]);
  if (event === undefined) throw new HoldpointError("internal", { message: "no event" });
  return event;
}

function pageOf(registry: Registry): ToolPage {
  const digest: Digest | null = registryDigest(registry);
  return { items: registry.entries.map(toolViewOf), digest };
}
