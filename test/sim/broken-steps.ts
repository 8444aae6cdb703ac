// Reducers that each break one rule: the search has to find every one of them, or its rules do not bite.

import { transition } from "@holdpoint/core/job/transition";
import type { StepFunction } from "./job-steps.ts";

export interface Broken {
  /** The rule that the fault breaks. */
  readonly rule: string;
  readonly step: StepFunction;
}

export const brokenSteps: Readonly<Record<string, Broken>> = {
  "a grant that was redeemed is redeemed again": {
    rule: "a job runs once",
    step: (file, command) => {
      const result = transition(file, command);
      if (result.ok || result.code !== "grant_already_redeemed") return result;
      const job = { ...file.job, state: "APPROVED", execution: null } as const;
      return transition({ ...file, job }, command);
    },
  },
  "a grant that was replaced is redeemed": {
    rule: "nothing runs without its live grant",
    step: (file, command) =>
      transition(
        file,
        command.kind === "redeem" && file.job.grant !== null
          ? { ...command, grantId: file.job.grant.id }
          : command,
      ),
  },
  "a question that is asked anew forgets the run that waits": {
    rule: "a run that waits for a call hears of its answer, once",
    step: (file, command) => {
      const result = transition(file, command);
      if (!result.ok || result.change.job.round === file.job.round) return result;
      const { change } = result;
      return { ok: true, change: { ...change, job: { ...change.job, resumption: null } } };
    },
  },
  "another action than the approved one runs": {
    rule: "only what was approved runs",
    step: (file, command) =>
      transition(
        file,
        command.kind === "redeem" ? { ...command, runningHash: file.job.jobHash } : command,
      ),
  },
  "a vote for an older action counts": {
    rule: "a vote is for what its voter saw",
    step: (file, command) =>
      transition(file, command.kind === "review" ? { ...command, seenHash: null } : command),
  },
  "an effect that nobody saw runs": {
    rule: "what people were asked about runs with the effect that they saw",
    step: (file, command) =>
      transition(file, command.kind === "redeem" ? { ...command, changed: null } : command),
  },
  "a changed effect leaves the hash as it was": {
    rule: "a vote is for the effect that its voter saw",
    step: (file, command) => {
      const result = transition(file, command);
      if (!result.ok || command.kind !== "redeem" || command.changed == null) return result;
      const { change } = result;
      const job = { ...change.job, jobHash: file.job.jobHash };
      const facts = change.facts.map((fact) => ({ ...fact, jobHash: job.jobHash }));
      return { ok: true, change: { ...change, job, facts } };
    },
  },
  "an execution is settled while it runs": {
    rule: "people settle only what nobody reported",
    step: (file, command) => {
      if (command.kind !== "settle" || file.job.state !== "EXECUTING")
        return transition(file, command);
      return transition({ ...file, job: { ...file.job, state: "UNKNOWN" } }, command);
    },
  },
  "votes outlive a modification": {
    rule: "people release only with their whole quorum",
    step: (file, command) => {
      if (command.kind !== "review" || command.verdict !== "modify")
        return transition(file, command);
      const carried = file.reviews.map((one) => ({ ...one, round: file.job.round + 1 }));
      return transition({ ...file, reviews: carried }, command);
    },
  },
  "the owner of the agent reviews": {
    rule: "nobody reviews who may not",
    step: (file, command) => {
      if (command.kind !== "review") return transition(file, command);
      const { requester } = file.job;
      const job = { ...file.job, requester: { ...requester, agentOwner: null } };
      const result = transition({ ...file, job }, command);
      if (!result.ok) return result;
      const { change } = result;
      const after = change.job === job ? file.job : { ...change.job, requester };
      return { ok: true, change: { ...change, job: after } };
    },
  },
  "somebody outside the asked role reviews": {
    rule: "nobody reviews who may not",
    step: (file, command) =>
      transition(
        file,
        command.kind === "review"
          ? {
              ...command,
              directory: { ...command.directory, isMember: () => true, holdsRole: () => true },
            }
          : command,
      ),
  },
  "one person is counted twice": {
    rule: "people release only with their whole quorum",
    step: (file, command) => {
      if (command.kind !== "review" || command.verdict !== "approve")
        return transition(file, command);
      const { person } = command;
      const isSecond = file.reviews.some((one) => one.person.id === person.id);
      const id = isSecond ? `${person.id} again` : person.id;
      return transition(file, { ...command, person: { ...person, id } });
    },
  },
  "time is up one millisecond late": {
    rule: "time is up at the deadline",
    step: (file, command) => transition(file, { ...command, now: command.now - 1 }),
  },
  "an expired grant runs at its last moment": {
    rule: "nothing runs without its live grant",
    step: (file, command) =>
      transition(
        file,
        command.kind === "redeem" && command.now === file.job.grant?.expiresAt
          ? { ...command, now: command.now - 1 }
          : command,
      ),
  },
  "a stricter policy is not asked at the redemption": {
    rule: "a stricter policy wins until the redemption",
    step: (file, command) =>
      transition(
        file,
        command.kind === "redeem"
          ? { ...command, ruling: { ...command.ruling, decision: file.job.decision } }
          : command,
      ),
  },
  "a stricter policy is not asked at the approval": {
    rule: "a stricter policy wins until the redemption",
    step: (file, command) =>
      transition(
        file,
        command.kind === "review" && command.verdict === "approve"
          ? { ...command, ruling: { ...command.ruling, decision: file.job.decision } }
          : command,
      ),
  },
  "an ended job is withdrawn": {
    rule: "an ended job never changes",
    step: (file, command) => {
      if (command.kind !== "cancel" || file.job.state !== "SUCCEEDED")
        return transition(file, command);
      return transition({ ...file, job: { ...file.job, state: "APPROVED" } }, command);
    },
  },
  "an expiry leaves no event": {
    rule: "the revision grows by one with each change",
    step: (file, command) => {
      const result = transition(file, command);
      if (command.kind !== "lapse" || !result.ok) return result;
      return { ok: true, change: { ...result.change, facts: [] } };
    },
  },
  "a return to the reviewers is recorded as an approval": {
    rule: "every change has exactly its fact",
    step: (file, command) => {
      const result = transition(file, command);
      if (!result.ok) return result;
      const facts = result.change.facts.map((fact) =>
        fact.type === "job.returned" ? { ...fact, type: "job.approved" as const } : fact,
      );
      return { ok: true, change: { ...result.change, facts } };
    },
  },
};
