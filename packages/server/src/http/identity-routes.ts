// The door to linked identities: look at a code, link by it, list, unlink.

import {
  identitiesQuery,
  identityPage,
  identityView,
  linkOffer,
  linkRequest,
} from "@holdpoint/core/wire/identity";
import { linkIdentity, listIdentities, lookAtCode, unlinkIdentity } from "../flow/identities.ts";
import { get, ok, post, remove, type Route } from "./route.ts";

const tag = "identity";

export const identityRoutes: readonly Route[] = [
  get({
    path: "/identities",
    operationId: "listIdentities",
    summary: "Chat accounts that speak for you; admins see everybody's",
    tag,
    query: identitiesQuery,
    answers: { 200: identityPage },
    handle: async ({ ctx, query }) => ok(await listIdentities(ctx, query.person ?? null)),
  }),
  post({
    path: "/identities/look",
    operationId: "lookAtLinkCode",
    summary: "Which account a code would link; the code stays usable",
    tag,
    body: linkRequest,
    answers: { 200: linkOffer },
    handle: async ({ ctx, body }) => ok(await lookAtCode(ctx, body.code)),
  }),
  post({
    path: "/identities/link",
    operationId: "linkIdentity",
    summary: "Link the account that was shown the code to the person who is signed in",
    tag,
    body: linkRequest,
    answers: { 200: identityView },
    isFreshAuth: true,
    handle: async ({ ctx, body }) => ok(await linkIdentity(ctx, body.code)),
  }),
  remove({
    path: "/identities/{channel}/{external}",
    operationId: "unlinkIdentity",
    summary: "End a link at once: your own, or as an admin anybody's",
    tag,
    answers: { 200: identityView },
    isFreshAuth: true,
    handle: async ({ ctx, params }) =>
      ok(await unlinkIdentity(ctx, params["channel"] ?? "", params["external"] ?? "")),
  }),
];
