// The door to a policy's life: drafts, publishing, what is active, rollouts, rollback, shadow, and what-if.

import {
  diffReport,
  diffRequest,
  draftChangeRequest,
  draftPage,
  draftRequest,
  draftView,
  policyState,
  publishAnswer,
  publishRequest,
  replayReport,
  replayRequest,
  rollbackRequest,
  rolloutRequest,
  rolloutView,
  shadowRequest,
  shadowView,
  testReport,
  testRequest,
} from "@holdpoint/core/wire/policy-life";
import { explainRequest, policyRequest } from "@holdpoint/core/wire/request";
import { explainView, policyView } from "@holdpoint/core/wire/response";
import { explainProposal } from "../flow/explain-policy.ts";
import {
  changeDraft,
  createDraft,
  listDrafts,
  readDraft,
  removeDraft,
} from "../flow/policy-drafts.ts";
import { readPolicyState } from "../flow/policy-state.ts";
import { publishDraft, submitPolicy } from "../flow/publish-draft.ts";
import { rollBack } from "../flow/rollback.ts";
import { controlRollout } from "../flow/rollout-verbs.ts";
import { endShadow, readShadow, startShadow } from "../flow/shadow-verbs.ts";
import { comparePolicies, replayPolicy, testPolicy } from "../flow/try-policy.ts";
import { get, ok, post, put, remove, type Route } from "./route.ts";

const tag = "policies";

const draftRoutes: readonly Route[] = [
  get({
    path: "/policies/drafts",
    operationId: "listDrafts",
    summary: "Drafts of policies, last changed first",
    tag,
    answers: { 200: draftPage },
    handle: async ({ ctx }) => ok(await listDrafts(ctx)),
  }),
  post({
    path: "/policies/drafts",
    operationId: "createDraft",
    summary: "Keep a text as a draft, with what check, tests, comparison and replay say of it",
    tag,
    body: draftRequest,
    answers: { 201: draftView },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => ({ status: 201, body: await createDraft(ctx, body) }),
  }),
  get({
    path: "/policies/drafts/{id}",
    operationId: "readDraft",
    summary: "One draft with its text and results",
    tag,
    answers: { 200: draftView },
    handle: async ({ ctx, params }) => ok(await readDraft(ctx, params["id"] ?? "")),
  }),
  put({
    path: "/policies/drafts/{id}",
    operationId: "changeDraft",
    summary: "Change an open draft; it is compared with what is active now",
    tag,
    body: draftChangeRequest,
    answers: { 200: draftView },
    isPolicyBody: true,
    handle: async ({ ctx, params, body }) => ok(await changeDraft(ctx, params["id"] ?? "", body)),
  }),
  remove({
    path: "/policies/drafts/{id}",
    operationId: "removeDraft",
    summary: "Remove an open draft",
    tag,
    answers: { 200: draftView },
    handle: async ({ ctx, params }) => ok(await removeDraft(ctx, params["id"] ?? "")),
  }),
  post({
    path: "/policies/drafts/{id}/publish",
    operationId: "publishDraft",
    summary: "Ask other admins to put a draft in force (202), or do it where that is allowed (200)",
    tag,
    body: publishRequest,
    answers: { 200: publishAnswer, 202: publishAnswer },
    handle: async ({ ctx, params, body }) => {
      const answer = await publishDraft(ctx, params["id"] ?? "", body);
      return { status: answer.job === null ? 200 : 202, body: answer };
    },
  }),
];

const lifeRoutes: readonly Route[] = [
  get({
    path: "/policies/state",
    operationId: "readPolicyState",
    summary: "What decides now, what waits to decide, and what was active before",
    tag,
    answers: { 200: policyState },
    handle: async ({ ctx }) => ok(await readPolicyState(ctx)),
  }),
  post({
    path: "/policies/rollout",
    operationId: "controlRollout",
    summary: "Let a candidate decide for more agents, halt it, or finish its rollout",
    tag,
    body: rolloutRequest,
    answers: { 200: rolloutView },
    handle: async ({ ctx, body }) => ok(await controlRollout(ctx, body)),
  }),
  post({
    path: "/policies/rollback",
    operationId: "rollBackPolicy",
    summary: "Back to a policy that was active; through approval when that takes an invariant away",
    tag,
    body: rollbackRequest,
    answers: { 200: policyView, 202: publishAnswer },
    handle: async ({ ctx, body }) => rollBack(ctx, body),
  }),
  get({
    path: "/policies/shadow",
    operationId: "readShadow",
    summary: "What the shadow would have decided, beside what was decided",
    tag,
    answers: { 200: shadowView },
    handle: async ({ ctx }) => ok(await readShadow(ctx)),
  }),
  post({
    path: "/policies/shadow",
    operationId: "startShadow",
    summary: "Ask a policy about every action after it was decided, without any effect",
    tag,
    body: shadowRequest,
    answers: { 200: shadowView },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => ok(await startShadow(ctx, body)),
  }),
  remove({
    path: "/policies/shadow",
    operationId: "endShadow",
    summary: "End the shadow; what it said stays",
    tag,
    answers: { 200: shadowView },
    handle: async ({ ctx }) => ok(await endShadow(ctx)),
  }),
];

const tryRoutes: readonly Route[] = [
  post({
    path: "/policies",
    operationId: "publishPolicy",
    summary:
      "Publish a text: at once where that is allowed (200), else as a draft that waits for approval (202)",
    tag,
    body: policyRequest,
    answers: { 200: policyView, 202: publishAnswer },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => submitPolicy(ctx, body),
  }),
  post({
    path: "/policies/test",
    operationId: "testPolicy",
    summary: "Run the tests of a policy file, and those of a file beside it",
    tag,
    body: testRequest,
    answers: { 200: testReport },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => ok(await testPolicy(ctx, body)),
  }),
  post({
    path: "/policies/diff",
    operationId: "diffPolicies",
    summary: "What two policies decide differently",
    tag,
    body: diffRequest,
    answers: { 200: diffReport },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => ok(await comparePolicies(ctx, body)),
  }),
  post({
    path: "/policies/explain",
    operationId: "explainAction",
    summary: "What a policy says about an action, rule by rule; nothing is written",
    tag,
    body: explainRequest,
    answers: { 200: explainView },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => ok(await explainProposal(ctx, body)),
  }),
  post({
    path: "/policies/replay",
    operationId: "replayPolicy",
    summary: "Make recorded decisions again with another policy; nothing is written",
    tag,
    body: replayRequest,
    answers: { 200: replayReport },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => ok(await replayPolicy(ctx, body)),
  }),
];

// A fixed path stands before one with a parameter in its place.
export const policyRoutes: readonly Route[] = [...draftRoutes, ...lifeRoutes, ...tryRoutes];
