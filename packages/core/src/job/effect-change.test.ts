// A release whose effect is another one at the moment of the act: who is asked, about what, under which rule.

import { describe, expect, it } from "vitest";
import type { Effect } from "../action/action.ts";
import type { RedeemCommand } from "./redeem.ts";
import { hasOtherEffect } from "./effect-change.ts";
import {
  after,
  allowed,
  changeOf,
  denied,
  editedAction,
  fileIn,
  opened,
  outcomeOf,
  redeem,
  review,
  ruling,
} from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import { transition } from "./transition.ts";

const shown: Effect | null = fileIn("APPROVED").job.action.effect;
const other: Effect = { rows: 900, recipients: null, diff: "all of them" };

function anew(file: JobFile, more: Partial<RedeemCommand> = {}): RedeemCommand {
  return redeem(file, { changed: { effect: other }, ...more });
}

describe("an effect", () => {
  const of = (effect: Effect | null, isEdited = false): Parameters<typeof hasOtherEffect>[0] => {
    const { action } = fileIn("APPROVED").job;
    return { action: { ...action, effect }, proposedAction: isEdited ? action : null };
  };
  const rows: Effect = { rows: 3, recipients: null, diff: null };

  it.each([
    ["the same", rows, { ...rows }, false],
    ["another count", rows, { ...rows, rows: 4 }, true],
    ["fewer", rows, { ...rows, rows: 2 }, true],
    ["a part that nobody knew of", rows, { ...rows, recipients: 5_000 }, true],
    ["another text", { ...rows, diff: "a" }, { ...rows, diff: "b" }, true],
    ["not known any more", rows, null, true],
    ["one where none was shown", null, rows, false],
  ] as const)("that is %s counts as such", (_name, before, now, expected) => {
    expect(hasOtherEffect(of(before), now)).toBe(expected);
  });

  it("of an edit is compared where one was computed for it", () => {
    expect(hasOtherEffect(of(rows, true), { ...rows, diff: "text" })).toBe(false);
    expect(hasOtherEffect(of(rows, true), { ...rows, rows: 4, diff: "text" })).toBe(true);
  });
});

describe("what people released, with another effect", () => {
  it("goes back to them, and the grant is gone", () => {
    const file = fileIn("APPROVED");
    const { job, facts, answer } = changeOf(transition(file, anew(file)));
    expect(answer).toMatchObject({
      code: "effect_changed",
      detail: { facts: { state: "APPROVAL" } },
    });
    expect(job).toMatchObject({
      state: "APPROVAL",
      round: 2,
      grant: null,
      resolution: null,
      action: { effect: other },
    });
    expect(job.presentedHash).not.toBe(file.job.presentedHash);
    expect(facts[0]).toMatchObject({
      type: "job.returned",
      actor: { kind: "agent", id: "robot" },
      payload: { effect_before: shown, effect_after: other },
    });
  });

  it("takes no vote of whoever saw the earlier effect", () => {
    const file = fileIn("APPROVED");
    const back = after(file, anew(file));
    const late = review(back, { seenHash: file.job.jobHash });
    expect(outcomeOf(transition(back, late))).toBe("approval_stale_request");
    expect(outcomeOf(transition(back, review(back)))).toBe("APPROVED");
  });

  it("runs with the effect that people then released, and with no third one", () => {
    const file = fileIn("APPROVED");
    const back = after(file, anew(file));
    const again = after(back, review(back));
    expect(outcomeOf(transition(again, redeem(again)))).toBe("EXECUTING");
    const third = anew(again, { changed: { effect: { ...other, rows: 901 } } });
    expect(outcomeOf(transition(again, third))).toBe("APPROVAL, effect_changed");
    expect(outcomeOf(transition(again, redeem(again, { runningHash: file.job.jobHash })))).toBe(
      "grant_hash_mismatch",
    );
  });

  it("goes back under the rule that asked, where policy asks nobody about the other effect", () => {
    const file = fileIn("APPROVED");
    const released = { ...ruling(), decision: allowed };
    const back = after(file, anew(file, { ruling: released }));
    expect(back.job).toMatchObject({ state: "APPROVAL", decision: { ruleId: "gate" } });
    const [asked] = back.job.decision.requirements;
    expect(asked).toMatchObject({ name: "lead" });
  });

  it("ends where policy denies the other effect, and the record says which", () => {
    const file = fileIn("APPROVED");
    const { job, facts, answer } = changeOf(
      transition(file, anew(file, { ruling: { ...ruling(), decision: denied } })),
    );
    expect(job.state).toBe("REVOKED");
    expect(answer?.code).toBe("grant_policy_denied");
    expect(facts[0]?.payload).toMatchObject({ effect_before: shown, effect_after: other });
  });

  it("consumes nothing for another action", () => {
    const file = fileIn("APPROVED");
    const { jobHash } = after(
      opened(),
      review(opened(), { verdict: "modify", edited: editedAction }),
    ).job;
    expect(outcomeOf(transition(file, anew(file, { runningHash: jobHash })))).toBe(
      "grant_hash_mismatch",
    );
  });
});

describe("what nobody was asked about, with another effect", () => {
  const free = opened({ ruling: { ...ruling(), decision: allowed } });

  it("runs with it where policy still asks nobody, and the record says so", () => {
    const command = anew(free, { ruling: { ...ruling(), decision: allowed } });
    const { job, facts } = changeOf(transition(free, command));
    expect(job).toMatchObject({ state: "EXECUTING", held: false, action: { effect: other } });
    expect(facts).toMatchObject([
      { type: "grant.redeemed", payload: { effect_before: shown, effect_after: other } },
    ]);
  });

  it("is held where policy asks people about it", () => {
    const { job, answer } = changeOf(transition(free, anew(free)));
    expect(answer?.code).toBe("effect_changed");
    expect(job).toMatchObject({ state: "APPROVAL", held: true, action: { effect: other } });
  });

  it("is denied where policy denies it", () => {
    const command = anew(free, { ruling: { ...ruling(), decision: denied } });
    expect(outcomeOf(transition(free, command))).toBe("REVOKED, grant_policy_denied");
  });
});
