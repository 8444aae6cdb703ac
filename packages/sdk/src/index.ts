// Everything that users of this package can import.

export { Holdpoint } from "./holdpoint.ts";
export type {
  ApprovalOptions,
  CancelOptions,
  HoldpointOptions,
  ProposalOptions,
  RemediateOptions,
  RequestOptions,
  TakeoverOptions,
  WaitOptions,
} from "./client/options.ts";
export { CheckpointStore } from "./checkpoint/store.ts";
export type {
  CheckpointPlace,
  ForkTarget,
  ListOptions,
  NewCheckpoint,
  NewWrite,
  ReadOptions,
  SavedCheckpoint,
  SavedWrite,
  TaskWrites,
} from "./checkpoint/store.ts";
export type {
  Action,
  AgentRun,
  Claims,
  Cost,
  Duration,
  Effect,
  Evidence,
  Json,
  JsonObject,
  Target,
  Tool,
} from "./action/action.ts";
export {
  HoldpointApiError,
  HoldpointUnreachable,
  isApiError,
  WaitTimedOut,
} from "./client/error.ts";
export type {
  LocalControl,
  LocalOptions,
  LocalProblem,
  LocalStatus,
} from "./client/local-options.ts";
export { openQuestions } from "./client/question.ts";
export type { OnQuestion, Question } from "./client/question.ts";
export type { Report } from "./client/report.ts";
export type { Takeover } from "./client/takeover.ts";
export type { Call } from "./client/transport.ts";
export type {
  JobRef,
  WaitAllOptions,
  WaitEachOptions,
  WaitFirstOptions,
} from "./client/wait-many.ts";
export type { Approval } from "./guard/approval.ts";
export type { Constraints } from "./guard/constraint.ts";
export {
  ActionAlreadyExecuted,
  ActionCancelled,
  ActionDenied,
  ActionFailed,
  ActionHeld,
  ActionRejected,
  ActionRevoked,
  ActionStopped,
  AgentPaused,
  ApprovalExpired,
  ConstraintNotSupported,
  ConstraintViolated,
  Interrupted,
  isRefusal,
  NotExecuted,
  OutcomeUnknown,
  RuntimeExceeded,
} from "./guard/error.ts";
export type { Refusal } from "./guard/error.ts";
export { modelMessage } from "./guard/model-message.ts";
export type {
  CallOptions,
  CallState,
  CallStatus,
  Description,
  GuardedCall,
  GuardedTool,
  GuardOptions,
  ProposeOptions,
  ReconcileContext,
  Reconciled,
  RunOptions,
  ToolContext,
  ToolFunction,
} from "./guard/options.ts";
export type { InterruptOptions, ResumeMode } from "./interrupt/interrupt.ts";
export { outcomeOf } from "./interrupt/outcome.ts";
export type { CallOutcome, CallOutcomeStatus } from "./interrupt/outcome.ts";
export type { RunState } from "./interrupt/state.ts";
export type { JobView, OutputView, RedeemAnswer } from "@holdpoint/core/wire/response";
export type { CheckpointView, ThreadView } from "@holdpoint/core/wire/checkpoint";
export { LeaseLost } from "./worker/lease.ts";
export type { ResumedRun } from "./worker/resumed-run.ts";
export type { ClaimOptions, Resumptions, RunFilter } from "./worker/resumptions.ts";
export type { Worker, WorkerOptions } from "./worker/worker.ts";
