// The list stays still: new holds are counted, decided ones keep their place.

import type { ApprovalItem } from "@holdpoint/core/wire/response";
import { describe, expect, it } from "vitest";
import type { Heard } from "./merge.ts";
import { mergeQueue } from "./merge.ts";

function item(id: string, minute: number, revision = 1): ApprovalItem {
  const digest = `sha256:${"0".repeat(64)}`;
  return {
    job: { id, state: "APPROVAL", revision },
    decision: "REQUIRE_APPROVAL",
    policy_snapshot: "cfg",
    policy_rule_id: "gate",
    policy_reason: "because",
    job_hash: digest,
    approval_required: true,
    decision_summary: { title: id, why: "", next_effect: "" },
    topic: "job.db.delete",
    agent: "dev",
    environment: "prod",
    risk_tags: [],
    risk: { level: "low", reasons: [] },
    requirements: [],
    expires_at: null,
    on_timeout: "block",
    level: 0,
    claim: null,
    sla_at: null,
    overdue: false,
    next: null,
    window_at: null,
    near: null,
    created_at: `2026-01-01T00:${String(minute).padStart(2, "0")}:00.000Z`,
    resolved_by: null,
    resolved_comment: null,
    resolution: null,
    resolved_at: null,
  };
}

const heard = (revision: number): Heard => ({ state: "REJECTED", revision, by: "li", at: "" });
const ids = (merged: ReturnType<typeof mergeQueue>): string[] =>
  merged.rows.map((row) => row.item.job.id);
const base = { more: false, headComplete: true, heard: new Map<string, Heard>() };

describe("the live queue", () => {
  it("counts new holds and does not move the rows", () => {
    const shown = [item("b", 2), item("a", 1)];
    const merged = mergeQueue({ ...base, shown, head: [item("c", 3), ...shown] });
    expect(ids(merged)).toEqual(["b", "a"]);
    expect(merged.fresh).toBe(1);
  });

  it("keeps a decided hold in its place with who decided", () => {
    const shown = [item("b", 2), item("a", 1)];
    const merged = mergeQueue({
      ...base,
      shown,
      head: [item("a", 1)],
      heard: new Map([["b", heard(2)]]),
    });
    expect(ids(merged)).toEqual(["b", "a"]);
    expect(merged.rows[0]?.state).toBe("REJECTED");
    expect(merged.settled).toBe(1);
  });

  it("says that a hold left the queue when nobody said why", () => {
    const merged = mergeQueue({
      ...base,
      shown: [item("b", 2), item("a", 1)],
      head: [item("a", 1)],
    });
    expect(merged.rows.map((row) => row.gone)).toEqual([true, false]);
  });

  it("does not call older holds below the loaded page new or gone", () => {
    const shown = [item("d", 4), item("c", 3)];
    const head = [item("d", 4), item("b", 2)];
    const merged = mergeQueue({ ...base, shown, more: true, headComplete: false, head });
    expect(merged.fresh).toBe(0);
    expect(merged.rows.map((row) => row.gone)).toEqual([false, true]);
  });

  it("trusts the newer of list and event", () => {
    const merged = mergeQueue({
      ...base,
      shown: [item("a", 1)],
      head: [item("a", 1, 5)],
      heard: new Map([["a", heard(4)]]),
    });
    expect(merged.rows[0]?.state).toBe("APPROVAL");
  });
});
