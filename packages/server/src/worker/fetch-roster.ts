// Fetches an iCalendar from an address that somebody else wrote down: bounded, to public addresses only, no redirects.

import { lookup as systemLookup } from "node:dns/promises";
import { request } from "node:https";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import { rosterBytesMax } from "@holdpoint/core/base/limits";
import { isPublicAddress } from "./private-address.ts";

export interface Resolved {
  readonly address: string;
  readonly family: number;
}

export interface RosterFetching {
  /** All addresses of a name. */
  readonly resolve: (host: string) => Promise<readonly Resolved[]>;
  /** The operator says that rosters may lie in their own network. */
  readonly isPrivateAllowed: boolean;
  readonly timeoutMs: number;
  /** Certificates that are trusted beside those of the system. */
  readonly ca?: string;
}

export const rosterFetching: Omit<RosterFetching, "isPrivateAllowed"> = {
  resolve: (host) => systemLookup(host, { all: true, verbatim: true }),
  timeoutMs: 10_000,
};

/** Why there is no text; in words that name no address, which may be a secret. */
export class RosterRefused extends Error {
  override readonly name: string = "RosterRefused";
}

export async function fetchRoster(source: string, fetching: RosterFetching): Promise<string> {
  const url = URL.parse(source);
  if (url === null || url.protocol !== "https:") throw new RosterRefused("it is no https address");
  if (url.username !== "" || url.password !== "") {
    throw new RosterRefused("the address carries a name or password");
  }
  const signal = AbortSignal.timeout(fetching.timeoutMs);
  const resolved = await Promise.race([addressOf(url, fetching), aborted(signal)]);
  return await download(url, resolved, { signal, ca: fetching.ca });
}

/**
 * SECURITY: the address is chosen here, once, and the connection is made to it and to nothing else:
 * a name that answers differently the next time leads nowhere. One private address among the answers
 * refuses the name whole, so that it cannot be tried until the right one comes.
 */
async function addressOf(url: URL, fetching: RosterFetching): Promise<Resolved> {
  // The parser has turned every spelling of an IPv4 address (decimal, octal, short) into four numbers.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const found = family === 0 ? await resolveName(host, fetching) : [{ address: host, family }];
  const [first] = found;
  if (first === undefined) throw new RosterRefused("its host is not known");
  const isRefused =
    !fetching.isPrivateAllowed && !found.every((one) => isPublicAddress(one.address));
  if (isRefused) {
    throw new RosterRefused(
      "its host is no public address (HOLDPOINT_ROSTER_PRIVATE allows others)",
    );
  }
  return first;
}

async function resolveName(
  host: string,
  { resolve }: RosterFetching,
): Promise<readonly Resolved[]> {
  try {
    return await resolve(host);
  } catch {
    throw new RosterRefused("its host is not known");
  }
}

interface Going {
  readonly signal: AbortSignal;
  readonly ca: string | undefined;
}

function download(url: URL, to: Resolved, { signal, ca }: Going): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void =>
      reject(error instanceof RosterRefused ? error : new RosterRefused(reasonOf(error, signal)));
    const going = request(url, {
      method: "GET",
      // No agent: no connection that was made for another name is used.
      agent: false,
      signal,
      headers: { accept: "text/calendar, text/plain;q=0.5", "accept-encoding": "identity" },
      lookup: (_host, options, done) => {
        if (options.all === true) done(null, [{ address: to.address, family: to.family }]);
        else done(null, to.address, to.family);
      },
      ...(ca === undefined ? {} : { ca }),
    });
    going.on("error", failed);
    going.on("response", (response) => {
      const { statusCode = 0 } = response;
      const peer = (response.socket as TLSSocket).remoteAddress;
      if (statusCode !== 200 || peer === undefined) {
        failed(new RosterRefused(wordsOf(statusCode)));
        response.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > rosterBytesMax) {
          failed(new RosterRefused(`it is larger than ${rosterBytesMax} bytes`));
          response.destroy();
        } else chunks.push(chunk);
      });
      response.on("error", failed);
      response.on("aborted", () => failed(new RosterRefused("the answer broke off")));
      response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    });
    going.end();
  });
}

function wordsOf(status: number): string {
  if (status >= 300 && status < 400)
    return "it answers with a redirect; write the last address down";
  return `it answers ${status}`;
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return "it did not answer in time";
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code)
    ? `it cannot be fetched (${code})`
    : "it cannot be fetched";
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new RosterRefused("it did not answer in time")));
  });
}
