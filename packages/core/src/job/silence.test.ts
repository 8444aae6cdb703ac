// What silence does to a hold: timeouts, and veto windows.

import { describe, expect, it } from "vitest";
import { role } from "../approval/approval.sample.ts";
import { holdTimeoutMaxMs } from "../base/limits.ts";
import type { Action } from "../action/action.ts";
import type { JobId } from "../base/id.ts";
import type { Decision } from "../policy/decision.ts";
import { publisher, publishTopic } from "../policy/publish.ts";
import { plainTerms } from "../policy/terms.ts";
import {
  action,
  after,
  allowed,
  ann,
  changeOf,
  decided,
  denied,
  opened,
  review,
  ruling,
  startAt,
} from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import { transition } from "./transition.ts";
import type { TickCommand } from "./tick.ts";
import {
  dashboardOnly,
  everybody,
  fileOf,
  held,
  minuteMs,
  proved,
  second,
  story,
  third,
  tickAt,
  watchOf,
} from "./tick.sample.ts";

const publication = {
  ...action,
  topic: publishTopic,
  actor: { ...action.actor, agent: publisher },
};

describe("the timeout", () => {
  it("widens the hold for as long again, and blocks when nobody is left", () => {
    const chain = held(
      { onTimeout: "escalate" },
      { escalate: [{ afterMs: 90 * minuteMs, to: "group:second" }] },
    );
    expect(story(fileOf(chain, dashboardOnly), { around: dashboardOnly })).toEqual([
      "60 hold.escalated group:second",
      "120 job.expired nobody decided in time; the action stays blocked",
    ]);
  });

  it("never lasts longer than the product's bound", () => {
    const chain = held(
      { onTimeout: "escalate", timeoutMs: holdTimeoutMaxMs - 1 },
      { escalate: [second, third] },
    );
    const events = story(fileOf(chain, dashboardOnly), { around: dashboardOnly });
    const last = Number(events.at(-1)?.split(" ")[0]);
    expect(last * minuteMs).toBeLessThanOrEqual(holdTimeoutMaxMs);
    expect(events.at(-1)).toContain("job.expired");
  });

  it("blocks a hold that somebody comes to late, before its timer does", () => {
    const file = fileOf(held({}));
    const late = review(file, { now: startAt + 60 * minuteMs });
    expect(changeOf(transition(file, late)).job.state).toBe("EXPIRED");
  });

  const silent = held({ onTimeout: "allow" }, { isLowRisk: true });
  const undoable: Action = { ...action, reversible: true };
  const silentFile = (decision: Partial<Decision> = silent, what = undoable): JobFile =>
    proved(opened({ ruling: ruling(decision), action: what, around: everybody }), startAt);

  it("releases what can be undone where the rule says so", () => {
    const file = silentFile();
    const { job, facts } = changeOf(transition(file, tickAt(file, startAt + 60 * minuteMs)));
    expect(job).toMatchObject({
      state: "APPROVED",
      resolution: { by: { kind: "policy", id: "timeout" } },
    });
    expect(facts[0]).toMatchObject({ type: "job.approved", actor: { id: "timeout" } });
  });

  it.each<[string, () => JobFile, Partial<TickCommand>]>([
    ["is not low in risk", () => silentFile(held({ onTimeout: "allow" })), {}],
    ["cannot be undone", () => silentFile(silent, action), {}],
    ["may or may not be undone", () => silentFile(silent, { ...action, reversible: null }), {}],
    ["asks two people", () => silentFile({ ...silent, requirements: [role("lead", 2)] }), {}],
    [
      "asks two roles",
      () => silentFile({ ...silent, requirements: [role("lead"), role("boss")] }),
      {},
    ],
    ["asks for a passkey", () => silentFile({ ...silent, strongAuth: "passkey" }), {}],
    [
      "nobody was told of",
      () => opened({ ruling: ruling(silent), action: undoable, around: everybody }),
      {},
    ],
    [
      "the policy now blocks at the timeout",
      silentFile,
      { ruling: ruling(held({}, { isLowRisk: true })) },
    ],
    ["the policy now calls risky", silentFile, { ruling: ruling(held({ onTimeout: "allow" })) }],
    [
      "the policy now holds by another rule",
      silentFile,
      { ruling: ruling({ ...silent, ruleId: "other" }) },
    ],
    [
      "the policy now leaves more time for",
      silentFile,
      { ruling: ruling({ ...silent, timeoutMs: 90 * minuteMs }) },
    ],
    ["policy was not asked about", silentFile, { ruling: null }],
  ])("does not release what %s", (_name, make, more) => {
    let file = make();
    const now = startAt + 60 * minuteMs;
    for (let step = 0; step < 5 && file.job.state === "APPROVAL"; step += 1) {
      file = after(file, tickAt(file, now, more));
    }
    expect(file.job.state).toBe("EXPIRED");
  });

  it("leaves people the time of the rule, however soon the agent wants an answer", () => {
    const asked = opened({
      ruling: ruling(silent),
      action: undoable,
      around: everybody,
      timeoutMs: 1_000,
    });
    const file = proved(asked, startAt);
    expect(watchOf(file).timeoutAt).toBe(startAt + 60 * minuteMs);
    expect(transition(file, tickAt(file, startAt + 59 * minuteMs)).ok).toBe(false);
  });

  it("asks others no sooner than the rule says, however soon the agent wants an answer", () => {
    const chain = held({ onTimeout: "escalate" }, { escalate: [third] });
    const file = opened({ ruling: ruling(chain), around: dashboardOnly, timeoutMs: 1_000 });
    expect(story(file, { around: dashboardOnly })[0]).toBe("20 hold.escalated group:third");
    expect(watchOf(file).timeoutAt).toBe(startAt + 60 * minuteMs);
  });

  it("ends a hold that blocks as soon as the agent wants an answer", () => {
    const file = opened({ ruling: ruling(held({})), around: everybody, timeoutMs: 5_000 });
    expect(watchOf(file).timeoutAt).toBe(startAt + 5_000);
  });

  it("does not release what somebody rejected", () => {
    const twice = { ...silent, requirements: [role("lead", 1, { denyCount: 1 })] };
    const file = silentFile(twice);
    const rejected = after(file, review(file, { verdict: "reject" }));
    expect(rejected.job.state).toBe("REJECTED");
  });

  it("rejects what policy now denies", () => {
    const file = silentFile();
    const denies = { decision: denied, snapshot: "default@2", trace: {} };
    const { job } = changeOf(
      transition(file, tickAt(file, startAt + 60 * minuteMs, { ruling: denies })),
    );
    expect(job).toMatchObject({ state: "REJECTED", snapshot: "default@2" });
  });
});

describe("a veto window", () => {
  const veto = held(
    { kind: "allow_unless_rejected", timeoutMs: 10 * minuteMs },
    { windowMs: 30 * minuteMs },
  );
  const told = (more: Partial<Decision> = {}): JobFile =>
    proved(fileOf({ ...veto, ...more }), startAt + 20_000);
  const endsAt = startAt + 20_000 + 30 * minuteMs;

  it("releases when somebody was told and nobody rejected, and not before", () => {
    const file = told();
    expect(watchOf(file).timeoutAt).toBe(endsAt);
    expect(transition(file, tickAt(file, endsAt - 1)).ok).toBe(false);
    const { job } = changeOf(transition(file, tickAt(file, endsAt)));
    expect(job).toMatchObject({
      state: "APPROVED",
      resolution: { by: { kind: "policy", id: "window" } },
    });
    expect(job.grant?.id).toBe("grant-tick");
  });

  it("never opens when nobody could be told: the hold ends blocked", () => {
    expect(story(fileOf(veto)).at(-1)).toBe(
      "10 job.expired nobody could be told; the action stays blocked",
    );
  });

  it("begins anew when the policy now active has a longer one", () => {
    const longer = ruling({ ...veto, terms: { ...plainTerms, windowMs: 45 * minuteMs } });
    const returned = after(told(), tickAt(told(), endsAt, { ruling: longer }));
    expect(returned.job).toMatchObject({ state: "APPROVAL", round: 2 });
    const shorter = ruling({ ...veto, terms: { ...plainTerms, windowMs: minuteMs } });
    expect(after(told(), tickAt(told(), endsAt, { ruling: shorter })).job.state).toBe("APPROVED");
  });

  it("is not opened by a notice of what the hold was before", () => {
    const file = fileOf(veto);
    const other = ruling({ ...veto, reason: "as of now", ruleId: "other" });
    const returned = after(file, tickAt(told(), endsAt, { ruling: other }));
    expect(returned.job.state).toBe("APPROVAL");
    const { basisRevision } = watchOf(returned);
    const now = endsAt + 1_000;
    const proof = { channel: "email", person: "ann", at: now };
    const late = { kind: "proved", level: 0, proof, around: everybody, now } as const;
    expect(transition(returned, { ...late, revision: basisRevision - 1 }).ok).toBe(false);
    const fresh = changeOf(transition(returned, { ...late, revision: basisRevision }));
    expect(fresh.job.watch?.proof).toEqual(proof);
  });

  it("does not release what is like an action that people rejected while it was open", () => {
    const file = told();
    const around = { ...everybody, near: "job-rejected" as JobId };
    const { job } = changeOf(transition(file, tickAt(file, endsAt, { around })));
    expect(job.state).toBe("EXPIRED");
    expect(job.resolution?.reason).toContain("near to an action that people rejected");
  });

  it("ends with a rejection", () => {
    const file = told();
    expect(after(file, review(file, { verdict: "reject" })).job.state).toBe("REJECTED");
  });

  it("releases nothing that one of several rejected", () => {
    const file = told({ requirements: [role("lead", 2, { denyCount: 2 })] });
    const doubted = after(file, review(file, { verdict: "reject", person: ann }));
    expect(doubted.job.state).toBe("APPROVAL");
    expect(after(doubted, tickAt(doubted, endsAt)).job.state).toBe("EXPIRED");
  });

  it("asks policy again: what is denied is rejected, what is stricter goes to people, what is looser is released", () => {
    const file = told();
    const endsBy = (decision: Decision): string => {
      const now = { decision, snapshot: "default@2", trace: {} };
      return after(file, tickAt(file, endsAt, { ruling: now })).job.state;
    };
    expect(endsBy(denied)).toBe("REJECTED");
    expect(endsBy(decided())).toBe("APPROVAL");
    expect(endsBy(allowed)).toBe("APPROVED");
  });

  it("lets nobody release a publication by silence", () => {
    const file = proved(
      opened({
        ruling: ruling(veto),
        around: everybody,
        action: publication,
      }),
      startAt,
    );
    const ended = after(
      file,
      tickAt(file, watchOf(file).timers.find(({ kind }) => kind === "window")?.dueAt ?? 0),
    );
    expect(ended.job.state).toBe("EXPIRED");
  });

  it("releases nothing that is near to what people rejected", () => {
    const file = told();
    const near = { ...watchOf(file), near: "job-0" as JobId };
    const close: JobFile = { ...file, job: { ...file.job, watch: near } };
    expect(after(close, tickAt(close, endsAt)).job.state).toBe("EXPIRED");
  });

  it("goes on over a widening that nobody is told of", () => {
    const wide = { ...veto, terms: { ...plainTerms, windowMs: 30 * minuteMs, escalate: [second] } };
    const file = proved(fileOf(wide), startAt);
    const on = after(file, tickAt(file, startAt + 10 * minuteMs));
    expect(on.job.watch).toMatchObject({ level: 1, proof: null });
    expect(story(on).at(-1)).toBe("30 job.approved nobody rejected within the window");
  });
});
