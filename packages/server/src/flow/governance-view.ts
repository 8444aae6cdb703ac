// Governance reviews, findings and their report as the API shows them.

import { reportOf, type CountedOverrides } from "@holdpoint/core/approval/governance";
import { isoOf } from "@holdpoint/core/base/clock";
import { governanceReportMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type {
  GovernanceFindingView,
  GovernanceReport,
  GovernanceView,
} from "@holdpoint/core/wire/governance";
import { isoOrNull } from "@holdpoint/core/wire/view";
import type { TaskRow } from "../storage/tasks.ts";
import { type Context, requireViewer } from "./context.ts";
import { bodyOf, type FindingBody, type GovernanceBody } from "./task-body.ts";

export function governanceView(task: TaskRow, now: number): GovernanceView {
  const body = bodyOf<GovernanceBody>(task);
  const { verdict } = body;
  const dueAt = task.dueAt ?? task.createdAt;
  return {
    id: task.id,
    state: task.state === "open" ? "open" : "closed",
    job_id: task.jobId ?? "",
    title: body.title,
    rule: task.ruleId,
    agent: task.agent ?? "",
    topic: body.topic,
    people: [...body.people],
    reason: body.reason,
    incident: body.incident,
    opened_own_incident: body.isOwnIncident,
    circumstances: [...body.circumstances],
    skipped: [...body.skipped],
    due_at: isoOf(dueAt),
    overdue: task.state === "open" && dueAt < now,
    opened_at: isoOf(task.createdAt),
    closed_at: isoOrNull(verdict?.at ?? null),
    closed_by: verdict?.by ?? null,
    legitimate: verdict?.isLegitimate ?? null,
    what_went_wrong: verdict?.whatWentWrong ?? null,
    how_to_avoid: verdict?.howToAvoid ?? null,
  };
}

export function governanceFindingView(task: TaskRow): GovernanceFindingView {
  const body = bodyOf<FindingBody>(task);
  return {
    id: task.id,
    state: task.state === "open" ? "open" : "closed",
    subject: task.subject ?? "",
    name: body.name,
    count: body.count,
    per_ms: body.perMs,
    reviews: [...body.reviews],
    opened_at: isoOf(task.createdAt),
    closed_at: isoOrNull(body.closing?.at ?? null),
    closed_by: body.closing?.by ?? null,
    note: body.closing?.note ?? null,
  };
}

/** Without a period, the 30 days up to now. */
const periodMs = 30 * 86_400_000;

export async function governanceReport(
  ctx: Context,
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<GovernanceReport> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const now = ctx.clock.now();
  const to = query.to === undefined ? now + 1 : Date.parse(query.to);
  const from = query.from === undefined ? to - periodMs : Date.parse(query.from);
  if (from >= to) {
    throw new HoldpointError("query_invalid", { message: "`from` is before `to`", path: "/from" });
  }
  const period = { from, to };
  const limit = governanceReportMax + 1;
  const [overrides, findings] = await Promise.all([
    ctx.store.tasksBetween(tenant, { kind: "governance", ...period }, limit),
    ctx.store.tasksBetween(tenant, { kind: "finding", ...period }, limit),
  ]);
  const report = reportOf(overrides.slice(0, governanceReportMax).map(overrideOf), now);
  return {
    from: isoOf(from),
    to: isoOf(to),
    overrides: report.overrides,
    legitimate: report.legitimate,
    not_legitimate: report.notLegitimate,
    open: report.open,
    overdue: report.overdue,
    legitimate_share: report.legitimateShare,
    median_close_ms: report.medianCloseMs,
    by_person: report.byPerson.map(countedView),
    by_rule: report.byRule.map(countedView),
    by_agent: report.byAgent.map(countedView),
    findings_opened: findings.length,
    findings_open: findings.filter(({ state }) => state === "open").length,
    complete: overrides.length <= governanceReportMax,
  };
}

function overrideOf(task: TaskRow): Parameters<typeof reportOf>[0][number] {
  const { people, verdict } = bodyOf<GovernanceBody>(task);
  return {
    people,
    ruleId: task.ruleId,
    agent: task.agent ?? "",
    createdAt: task.createdAt,
    dueAt: task.dueAt ?? task.createdAt,
    closedAt: verdict?.at ?? null,
    isLegitimate: verdict?.isLegitimate ?? null,
  };
}

function countedView(one: CountedOverrides): GovernanceReport["by_rule"][number] {
  return {
    id: one.id,
    name: one.name,
    overrides: one.overrides,
    legitimate: one.legitimate,
    not_legitimate: one.notLegitimate,
  };
}
