// Every bound of the product, once, each with its unit and its reason.

/** A request body in bytes: the largest action (1 MiB of parameters) with room for claims. */
export const bodyBytesMax = 1_310_720;
/** Canonical parameters in bytes; larger parts travel by digest and uri. */
export const paramsBytesMax = 1_048_576;
/** A recorded output in canonical bytes; larger results are recorded by their digest. */
export const outputBytesMax = 1_048_576;
/** How long an output is kept when the configuration does not say it, in milliseconds. */
export const outputLifeDefaultMs = 7 * 86_400_000;
/** Nesting of a JSON document; deeper input is a bomb, not an action. */
export const jsonDepthMax = 64;
/** Nesting of canonical JSON: a whole document inside what we wrap it in to hash or record it. */
export const canonicalDepthMax: number = jsonDepthMax + 8;
/** Values in one JSON document; bounds the work before policy sees it. */
export const jsonNodesMax = 50_000;
/** A policy file in bytes; ten thousand rules fit. */
export const policyBytesMax = 8_388_608;
/** Values in one policy file with its aliases written out; bounds the work of reading it. */
export const policyNodesMax = 1_000_000;
/** Findings that reading one policy file answers with. */
export const policyFindingsMax = 500;
/** Generated actions on which two policies are compared. */
export const policyDiffCasesMax = 20_000;
/** Rules in one policy. */
export const rulesMax = 20_000;
/** Units of work that the conditions of one decision may take together; about 10 ms at the worst. */
export const celBudget = 100_000;
/** Units for rules that only warn: enough for plain conditions, and no burden on the answer. */
export const warningBudget = 10_000;
/** Units for the expressions in one reason. */
export const templateBudget = 2_000;
/** Characters of a reason that an expression contributed to. */
export const templateTextMax = 500;
/** The largest `over` of a velocity: what is counted is kept. */
export const velocityOverMax = 1_000;
/** The shortest span that a velocity counts over, in milliseconds. */
export const velocityInMinMs = 1_000;
/** The longest span that a velocity counts over, in milliseconds. */
export const velocityInMaxMs = 7 * 86_400_000;
/** Units that asking a condition takes beside its operations: many cheap ones cost time too. */
export const conditionUnits = 16;
/** Units that one velocity count takes: values are worked out and hashed for its key. */
export const velocityUnits = 400;
/** Units for the expressions by which one velocity count is told from another. */
export const velocityBudget = 1_000;
/** Entries in the stored trace; the rest is counted, not listed. */
export const traceEntriesMax = 64;
/** Segments in a topic. */
export const topicSegmentsMax = 16;
/** Characters in a topic. */
export const topicLengthMax = 255;
/** Risk tags on one action. */
export const riskTagsMax = 64;
/** People that one requirement may ask for. */
export const requirementCountMax = 20;
/** Requirements that one hold may carry after merging. */
export const requirementsMax = 16;
/** Votes and comments kept on one job. */
export const reviewsPerJobMax = 200;
/** Modifications of one job; past it the agent should propose anew. */
export const revisionsPerJobMax = 50;
/** Hold timeout when neither the action nor a rule says one: spec 03, automated workflows. */
export const holdTimeoutDefaultMs = 300_000;
/** Reminders of one level. */
export const remindersMax = 8;
/** Entries among the limits of one role or person. */
export const limitsMax = 50;
/** People of a group that may be told first. */
export const tellMax = 100;
/** The longest span over which notices are gathered, in milliseconds. */
export const digestMaxMs = 86_400_000;
/** Circumstances in which a rule may be overridden. */
export const circumstancesMax = 16;
/** Widenings of one hold. */
export const escalationsMax = 16;
/** How long a claimed card may be silent when the rule does not say it, in milliseconds. */
export const claimSilenceDefaultMs = 900_000;
/** A level whose notice nobody accepted in this time counts as one that reaches nobody. */
export const deliveryProofMs = 60_000;
/** How long a rejection is remembered when the policy does not say it: spec 03, 24 hours. */
export const rejectionMemoryDefaultMs = 86_400_000;
/** The longest that a rejection can be remembered. */
export const rejectionMemoryMaxMs = 30 * 86_400_000;
/** Rejections of a topic that a proposal is compared with, newest first. */
export const rejectionsCompared = 50;
/** Time for a governance review when the policy does not say it. */
export const governanceDueDefaultMs = 3 * 86_400_000;
/** Overrides of one person, rule or agent that raise a finding, and the span they are counted over. */
export const overridesMaxDefault = 3;
export const overridesPerDefaultMs = 30 * 86_400_000;
/** Labels on one incident. */
export const incidentLabelsMax = 64;
/** Open incidents that one override is compared with, the newest. */
export const incidentsOpenMax = 1_000;
/** Overrides that one governance report looks at. */
export const governanceReportMax = 20_000;
/** Questions to the agent on one hold. */
export const questionsMax = 20;
/** Holds in one batch of reviews. */
export const batchMax = 100;
/** People in the people file of a tenant. */
export const peopleMax = 5_000;
/** Groups in the people file of a tenant. */
export const peopleGroupsMax = 500;
/** Delegations that stand or are planned in a tenant. */
export const delegationsMax = 2_000;
/** Of them those that one person gave, those that ended within the longest hold among them: none takes all the room. */
export const delegationsOfPersonMax = 50;
/** The longest delegation. */
export const delegationMaxMs = 366 * 86_400_000;
/** An iCalendar in bytes. */
export const rosterBytesMax = 4_194_304;
/** The longest a hold may wait. */
export const holdTimeoutMaxMs = 30 * 86_400_000;
/** The shortest hold: below it nobody can answer. */
export const holdTimeoutMinMs = 1_000;
/** Life of a grant in milliseconds; a fresh one can be had while the job is APPROVED. */
export const grantLifeMs = 300_000;
/** How long an allowed action stays executable when it was released without people. */
export const allowedLifeMs = 3_600_000;
/** How long an approved action stays executable after people released it. */
export const approvedLifeMs = 86_400_000;
/** Time from redemption to the outcome report; then the job is UNKNOWN. */
export const outcomeDeadlineMs = 900_000;
/** The longest outcome deadline that a `max_runtime_sec` constraint may imply. */
export const outcomeDeadlineMaxMs = 86_400_000;
/** Long poll of `GET /jobs/{id}/wait`, in milliseconds. */
export const waitMaxMs = 60_000;
/** Items on one page of a list. */
export const pageSizeMax = 200;
/** Items on one page when the caller names no size. */
export const pageSizeDefault = 50;
/** Characters in a reason, a note or a comment. */
export const reasonLengthMax = 4_000;
/** Characters of one claim that an agent makes. */
export const claimLengthMax = 16_000;
/** Pieces of evidence on one action. */
export const evidenceMax = 32;
/** Proposals in one database flush of the group committer. */
export const flushSizeMax = 128;
/** Sealed outputs in one flush, in bytes: the statement carries them as text. */
export const flushBytesMax = 8_388_608;
/** Proposals that may wait for a flush; past it callers get 503 and try again. */
export const flushQueueMax = 4_096;
/** Live connections to the event stream, per process. */
export const streamsMax = 10_000;
/** Live streams of agents, per process. */
export const agentStreamsMax = 50_000;
/** Live streams of one agent, per process, so that one leaves room for the others. */
export const agentStreamsOfOneMax = 20_000;
/** Waiting long polls, per process. */
export const waitersMax = 60_000;
/** Outbox rows that one sender claims at once. */
export const outboxBatch = 32;
/** Attempts before a delivery is a dead letter. */
export const deliveryAttemptsMax = 12;
/** First pause between two attempts of a delivery, in milliseconds; doubles, with jitter. */
export const deliveryBackoffMs = 1_000;
/** Longest pause between two attempts of a delivery, in milliseconds. */
export const deliveryBackoffMaxMs = 3_600_000;
/** After this a message that was only put off is given up, in milliseconds. */
export const deliveryLifeMs = 3 * 86_400_000;
/** Notices in one digest. */
export const digestItemsMax = 50;
/** Time limit of one outgoing request, in milliseconds. */
export const deliveryTimeoutMs = 10_000;
/** Held calls that one run can wait for at an interrupt. */
export const resumptionJobsMax = 64;
/** Held calls of one run that one reading tells. */
export const runInterruptsMax = 256;
/** Runs that one claim takes. */
export const resumptionClaimMax = 16;
/** Queues that one worker listens to. */
export const resumptionQueuesMax = 16;
/** The longest wait of one claim, in seconds. */
export const resumptionWaitMaxS = 50;
/** The shortest and the longest lease of a claimed run, in milliseconds. */
export const resumptionLeaseMinMs = 5_000;
export const resumptionLeaseMaxMs = 900_000;
/** Claims of one run before it is given up. */
export const resumptionAttemptsMax = 10;
/** First pause after a failed attempt of a run, in milliseconds; doubles, with jitter. */
export const resumptionBackoffMs = 1_000;
export const resumptionBackoffMaxMs = 300_000;
/** Characters of what a worker says about a run. */
export const runWordsMax = 500;
/** State in bytes that one claim of several runs answers with; the first one always comes. */
export const resumptionClaimBytesMax = 33_554_432;
/** After this a run whose suspension was cut short is bound by the server, in milliseconds. */
export const resumptionArmMs = 60_000;
/** Due jobs that one sweep takes. */
export const sweepBatch = 200;
/** How long a stored answer to an Idempotency-Key is kept, in milliseconds. */
export const idempotencyLifeMs = 86_400_000;
/** Characters in an Idempotency-Key. */
export const idempotencyKeyLengthMax = 255;
/** Earlier jobs of an agent and topic that ranges and outcomes are taken from. */
export const historyJobsMax = 200;
/** Earlier jobs of an agent or a target that are looked through for one that was released. */
export const historyLooksMax = 1_000;
/** Usual ranges that history has, those with the most actions behind them. */
export const historyRangesMax = 64;
/** Where counts of history stop; past it a rule should count by `velocity`. */
export const historyCountMax = 10_000;
/** Numeric parameters of one action that history keeps. */
export const historyNumbersMax = 32;
/** Entries in the tool registry of a tenant. */
export const toolsMax = 2_000;
/** How long a publication waits for people when no rule says it, in milliseconds. */
export const publishTimeoutMs = 7 * 86_400_000;
/** Drafts of policies in a tenant. */
export const draftsMax = 200;
/** How far ahead an activation can be scheduled, in milliseconds. */
export const scheduleAheadMaxMs = 90 * 86_400_000;
/** Verdicts of one shadow that are kept; the newest. */
export const shadowVerdictsMax = 10_000;
/** Decisions that wait to be looked at by the shadow; past it they are left out, and counted. */
export const shadowQueueMax = 2_000;
/** Pending holds that one look compares with a policy that became active; the next look goes on. */
export const affectedHoldsMax = 10_000;
/** Recorded decisions that one replay looks at when the caller names no number, and at most. */
export const replayDefault = 10_000;
export const replayMax = 100_000;
/** Recorded decisions that are looked at each time that a draft is written. */
export const draftReplayMax = 1_000;
/** Generated actions by which a draft is compared each time that it is written. */
export const draftCasesMax = 2_000;
/** Life of a code that links a chat account, in milliseconds. */
export const linkCodeLifeMs = 600_000;
/** Characters of the name of a chat account. */
export const identityNameMax = 80;
/** Life of an API key when none is asked for, in milliseconds. */
export const apiKeyLifeMs = 90 * 86_400_000;
/** An audit leaf in bytes: C2SP tlog-tiles entry bundles carry 16-bit lengths. */
export const leafBytesMax = 65_535;
/** What is sealed at rest in bytes; a record says its length in four bytes and is opened in memory. */
export const sealedBytesMax = 67_108_864;
/** State of one checkpoint in bytes when the server is not told another number. */
export const checkpointBytesDefault = 16_777_216;
/** How long a checkpoint is kept when the server is not told it, in milliseconds. */
export const checkpointLifeDefaultMs = 30 * 86_400_000;
/** Holds of one agent that its limit may let wait at once. */
export const agentPendingMax = 100_000;
/** Proposals of one agent that its limit may let through within a minute; each is remembered that long. */
export const agentPerMinuteMax = 60_000;
/** How long a key goes on beside the one that replaces it when the caller does not say it. */
export const keyOverlapDefaultMs = 86_400_000;
/** The longest that it may. */
export const keyOverlapMaxMs = 30 * 86_400_000;
/** Jobs of a killed agent that one look ends. */
export const agentSweepMax = 200;
/** How long a snapshot may decide locally after it was asked for, in milliseconds. */
export const localLeaseMs = 60_000;
/** Long poll of `GET /policy/snapshot`, in milliseconds; a lease outlives two of them. */
export const localWaitMaxMs = 20_000;
/** Records in one batch of local decisions. */
export const localBatchMax = 200;
/** Leases that the records of one batch name. */
export const localLeasesMax = 32;
/** Topics of remembered rejections that a lease names; past it nothing is decided locally. */
export const localTopicsMax = 200;
/** How long after its lease a local decision is still taken, in milliseconds. */
export const localRecordLifeMs = 30 * 86_400_000;
/** How long the receipt of a batch is kept; its records are known for ever. */
export const localBatchLifeMs = 7 * 86_400_000;
/** Writes beside a checkpoint that one call brings. */
export const checkpointWritesMax = 1_000;
/** Writes beside one checkpoint, plain, as a multiple of what one state may have: all of them are opened at once. */
export const checkpointWritesShare = 4;
/** What stands around a write counts with it. */
export const checkpointWriteOverheadBytes = 1_024;
