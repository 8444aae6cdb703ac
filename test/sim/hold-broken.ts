// Reducers of holds that each break one rule: the search has to find every one of them, or its rules do not bite.

import type { Result } from "@holdpoint/core/base/result";
import type { Change } from "@holdpoint/core/job/change";
import type { Job, JobFile } from "@holdpoint/core/job/job";
import { type Command, transition } from "@holdpoint/core/job/transition";
import type { Watch } from "@holdpoint/core/job/watch";
import { delegationEndsAt, folk, type HoldName, spans } from "./hold-sample.ts";
import type { StepFunction } from "./job-steps.ts";

export interface BrokenHold {
  /** The rule that the fault breaks. */
  readonly rule: string;
  readonly step: StepFunction;
  readonly starts?: readonly HoldName[];
}

/** The reducer over a hold that is not quite the one that stands there. */
function over(file: JobFile, more: Partial<Job>, command: Command): Result<{ change: Change }> {
  return transition({ ...file, job: { ...file.job, ...more } }, command);
}

/** What the reducer made, changed afterwards. */
function changed(
  result: Result<{ change: Change }>,
  change: (made: Change) => Change,
): Result<{ change: Change }> {
  return result.ok && result.change.facts.length > 0
    ? { ok: true, change: change(result.change) }
    : result;
}

function withWatch({ job }: JobFile, more: Partial<Watch>): Partial<Job> {
  return { watch: job.watch === null ? null : { ...job.watch, ...more } };
}

const proof = { channel: "mail", person: null, at: 0 };

export const brokenHolds: Readonly<Record<string, BrokenHold>> = {
  "a veto window runs although nobody was told": {
    rule: "silence releases only what people were told of, and may",
    starts: ["veto"],
    step: (file, command) => {
      const { watch } = file.job;
      if (command.kind !== "tick" || watch === null || watch.proof !== null)
        return transition(file, command);
      const timers = [{ kind: "window", dueAt: watch.timers[0]?.dueAt ?? 0 } as const];
      return over(file, withWatch(file, { timers: [...timers, ...watch.timers] }), command);
    },
  },
  "a timeout releases what nobody was told of": {
    rule: "silence releases only what people were told of, and may",
    starts: ["quiet"],
    step: (file, command) => {
      const { watch } = file.job;
      const isOver = command.kind === "tick" && watch?.timers[0]?.kind === "timeout";
      return isOver && watch?.proof === null
        ? over(file, withWatch(file, { proof }), command)
        : transition(file, command);
    },
  },
  "silence releases what somebody rejected": {
    rule: "silence releases only what people were told of, and may",
    starts: ["veto"],
    step: (file, command) => {
      if (command.kind === "review" && command.verdict === "reject") {
        const [one] = file.job.decision.requirements;
        const requirements = one === undefined ? [] : [{ ...one, count: 2, denyCount: 2 }];
        const decision = { ...file.job.decision, requirements };
        const result = over(file, { decision }, command);
        return changed(result, (made) => ({
          ...made,
          job: { ...made.job, decision: file.job.decision },
        }));
      }
      return transition(command.kind === "tick" ? { ...file, reviews: [] } : file, command);
    },
  },
  "silence is not decided anew": {
    rule: "silence releases only what people were told of, and may",
    starts: ["veto", "quiet"],
    step: (file, command) => {
      if (command.kind !== "tick" || command.ruling === null) return transition(file, command);
      const ruling = { ...command.ruling, decision: file.job.decision };
      return transition(file, { ...command, ruling });
    },
  },
  "a rule that is not low in risk is released by silence": {
    rule: "silence releases only what people were told of, and may",
    starts: ["chain"],
    step: (file, command) => {
      const { terms } = file.job.decision;
      if (command.kind !== "tick" || command.ruling === null || terms === null)
        return transition(file, command);
      const quiet = { onTimeout: "allow" as const, terms: { ...terms, isLowRisk: true } };
      const decision = { ...file.job.decision, ...quiet };
      const ruling = { ...command.ruling, decision };
      return changed(over(file, { decision }, { ...command, ruling }), (made) => ({
        ...made,
        job: { ...made.job, decision: file.job.decision },
      }));
    },
  },
  "a hold ends a millisecond early": {
    rule: "a hold ends when its time is up, and not before",
    starts: ["chain"],
    step: (file, command) => {
      const { watch } = file.job;
      const isNear =
        command.kind === "tick" && watch !== null && command.now === watch.timeoutAt - 1;
      if (!isNear) return transition(file, command);
      const timers = [{ kind: "timeout", dueAt: command.now } as const];
      return over(file, { ...withWatch(file, { timers }), dueAt: command.now }, command);
    },
  },
  "people release at the moment when the time is up": {
    rule: "people release nothing when the time is up",
    starts: ["two", "quiet", "chain"],
    step: (file, command) => {
      const isLast = command.now === file.job.watch?.timeoutAt;
      const isPerson = command.kind === "review" || command.kind === "override";
      return transition(file, isLast && isPerson ? { ...command, now: command.now - 1 } : command);
    },
  },
  "a timer stays after it fired": {
    rule: "each firing takes a timer away",
    starts: ["chain"],
    step: (file, command) => {
      const fired = file.job.watch?.timers[0];
      if (command.kind !== "tick" || fired === undefined) return transition(file, command);
      return changed(transition(file, command), (made) => {
        const { watch } = made.job;
        if (watch === null || made.job.state !== "APPROVAL") return made;
        const again = { ...watch, timers: [fired, ...watch.timers] };
        return { ...made, job: { ...made.job, watch: again, dueAt: fired.dueAt } };
      });
    },
  },
  "a timer fires before it is due": {
    rule: "what is due fires",
    starts: ["chain"],
    step: (file, command) =>
      transition(file, command.kind === "tick" ? { ...command, now: command.now + 1 } : command),
  },
  "the clock of a level does not wait for somebody to be told": {
    rule: "a hold widens by its chain, when its clock says so or nobody can be told",
    starts: ["chain"],
    step: (file, command) => {
      if (command.kind !== "proved") return transition(file, command);
      const at = command.now - spans.escalate;
      return changed(transition(file, { ...command, proof: { ...command.proof, at } }), (made) => ({
        ...made,
        job: { ...made.job, ...withWatch({ ...file, job: made.job }, { proof }) },
      }));
    },
  },
  "a level that was told is said to reach nobody": {
    rule: "a hold widens by its chain, when its clock says so or nobody can be told",
    starts: ["chain"],
    step: (file, command) => {
      const { watch } = file.job;
      if (command.kind !== "unreachable" || watch === null) return transition(file, command);
      const timers = [{ kind: "delivery", dueAt: command.now } as const, ...watch.timers];
      return over(file, withWatch(file, { proof: null, timers }), command);
    },
  },
  "a widening forgets whom it widened to": {
    rule: "nobody who was asked is asked no more, while the question stands",
    starts: ["two"],
    step: (file, command) =>
      command.kind === "review" && file.job.watch?.level === 1
        ? changed(transition(file, command), (made) => ({
            ...made,
            job: { ...made.job, ...withWatch({ ...file, job: made.job }, { widened: [] }) },
          }))
        : transition(file, command),
  },
  "a delegate is counted beside the one who delegated": {
    rule: "people release with as many as were asked, each counted once",
    starts: ["two"],
    step: (file, command) => {
      const isDelegate = command.kind === "review" && command.person.id === "del";
      if (!isDelegate || command.now >= delegationEndsAt) return transition(file, command);
      return transition(file, { ...command, person: { ...folk.del, roles: ["A"] } });
    },
  },
  "a delegation that ended counts on": {
    rule: "nobody acts on a hold who may not",
    starts: ["two"],
    step: (file, command) => {
      if (command.kind !== "review") return transition(file, command);
      const principalsOf = (who: { readonly id: string }): readonly (typeof folk.ann)[] =>
        who.id === "del" ? [folk.ann] : [];
      const directory = { ...command.directory, principalsOf };
      return transition(file, { ...command, directory });
    },
  },
  "a widening lowers how many are asked": {
    rule: "people release with as many as were asked, each counted once",
    starts: ["two"],
    step: (file, command) => {
      if (command.kind !== "review" || file.job.watch?.level !== 1)
        return transition(file, command);
      const { decision } = file.job;
      const requirements = decision.requirements.map((one) => ({ ...one, count: 1 }));
      const fewer = { ...decision, requirements };
      const ruling = { ...command.ruling, decision: fewer };
      const result = over(file, { decision: fewer }, { ...command, ruling });
      return changed(result, (made) => ({ ...made, job: { ...made.job, decision } }));
    },
  },
  "whom the hold was widened to may not release": {
    rule: "whoever is asked in time can release",
    starts: ["chain"],
    step: (file, command) => {
      const isWide = file.job.watch?.level === 1;
      if (command.kind !== "review" || command.person.id !== "bob" || !isWide)
        return transition(file, command);
      const result = over(file, withWatch(file, { widened: [] }), {
        ...command,
        verdict: "comment",
        person: folk.ann,
      });
      return changed(result, (made) => ({
        ...made,
        job: { ...made.job, ...withWatch(file, {}), dueAt: file.job.dueAt },
        review: made.review && { ...made.review, person: folk.bob, kind: "approve" },
      }));
    },
  },
  "one person overrides in the place of two": {
    rule: "an override is of enough named people, of what may be overridden",
    starts: ["chain"],
    step: (file, command) =>
      transition(file, command.kind === "override" ? { ...command, needed: 1 } : command),
  },
  "an invariant is overridden": {
    rule: "an override is of enough named people, of what may be overridden",
    starts: ["invariant"],
    step: (file, command) => {
      const { decision } = file.job;
      if (command.kind !== "override" || decision.terms === null) return transition(file, command);
      const loose = { ...decision, terms: { ...decision.terms, invariants: [] } };
      const ruling = { ...command.ruling, decision: loose };
      const result = over(file, { decision: loose }, { ...command, ruling });
      return changed(result, (made) => ({ ...made, job: { ...made.job, decision } }));
    },
  },
  "somebody overrides who is not named": {
    rule: "nobody acts on a hold who may not",
    starts: ["chain"],
    step: (file, command) => {
      if (command.kind !== "override") return transition(file, command);
      return transition(file, {
        ...command,
        directory: { ...command.directory, holdsRole: () => true },
      });
    },
  },
  "the owner of the agent overrides": {
    rule: "nobody acts on a hold who may not",
    starts: ["chain"],
    step: (file, command) => {
      if (command.kind !== "override") return transition(file, command);
      const { requester } = file.job;
      const result = over(file, { requester: { ...requester, agentOwner: null } }, command);
      return changed(result, (made) => ({ ...made, job: { ...made.job, requester } }));
    },
  },
  "an override opens no review": {
    rule: "an override leaves its review on the record",
    starts: ["chain"],
    step: (file, command) =>
      changed(transition(file, command), (made) => ({
        ...made,
        facts: made.facts.filter(({ type }) => type !== "governance.opened"),
      })),
  },
  "a policy that denies is not asked at the override": {
    rule: "a stricter policy wins",
    starts: ["chain"],
    step: (file, command) => {
      if (command.kind !== "override") return transition(file, command);
      const ruling = { ...command.ruling, decision: file.job.decision };
      return transition(file, { ...command, ruling });
    },
  },
  "a card is taken from whoever has it": {
    rule: "a card is taken from nobody before its silence",
    starts: ["card"],
    step: (file, command) =>
      command.kind === "claim"
        ? over(file, withWatch(file, { claim: null }), command)
        : transition(file, command),
  },
  "a claim is silent too soon": {
    rule: "a card is taken from nobody before its silence",
    starts: ["card"],
    step: (file, command) =>
      changed(transition(file, command), (made) => {
        const { watch } = made.job;
        if (command.kind !== "claim" || watch === null) return made;
        const timers = watch.timers
          .map((one) => (one.kind === "claim" ? { ...one, dueAt: one.dueAt - 40_000 } : one))
          .toSorted((a, b) => a.dueAt - b.dueAt);
        const dueAt = timers[0]?.dueAt ?? null;
        return { ...made, job: { ...made.job, watch: { ...watch, timers }, dueAt } };
      }),
  },
  "a card goes to somebody who may not review": {
    rule: "a card is with somebody who may review",
    starts: ["card"],
    step: (file, command) => {
      if (command.kind !== "assign") return transition(file, command);
      const to = { ...command.to, id: "ann" };
      const held = { ...file, job: { ...file.job, ...withWatch(file, { claim: null }) } };
      return changed(transition(held, { ...command, to }), (made) => {
        const claim = { person: command.to.id, name: null, at: command.now, by: "ann" };
        const job = { ...made.job, ...withWatch({ ...file, job: made.job }, { claim }) };
        return { ...made, job };
      });
    },
  },
  "a decided hold keeps its clocks": {
    rule: "the clocks of a hold are in order, and its next is due first",
    starts: ["chain"],
    step: (file, command) =>
      changed(transition(file, command), (made) =>
        made.job.state === "REJECTED"
          ? { ...made, job: { ...made.job, watch: file.job.watch } }
          : made,
      ),
  },
  "a clock does not say how late it was": {
    rule: "what a clock did says how late it was",
    starts: ["chain"],
    step: (file, command) =>
      changed(transition(file, command), (made) => ({
        ...made,
        facts: made.facts.map((fact) => ({ ...fact, payload: {} })),
      })),
  },
};
