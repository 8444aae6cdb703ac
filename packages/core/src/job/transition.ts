// The production reducer: one function from a job and a command to the change, for every door.

import type { Instant } from "../base/clock.ts";
import { refuse, type Result } from "../base/result.ts";
import { applyReview } from "./apply-review.ts";
import { type AnswerCommand, answerQuestion, askAgent, type AskCommand } from "./ask.ts";
import type { Change } from "./change.ts";
import {
  assignCard,
  type AssignCommand,
  claimCard,
  type ClaimCommand,
  releaseCard,
  type ReleaseCommand,
} from "./claim.ts";
import { lapse } from "./lapse.ts";
import { proveLevel, type ProvedCommand, skipLevel, type UnreachableCommand } from "./proof.ts";
import { applyOverride, type OverrideCommand } from "./override.ts";
import { redeemGrant, type RedeemCommand } from "./redeem.ts";
import { renewGrant, type RenewCommand } from "./renew.ts";
import { reportOutcome, type ReportCommand } from "./report.ts";
import type { ReviewCommand } from "./review-command.ts";
import { suspendJob, type SuspendCommand } from "./suspend.ts";
import { type SettleCommand, settleUnknown } from "./settle.ts";
import { tick, type TickCommand } from "./tick.ts";
import { withdraw, type WithdrawCommand } from "./withdraw.ts";
import type { JobFile } from "./job.ts";

export interface LapseCommand {
  readonly kind: "lapse";
  readonly now: Instant;
}

export type Command =
  | ReviewCommand
  | OverrideCommand
  | ClaimCommand
  | ReleaseCommand
  | AssignCommand
  | AskCommand
  | AnswerCommand
  | RedeemCommand
  | RenewCommand
  | ReportCommand
  | SettleCommand
  | WithdrawCommand
  | SuspendCommand
  | ProvedCommand
  | UnreachableCommand
  | TickCommand
  | LapseCommand;

export function transition(file: JobFile, command: Command): Result<{ change: Change }> {
  switch (command.kind) {
    case "review":
      return applyReview(file, command);
    case "override":
      return applyOverride(file, command);
    case "claim":
      return claimCard(file.job, command);
    case "release":
      return releaseCard(file.job, command);
    case "assign":
      return assignCard(file.job, command);
    case "ask":
      return askAgent(file.job, command);
    case "answer":
      return answerQuestion(file.job, command);
    case "redeem":
      return redeemGrant(file.job, command);
    case "renew":
      return renewGrant(file.job, command);
    case "report":
      return reportOutcome(file.job, command);
    case "settle":
      return settleUnknown(file.job, command);
    case "cancel":
    case "revoke":
      return withdraw(file.job, command);
    case "suspend":
      return suspendJob(file.job, command);
    case "proved":
      return proveLevel(file.job, command);
    case "unreachable":
      return skipLevel(file.job, command);
    case "tick":
      return tick(file, command);
    case "lapse": {
      const change = lapse(file.job, command.now);
      if (change === null) return refuse("approval_not_actionable", "nothing is due yet");
      return { ok: true, change };
    }
  }
}
