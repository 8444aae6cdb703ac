// Every way the product can fail, once: HTTP status, advice to retry and title all come from here.

export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "gone"
  | "limit"
  | "unavailable"
  | "bug";

/** `never`: the same call fails again; `later`: try again; `request`: ask for a fresh one first. */
export type Retry = "never" | "later" | "request";

export interface CatalogueEntry {
  readonly kind: ErrorKind;
  readonly status: number;
  readonly retry: Retry;
  readonly title: string;
}

const invalid = (title: string): CatalogueEntry => ({
  kind: "invalid",
  status: 400,
  retry: "never",
  title,
});
const forbidden = (title: string): CatalogueEntry => ({
  kind: "forbidden",
  status: 403,
  retry: "never",
  title,
});
const missing = (title: string): CatalogueEntry => ({
  kind: "not_found",
  status: 404,
  retry: "never",
  title,
});
const conflict = (title: string, retry: Retry = "never"): CatalogueEntry => ({
  kind: "conflict",
  status: 409,
  retry,
  title,
});
const gone = (title: string): CatalogueEntry => ({
  kind: "gone",
  status: 410,
  retry: "request",
  title,
});
const limit = (title: string, status = 413, retry: Retry = "never"): CatalogueEntry => ({
  kind: "limit",
  status,
  retry,
  title,
});
const unavailable = (title: string): CatalogueEntry => ({
  kind: "unavailable",
  status: 503,
  retry: "later",
  title,
});

export type ErrorCode = keyof typeof entries;

const entries = {
  agent_invalid: invalid("The registration of the agent is not usable"),
  action_invalid: invalid("The action does not have the form of one"),
  checkpoint_digest_mismatch: invalid("The state is not the one that its digest says"),
  checkpoint_state_invalid: invalid("The state is not base64"),
  cursor_invalid: invalid("The cursor is not one that this list gave out"),
  grant_invalid: invalid("The grant is not one that this server signed"),
  header_invalid: invalid("A header of the request is not usable"),
  json_duplicate_key: invalid("A JSON object names the same key twice"),
  json_inexact_number: invalid("A JSON number would change its value when read"),
  json_invalid: invalid("The body is not JSON"),
  json_lone_surrogate: invalid("A JSON string holds half a character"),
  json_null_character: invalid("A JSON string holds the character U+0000"),
  json_too_deep: invalid("The JSON document is nested too deeply"),
  json_too_many_nodes: invalid("The JSON document holds too many values"),
  key_invalid: invalid("The API key cannot have these rights"),
  batch_mixed: invalid("A batch takes holds of one rule, topic and agent"),
  identity_code_invalid: invalid("The code is not one that can link an identity"),
  output_digest_mismatch: invalid("The digest is not that of the output"),
  people_invalid: invalid("The people file does not load"),
  policy_invalid: invalid("The policy file does not load"),
  query_invalid: invalid("A query parameter is not usable"),
  tools_invalid: invalid("The tool registry does not load"),
  request_invalid: invalid("The request does not have the form that this call takes"),
  config_invalid: invalid("A setting of the server is not usable"),
  seal_key_missing: invalid("No key is set that seals what is at rest"),

  unauthenticated: {
    kind: "unauthenticated",
    status: 401,
    retry: "never",
    title: "Who is asking is not known",
  },

  agent_killed: {
    kind: "unauthenticated",
    status: 401,
    retry: "never",
    title: "The agent was killed",
  },
  agent_paused: forbidden("The agent may not act for now"),
  approval_not_authorized: forbidden("This person may not review this job"),
  approval_self_review: forbidden("Nobody reviews an action of their own"),
  approval_strong_auth_required: forbidden("This review needs a stronger sign-in"),
  delegation_refused: forbidden("This delegation is not possible"),
  local_not_allowed: forbidden("This agent has every action decided by the server"),
  override_refused: forbidden("This hold cannot be released by an override"),
  signature_refused: {
    kind: "unauthenticated",
    status: 401,
    retry: "never",
    title: "The signature of the call does not hold",
  },
  scope_missing: forbidden("The credential does not carry the scope for this call"),
  origin_refused: forbidden("The call comes from a page that may not make it"),

  agent_not_found: missing("No such registered agent"),
  channel_not_found: missing("No such channel is configured"),
  checkpoint_not_found: missing("No such checkpoint"),
  delegation_not_found: missing("No such delegation"),
  delivery_not_found: missing("No such delivery"),
  governance_not_found: missing("No such governance review or finding"),
  group_not_found: missing("No such group"),
  identity_not_found: missing("No such linked identity"),
  incident_not_found: missing("No such incident"),
  output_not_found: missing("No output of the job is kept"),
  person_not_found: missing("No such person"),
  question_not_found: missing("No such question to the agent"),
  takeover_not_found: missing("No such takeover"),
  draft_not_found: missing("No such draft of a policy"),
  event_not_found: missing("No such event"),
  job_not_found: missing("No such job"),
  key_not_found: missing("No such API key"),
  policy_not_found: missing("No such policy snapshot"),
  remediation_not_found: missing("The decision offers no such remediation"),
  resumption_not_found: missing("No such suspended run"),
  tool_not_found: missing("The registry has no such tool"),
  shadow_not_found: missing("No shadow policy was started"),
  route_not_found: missing("No such address"),
  method_not_allowed: {
    kind: "not_found",
    status: 405,
    retry: "never",
    title: "Not with this method",
  },

  agent_ended: conflict("The agent was killed, and nothing changes that"),
  agent_stale: conflict("The registration of the agent changed in the meantime", "request"),
  checkpoint_exists: conflict("The id of the checkpoint is taken by another state"),
  checkpoint_in_use: conflict("A run that has not ended goes on from the checkpoint"),
  claim_conflict: conflict("Somebody else has the card", "request"),
  delivery_not_dead: conflict("Only a dead letter is sent again"),
  governance_closed: conflict("The governance review is closed"),
  incident_closed: conflict("The incident is closed"),
  incident_exists: conflict("The incident id is taken"),
  people_stale: conflict("The people of the tenant changed in the meantime", "request"),
  takeover_not_open: conflict("The takeover is not open"),
  approval_already_resolved: conflict("The hold is already decided"),
  approval_not_actionable: conflict("The job is not waiting for people"),
  approval_retryable_lock: conflict("Somebody else changed the job at the same moment", "later"),
  approval_stale_request: conflict("The job is not the one that was shown", "request"),
  approval_stale_snapshot: conflict(
    "The policy changed, the job has to be looked at anew",
    "request",
  ),
  draft_limit: conflict("The tenant keeps as many drafts as it can"),
  draft_not_open: conflict("The draft is being published, or was"),
  draft_stale: conflict("Somebody else changed the draft", "request"),
  effect_changed: conflict("The effect is not the one that was shown", "request"),
  grant_already_redeemed: conflict("The grant was redeemed before"),
  grant_hash_mismatch: conflict("The action about to run is not the approved one"),
  grant_not_live: conflict("The grant cannot be used any more", "request"),
  grant_policy_denied: conflict("The policy now active does not let this action run"),
  idempotency_mismatch: conflict("The idempotency key was used for another request"),
  job_exists: conflict("The job id is taken by another action"),
  job_not_executing: conflict("No execution of this job is open"),
  job_not_approved: conflict("The job is not approved"),
  job_not_unknown: conflict("Only a job without an outcome is settled"),
  job_suspended: conflict("Another run that a worker has waits for the job", "request"),
  job_not_cancellable: conflict("The job can no longer be withdrawn"),
  modify_denied: conflict("Policy denies the modified action"),
  outcome_exists: conflict("Another outcome was reported before"),
  policy_not_active_before: conflict("The policy was never active"),
  policy_stale: conflict("Another policy was activated in the meantime", "request"),
  publication_fixed: conflict("A publication is approved or rejected as it is"),
  review_limit: conflict("The job has as many reviews as it can hold"),
  resumption_ended: conflict("The run was taken up, cancelled or given up before"),
  resumption_lost: conflict("Another worker has the run, or it is over"),
  resumption_not_dead: conflict("Only a run that was given up is tried again"),
  resumption_not_due: conflict("The run waits for people", "later"),
  rollout_not_running: conflict("No rollout is running"),
  rollout_running: conflict("A rollout is running", "later"),

  grant_expired: gone("The grant is no longer valid"),

  agent_queue_full: limit("The agent has as many holds as it may", 429, "later"),
  agent_rate_limited: limit("The agent proposes faster than it may", 429, "later"),
  checkpoint_too_large: limit("The state of the checkpoint is too large"),
  json_too_large: limit("The body is too large"),
  output_too_large: limit("The output is too large"),
  params_too_large: limit("The parameters are too large"),
  queue_full: limit("Too many proposals wait to be written", 503, "later"),
  streams_full: limit("Too many streams are open", 503, "later"),
  states_full: limit("Too much state is under way", 503, "later"),
  study_full: limit("Too many policies are being looked at", 503, "later"),
  study_too_long: limit("Looking at the policy took too long"),

  media_type_unsupported: {
    kind: "invalid",
    status: 415,
    retry: "never",
    title: "The body must be application/json",
  },

  channel_failed: unavailable("The channel did not accept the message"),
  shutting_down: unavailable("The server is about to stop"),
  storage_unavailable: unavailable("The store cannot be reached"),
  storage_locked: unavailable("Another process has the data folder open"),
  storage_not_durable: unavailable("The store does not reach the disk"),
  storage_unsafe_role: unavailable("The database role could read across tenants"),
  migration_failed: unavailable("The database schema cannot be brought up to date"),

  internal: {
    kind: "bug",
    status: 500,
    retry: "never",
    title: "The server met a fault of its own",
  },
  seal_broken: {
    kind: "bug",
    status: 500,
    retry: "never",
    title: "A sealed record does not open",
  },
  seal_key_unknown: {
    kind: "bug",
    status: 500,
    retry: "never",
    title: "A record was sealed by a key that is not there",
  },
} as const;

export const catalogue: Readonly<Record<ErrorCode, CatalogueEntry>> = entries;
