// The names of core that most callers need; everything else is a subpath.

export { HoldpointError, isHoldpointError } from "./error/error.ts";
export { catalogue, type ErrorCode } from "./error/catalogue.ts";
export { jobStates, type JobState, isTerminal } from "./job/state.ts";
export { transition } from "./job/transition.ts";
export { openJob } from "./job/open.ts";
