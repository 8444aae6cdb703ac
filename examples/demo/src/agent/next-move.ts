// The script: which tools the agent calls next, as a pure function of what its calls have come to.

import type { Customer } from "../world/customer-row.ts";
import { configPath, ticketPath } from "../world/scratch-folder.ts";
import { didRun, type ToolAnswer } from "./tool-answer.ts";

interface ToolCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export type Move =
  | { readonly kind: "call"; readonly calls: readonly ToolCall[] }
  | { readonly kind: "say"; readonly text: string };

/** What the agent understood from the ticket. */
interface Task {
  readonly from: string;
  readonly closedBefore: string;
  readonly setting: string;
  readonly before: string;
  readonly after: string;
  readonly deleteSentence: string;
  readonly raiseSentence: string;
}

/** Decides from the answers so far, oldest first. */
export function nextMove(answers: readonly ToolAnswer[]): Move {
  const last = (tool: string): ToolAnswer | undefined =>
    answers.findLast((answer) => answer.tool === tool);
  const ticket = last("read_ticket");
  if (ticket === undefined) return call("read_ticket", { path: ticketPath });
  const task = didRun(ticket) ? understand(String(ticket.result)) : null;
  if (task === null) return say(`I could not read the ticket: ${because(ticket)}`);

  const list = last("list_customers");
  if (list === undefined) return call("list_customers", { status: "closed" });
  if (!didRun(list)) return say(`I could not list the customers: ${because(list)}`);
  const stale = staleOf(list.result, task.closedBefore);

  if (last("send_mail") === undefined) return call("send_mail", { ...mailFor(task, stale) });

  const deletion = last("delete_customers");
  const change = last("edit_config");
  if (deletion === undefined || change === undefined) {
    return { kind: "call", calls: [deletionFor(task, stale), changeFor(task)] };
  }
  // A no is an answer: the agent leaves the real thing alone and prepares what a person can decide on.
  const other: ToolCall[] = [];
  const drafts = answers.filter((answer) => answer.tool === "propose_file");
  if (drafts.length === 0) {
    if (!didRun(deletion)) other.push(reviewListFor(deletion, task, stale));
    if (!didRun(change)) other.push(proposedConfigFor(change, task));
  }
  if (other.length > 0) return { kind: "call", calls: other };
  return say(closing({ mail: last("send_mail"), deletion, change, drafts, stale }));
}

function call(tool: string, input: ToolCall["input"]): Move {
  return { kind: "call", calls: [{ tool, input }] };
}

function say(text: string): Move {
  return { kind: "say", text };
}

function because(answer: ToolAnswer): string {
  return `${answer.status}${answer.reason === null ? "" : `, because: ${answer.reason}`}`;
}

function understand(ticket: string): Task | null {
  const flat = ticket.replaceAll(/\s+/g, " ");
  const from = /<([^>\s]+@[^>\s]+)>/.exec(flat)?.[1];
  const deletion = /Delete the customers [^.]*closed before (\d{4}-\d{2}-\d{2})\./.exec(flat);
  const raise = /Raise ([\w.]+) from (\d+) to (\d+)\./.exec(flat);
  const [deleteSentence, closedBefore] = deletion ?? [];
  const [raiseSentence, setting, before, after] = raise ?? [];
  if (from === undefined || deleteSentence === undefined || closedBefore === undefined) return null;
  if (raiseSentence === undefined || setting === undefined) return null;
  if (before === undefined || after === undefined) return null;
  return { from, closedBefore, setting, before, after, deleteSentence, raiseSentence };
}

function staleOf(result: unknown, closedBefore: string): Customer[] {
  const rows = Array.isArray(result) ? (result as Customer[]) : [];
  return rows.filter((row) => row.closed_on !== null && row.closed_on < closedBefore);
}

function mailFor(task: Task, stale: readonly Customer[]): Record<string, unknown> {
  return {
    to: task.from,
    subject: "Ticket 4711: started",
    text: [
      "Hello,",
      "",
      `I have started on ticket 4711. ${stale.length} customers were closed before`,
      `${task.closedBefore}. Deleting them and raising ${task.setting} both change production,`,
      "so a person decides on each first. You will hear from us either way.",
      "",
      "The support agent",
      "",
    ].join("\n"),
    claims: {
      title: "Tell the requester that work has started",
      reasoning: "The ticket asks for a message when work starts.",
      ifApproved: `One mail goes to ${task.from}.`,
      ifRejected: "The requester hears nothing until the work is done.",
      instruction: "Write to me when you start.",
      confidence: 0.97,
    },
  };
}

function deletionFor(task: Task, stale: readonly Customer[]): ToolCall {
  return {
    tool: "delete_customers",
    input: {
      ids: stale.map((row) => row.id),
      dry_run: false,
      claims: {
        title: `Delete ${stale.length} customers whose retention period has ended`,
        reasoning:
          `All ${stale.length} accounts are closed, and each was closed before ` +
          `${task.closedBefore}. I compared the closing dates in the table; open accounts and ` +
          "accounts closed later are not in the list. I have not looked for legal holds.",
        ifApproved: `${stale.length} rows leave the customers table for good.`,
        ifRejected: "No row changes. I write the list down for a person to go through.",
        instruction: task.deleteSentence,
        confidence: 0.88,
      },
    },
  };
}

function changeFor(task: Task): ToolCall {
  const key = lastPart(task.setting);
  return {
    tool: "edit_config",
    input: {
      path: configPath,
      edits: [{ oldText: `${key}: ${task.before}`, newText: `${key}: ${task.after}` }],
      dry_run: false,
      claims: {
        title: `Raise the checkout connection pool to ${task.after}`,
        reasoning:
          `The ticket reports two connection shortages on Friday evening at ${task.before} ` +
          "connections. I do not know the database's own limit, so I cannot rule out that " +
          `${task.after} per instance is too much for it.`,
        ifApproved: `${configPath} has ${key}: ${task.after}; the next deployment uses it.`,
        ifRejected: "The file stays as it is. I put a proposal beside it.",
        instruction: task.raiseSentence,
        confidence: 0.74,
      },
    },
  };
}

function lastPart(setting: string): string {
  return setting.slice(setting.lastIndexOf(".") + 1);
}

function reviewListFor(deletion: ToolAnswer, task: Task, stale: readonly Customer[]): ToolCall {
  const rows = stale.map(
    (row) => `- [ ] ${row.id} ${row.name} (${row.plan}), closed ${row.closed_on}`,
  );
  return {
    tool: "propose_file",
    input: {
      path: "drafts/stale-customers.md",
      content: [
        "# Customers past their retention period",
        "",
        `Not deleted: ${because(deletion)}`,
        "",
        "To be gone through by a person:",
        "",
        ...rows,
        "",
      ].join("\n"),
      claims: {
        title: "Write down the customers for a person to go through",
        reasoning: `The deletion did not run (${because(deletion)}), so nothing is deleted.`,
        ifApproved: "A new file in drafts; the table stays as it is.",
        ifRejected: "The ticket stays open without a list.",
        instruction: task.deleteSentence,
        confidence: 0.95,
      },
    },
  };
}

function proposedConfigFor(change: ToolAnswer, task: Task): ToolCall {
  return {
    tool: "propose_file",
    input: {
      path: `${configPath}.proposed`,
      content: [
        `# Proposal for ${configPath}, not in force.`,
        ...`Not changed: ${because(change)}`.split("\n").map((line) => `# ${line}`),
        `# Ticket 4711: ${task.raiseSentence}`,
        "pool:",
        `  ${lastPart(task.setting)}: ${task.after} # now ${task.before}`,
        "",
      ].join("\n"),
      claims: {
        title: "Put a proposal beside the configuration",
        reasoning: `The change did not run (${because(change)}), so the file stays as it is.`,
        ifApproved: "A new file beside the configuration, which no service reads.",
        ifRejected: "The ticket stays open without a proposal.",
        instruction: task.raiseSentence,
        confidence: 0.95,
      },
    },
  };
}

interface Ending {
  readonly mail: ToolAnswer | undefined;
  readonly deletion: ToolAnswer;
  readonly change: ToolAnswer;
  readonly drafts: readonly ToolAnswer[];
  readonly stale: readonly Customer[];
}

function closing({ mail, deletion, change, drafts, stale }: Ending): string {
  const lines = [
    mail !== undefined && didRun(mail)
      ? "The requester knows that work has started."
      : `The requester was not told: ${mail === undefined ? "no mail" : because(mail)}`,
    deletionLine(deletion, stale.length),
    changeLine(change),
  ];
  for (const draft of drafts) {
    const path = String(draft.params["path"]);
    lines.push(didRun(draft) ? `Instead there is ${path}.` : `No ${path}: ${because(draft)}`);
  }
  return lines.join("\n");
}

function deletionLine(deletion: ToolAnswer, wanted: number): string {
  if (!didRun(deletion)) return `No customer was deleted: ${because(deletion)}`;
  if (deletion.params["dry_run"] === true) {
    return "The deletion ran as a dry run, as the reviewer wanted it: no customer was deleted.";
  }
  const ids = idsOf(deletion.result);
  if (deletion.status === "done") return `${ids.length} customers were deleted: ${ids.join(", ")}.`;
  return `The reviewer changed the deletion: ${ids.length} instead of ${wanted} customers were deleted: ${ids.join(", ")}.`;
}

function idsOf(result: unknown): unknown[] {
  if (typeof result !== "object" || result === null || !("deleted" in result)) return [];
  return Array.isArray(result.deleted) ? (result.deleted as unknown[]) : [];
}

function changeLine(change: ToolAnswer): string {
  if (!didRun(change)) return `${configPath} stays as it is: ${because(change)}`;
  if (change.params["dry_run"] === true) {
    return `The change of ${configPath} ran as a dry run: the file stays as it is.`;
  }
  const how = change.status === "changed" ? "as the reviewer changed the proposal" : "as proposed";
  return `${configPath} was changed ${how}.`;
}
