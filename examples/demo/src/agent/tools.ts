// The agent's six tools: what each does to the world, and what Holdpoint is told about it.

import type { Evidence, Holdpoint } from "@holdpoint/sdk";
import type { Tool } from "@openai/agents-core";
import { z } from "zod";
import type { Customer } from "../world/customer-row.ts";
import type { Sent } from "../world/mailbox.ts";
import { hostsOf } from "../world/network-allowlist.ts";
import { configPath, ticketPath } from "../world/scratch-folder.ts";
import type { World } from "../world/world.ts";
import { guardedTool, type ToolDefinition, type Watch } from "./guarded-tool.ts";

const production = ["prod", "write"];

/** All of them, each behind the guard. */
export function agentTools(hp: Holdpoint, world: World, watch: Watch): Tool[] {
  return [
    guardedTool(hp, readTicket(world), watch),
    guardedTool(hp, listCustomers(world), watch),
    guardedTool(hp, sendMail(world), watch),
    guardedTool(hp, deleteCustomers(world), watch),
    guardedTool(hp, editConfig(world), watch),
    guardedTool(hp, proposeFile(world), watch),
  ];
}

const ticketParams = z.strictObject({ path: z.string().regex(/^tickets\/[\w-]+\.md$/) });

function readTicket(world: World): ToolDefinition<z.infer<typeof ticketParams>, string> {
  return {
    name: "read_ticket",
    description: "Reads a support ticket.",
    params: ticketParams,
    guard: {
      topic: "job.files.read",
      tool: { server: "filesystem", name: "read_text_file" },
      reversible: true,
      describe: ({ path }) => ({ target: { resource: path } }),
      summary: (text) => `${text.length} characters read`,
    },
    run: ({ path }) => world.files.read(path),
  };
}

const listParams = z.strictObject({ status: z.enum(["active", "closed"]) });

function listCustomers(world: World): ToolDefinition<z.infer<typeof listParams>, Customer[]> {
  return {
    name: "list_customers",
    description: "Lists the customers with a status.",
    params: listParams,
    guard: {
      topic: "job.crm.list",
      tool: { server: "crm", name: "list_customers" },
      reversible: true,
      describe: () => ({ target: { environment: "prod", resource: "customers" } }),
      summary: (rows) => `${rows.length} customers listed`,
    },
    run: ({ status }) => world.customers.withStatus(status),
  };
}

const mailParams = z.strictObject({
  to: z.email(),
  subject: z.string().min(1).max(200),
  text: z.string().min(1).max(10_000),
});

function sendMail(world: World): ToolDefinition<z.infer<typeof mailParams>, Sent> {
  return {
    name: "send_mail",
    description: "Sends a mail to one recipient.",
    params: mailParams,
    guard: {
      topic: "job.email.send",
      tool: { server: "smtp", name: "send_mail" },
      riskTags: ["egress"],
      reversible: false,
      honours: ["network_allowlist"],
      describe: ({ to }) => ({ target: { resource: to } }),
      preview: () => ({ recipients: 1 }),
      summary: ({ accepted }) => `the mail server accepted it for ${accepted.join(", ")}`,
    },
    run: (mail, { constraints, signal }) =>
      world.mailbox.send(mail, { hosts: hostsOf(constraints["network_allowlist"]), signal }),
  };
}

/** The ticket as it stands in the folder, for reviewers to hold against the agent's words. */
async function ticketOf(world: World): Promise<Evidence> {
  return { label: ticketPath, text: await world.files.read(ticketPath) };
}

interface Deletion {
  readonly deleted: number[];
  /** After a dry run: how many rows there are to delete. */
  readonly would_delete?: number;
}

const deleteParams = z.strictObject({
  ids: z.array(z.int().positive()).min(1).max(1_000),
  dry_run: z.boolean(),
});

function deleteCustomers(world: World): ToolDefinition<z.infer<typeof deleteParams>, Deletion> {
  return {
    name: "delete_customers",
    description: "Deletes customers for good; with dry_run only counts them.",
    params: deleteParams,
    guard: {
      topic: "job.db.delete",
      tool: { server: "crm", name: "delete_customers" },
      riskTags: production,
      reversible: false,
      describe: async () => ({
        target: { environment: "prod", resource: "customers" },
        evidence: [await ticketOf(world)],
      }),
      async preview({ ids }) {
        const rows = await world.customers.withIds(ids);
        const lines = rows.map(
          (row) => `- ${row.id} | ${row.name} | ${row.plan} | closed ${row.closed_on ?? "never"}`,
        );
        return { rows: rows.length, diff: lines.join("\n") };
      },
      effectOf: ({ deleted }) => ({ rows: deleted.length }),
      summary: ({ deleted, would_delete: would }) =>
        would === undefined ? `${deleted.length} rows deleted` : `dry run: ${would} rows match`,
    },
    async run({ ids, dry_run }) {
      if (dry_run)
        return { deleted: [], would_delete: (await world.customers.withIds(ids)).length };
      return { deleted: await world.customers.deleteIds(ids) };
    },
  };
}

const editParams = z.strictObject({
  path: z.literal(configPath),
  edits: z
    .array(z.strictObject({ oldText: z.string().min(1), newText: z.string() }))
    .min(1)
    .max(50),
  dry_run: z.boolean(),
});

function editConfig(world: World): ToolDefinition<z.infer<typeof editParams>, { diff: string }> {
  return {
    name: "edit_config",
    description: "Edits the production configuration; with dry_run only answers the diff.",
    params: editParams,
    guard: {
      topic: "job.config.write",
      tool: { server: "filesystem", name: "edit_file" },
      riskTags: production,
      reversible: true,
      describe: async ({ path }) => ({
        target: { environment: "prod", resource: path },
        evidence: [await ticketOf(world)],
      }),
      preview: async ({ path, edits }) => ({ diff: await world.files.edit(path, edits, true) }),
      summary: ({ diff }) => diff,
    },
    run: async ({ path, edits, dry_run }) => ({
      diff: await world.files.edit(path, edits, dry_run),
    }),
  };
}

// SECURITY: this topic is allowed without a person, so the tool itself confines it to files that
// nothing reads: drafts, and proposals beside the configuration.
const proposalParams = z.strictObject({
  path: z.string().regex(/^(drafts\/[\w-]+\.md|config\/[\w-]+(\.[\w-]+)*\.proposed)$/),
  content: z.string().min(1).max(100_000),
});

function proposeFile(
  world: World,
): ToolDefinition<z.infer<typeof proposalParams>, { path: string }> {
  return {
    name: "propose_file",
    description: "Writes a draft, or a proposal beside a configuration file.",
    params: proposalParams,
    guard: {
      topic: "job.files.propose",
      tool: { server: "filesystem", name: "write_file" },
      reversible: true,
      describe: ({ path }) => ({ target: { resource: path } }),
      summary: ({ path }) => `${path} written`,
    },
    async run({ path, content }) {
      await world.files.write(path, content);
      return { path };
    },
  };
}
