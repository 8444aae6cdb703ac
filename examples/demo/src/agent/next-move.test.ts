// The script: what the agent does next, for each answer that people and policies can give.

import { describe, expect, test } from "vitest";
import type { Customer } from "../world/customer-row.ts";
import { nextMove, type Move } from "./next-move.ts";
import type { ToolAnswer, ToolStatus } from "./tool-answer.ts";

const ticket =
  "From: Mara <mara@shop.example>\nDelete the customers whose accounts were\nclosed before 2024-07-01. " +
  "Raise pool.max_connections from 20 to 60.\n";

function customer(id: number, closedOn: string | null): Customer {
  const status = closedOn === null ? "active" : "closed";
  return {
    id,
    name: `n${id}`,
    email: `${id}@x.example`,
    plan: "free",
    status,
    closed_on: closedOn,
  };
}

function answer(tool: string, more: Partial<ToolAnswer> = {}): ToolAnswer {
  const base = { status: "done" as ToolStatus, jobId: "job-1", params: {}, result: null };
  return { tool, ...base, reason: null, code: null, ...more };
}

const read = answer("read_ticket", { result: ticket });
const list = answer("list_customers", {
  result: [customer(3, "2023-03-14"), customer(8, "2025-02-20"), customer(11, "2024-06-30")],
});
const start = [read, list, answer("send_mail")];

function toolsOf(move: Move): string[] {
  return move.kind === "call" ? move.calls.map((call) => call.tool) : [];
}

describe("the script", () => {
  test("starts with the ticket, then the customers, then the mail", () => {
    expect(toolsOf(nextMove([]))).toEqual(["read_ticket"]);
    expect(toolsOf(nextMove([read]))).toEqual(["list_customers"]);
    expect(toolsOf(nextMove([read, list]))).toEqual(["send_mail"]);
  });

  test("proposes the deletion and the change in one turn, from what the tools answered", () => {
    const move = nextMove(start);
    expect(toolsOf(move)).toEqual(["delete_customers", "edit_config"]);
    expect(move).toMatchObject({
      calls: [
        { input: { ids: [3, 11] } },
        { input: { edits: [{ oldText: "max_connections: 20", newText: "max_connections: 60" }] } },
      ],
    });
  });

  test("ends after two approvals without a proposal file", () => {
    const move = nextMove([
      ...start,
      answer("delete_customers", { result: { deleted: [3, 11] } }),
      answer("edit_config"),
    ]);
    expect(move).toMatchObject({ kind: "say", text: expect.stringContaining("2 customers were") });
  });

  const refusals: ToolStatus[] = [
    "denied",
    "rejected",
    "expired",
    "cancelled",
    "revoked",
    "failed",
  ];
  test.each(refusals)("takes another way for each action that was %s", (status) => {
    const no = { status, reason: "not now" };
    const deletion = answer("delete_customers", no);
    const change = answer("edit_config", no);
    const done = { result: { deleted: [3, 11] } };
    const onlyFile = nextMove([...start, answer("delete_customers", done), change]);
    expect(onlyFile).toMatchObject({
      calls: [{ tool: "propose_file", input: { path: "config/checkout.prod.yaml.proposed" } }],
    });
    const both = nextMove([...start, deletion, change]);
    expect(toolsOf(both)).toEqual(["propose_file", "propose_file"]);
    expect(JSON.stringify(both)).toContain("not now");
  });

  test("does not ask again for what was refused, nor for a draft that was refused too", () => {
    const no = { status: "rejected" as const, reason: "legal hold" };
    const move = nextMove([
      ...start,
      answer("delete_customers", no),
      answer("edit_config", no),
      answer("propose_file", { ...no, params: { path: "drafts/stale-customers.md" } }),
    ]);
    expect(move.kind).toBe("say");
  });

  test("says that the reviewer changed the deletion, and that a dry run deleted nothing", () => {
    const changed = answer("delete_customers", {
      status: "changed",
      params: { ids: [3] },
      result: { deleted: [3] },
    });
    const dry = answer("delete_customers", { status: "changed", params: { dry_run: true } });
    const edit = answer("edit_config");
    expect(nextMove([...start, changed, edit])).toMatchObject({
      text: expect.stringContaining("1 instead of 2 customers were deleted: 3."),
    });
    expect(nextMove([...start, dry, edit])).toMatchObject({
      text: expect.stringContaining("no customer was deleted"),
    });
  });

  test("stops with the reason when it may not even read", () => {
    const move = nextMove([answer("read_ticket", { status: "denied", reason: "frozen" })]);
    expect(move).toMatchObject({ kind: "say", text: expect.stringContaining("frozen") });
  });
});
