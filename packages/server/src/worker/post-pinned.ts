// Posts to an address that somebody else wrote down: to one address, chosen once, and no private one unless allowed.

import { lookup as systemLookup } from "node:dns/promises";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { isIP } from "node:net";
import { DeliveryFailed } from "../channel/channel.ts";
import { failureOf } from "../channel/webhook.ts";
import type { WebhookRule } from "../flow/agent-webhook.ts";
import { isPublicAddress } from "./private-address.ts";

export type PostRule = Pick<WebhookRule, "isDevelopment" | "isPrivateAllowed">;

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

interface Resolved {
  readonly address: string;
  readonly family: number;
}

const loopback = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

/** Resolves when the receiver took it; throws DeliveryFailed otherwise. Nothing of its answer is read. */
export async function postPinned(rule: PostRule, posting: Posting): Promise<void> {
  const url = URL.parse(posting.url);
  if (url === null) throw new DeliveryFailed("the address is not one", { isFinal: true });
  const to = await addressOf(url, rule);
  const isPlain = url.protocol === "http:";
  if (isPlain && !(rule.isDevelopment && loopback.test(to.address))) {
    throw new DeliveryFailed("the address has to begin with https://", { isFinal: true });
  }
  await send(url, { ...posting, to, isPlain });
}

/**
 * SECURITY: the address is chosen here, once, and the connection is made to it and to nothing else: a name that answers
 * differently the next time leads nowhere. One private address among the answers refuses the name whole.
 */
async function addressOf(url: URL, rule: PostRule): Promise<Resolved> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const found = family === 0 ? await resolveName(host) : [{ address: host, family }];
  const isAllowed = ({ address }: Resolved): boolean =>
    rule.isPrivateAllowed ||
    isPublicAddress(address) ||
    (rule.isDevelopment && loopback.test(address));
  const [first] = found;
  if (first === undefined) throw new DeliveryFailed("the host of the receiver is not known");
  if (found.every(isAllowed)) return first;
  throw new DeliveryFailed(
    "the host of the receiver is no public address (HOLDPOINT_WEBHOOK_PRIVATE allows others)",
  );
}

async function resolveName(host: string): Promise<readonly Resolved[]> {
  try {
    return await systemLookup(host, { all: true, verbatim: true });
  } catch {
    throw new DeliveryFailed("the host of the receiver is not known");
  }
}

interface Going extends Posting {
  readonly to: Resolved;
  readonly isPlain: boolean;
}

function send(url: URL, { to, isPlain, ...posting }: Going): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = isPlain ? plainRequest : tlsRequest;
    const going = request(url, {
      method: "POST",
      // No agent: no connection that was made for another name is used.
      agent: false,
      signal: posting.signal,
      headers: { ...posting.headers, "content-length": Buffer.byteLength(posting.body) },
      lookup: (_host, options, done) => {
        if (options.all === true) done(null, [{ address: to.address, family: to.family }]);
        else done(null, to.address, to.family);
      },
    });
    going.on("error", (error) => reject(failed(error, posting.signal)));
    going.on("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      response.destroy();
      // SECURITY: a redirect is no acceptance; it could lead anywhere.
      if (status >= 200 && status < 300) resolve();
      else reject(failureOf(status, headers["retry-after"] ?? null));
    });
    going.end(posting.body);
  });
}

function failed(error: Error, signal: AbortSignal): DeliveryFailed {
  if (signal.aborted) return new DeliveryFailed("the receiver did not answer in time");
  const code = (error as { readonly code?: unknown }).code;
  const words = typeof code === "string" ? `no connection (${code})` : "no connection";
  return new DeliveryFailed(words);
}
