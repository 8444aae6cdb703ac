// What callers can set: for a client, and for each of its calls.

import type { Duration } from "../action/action.ts";
import { exchangeBy, quickest } from "./exchange.ts";
import { KnownCalls } from "./known-calls.ts";
import { unlimited } from "./network-limit.ts";
import type { LocalOptions } from "./local-options.ts";
import { nodeExchange } from "./node-exchange.ts";
import type { OnQuestion } from "./question.ts";
import type { Transport } from "./transport.ts";

export interface HoldpointOptions {
  /** Default: the environment's `HOLDPOINT_URL`, else `http://localhost:8081`. */
  readonly url?: string;
  /** Default: the environment's `HOLDPOINT_API_KEY`; a development server needs none. */
  readonly apiKey?: string;
  /** Default: the platform's; on Node its HTTP client, unless something was put under the global fetch. */
  readonly fetch?: typeof globalThis.fetch;
  /** The longest that one call other than a wait may take, repeats included, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
  /** How often such a call is tried at most. Default: as often as fits into `timeoutMs`. */
  readonly attemptsMax?: number;
  /**
   * Lets `guard` decide here what policy surely allows, without asking the server for each call: see
   * `docs/agents/local.md` for what that promises. Needs Node.js. Default: false.
   */
  readonly local?: boolean | LocalOptions;
}

/** For every call. */
export interface RequestOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** For a proposal. */
export interface ProposalOptions extends RequestOptions {
  /**
   * Redeems at once what is released without asking anybody: the answer's `execution` then has a `receipt`, and the
   * action has to run now. Without a receipt nothing was redeemed for this call.
   */
  readonly redeem?: {
    /** Names of the constraints that the caller keeps; a decision with any other is not redeemed here. */
    readonly enforces: readonly string[];
    /** Of a proposal that comes again: also what people have approved meanwhile, as it was proposed. Default: false. */
    readonly approved?: boolean;
  };
}

export interface WaitOptions extends RequestOptions {
  /** The longest wait. Default: as long as the hold lives. */
  readonly timeout?: Duration;
  /** Answers questions of reviewers meanwhile; what it throws ends the wait. Default: they stay open. */
  readonly onQuestion?: OnQuestion;
  /**
   * `answered`: it no longer waits for people. `ended`: it has run, by whichever process, or cannot run any more; one
   * that nobody runs ends when its release does. Default: `answered`.
   */
  readonly until?: "answered" | "ended";
}

export interface TakeoverOptions extends RequestOptions {
  /** The longest wait. Default: no end. */
  readonly timeout?: Duration;
}

export interface ApprovalOptions extends RequestOptions {
  /** How long people have to answer; the policy may shorten it. Default: the policy's. */
  readonly timeout?: Duration;
  /** Answers questions of reviewers meanwhile; what it throws ends the wait. Default: they stay open. */
  readonly onQuestion?: OnQuestion;
}

export interface RemediateOptions extends RequestOptions {
  /** Id of the new job. Default: the server's choice. */
  readonly newJobId?: string;
  /** Key of the new job. Default: made from the job and the remediation. */
  readonly idempotencyKey?: string;
}

export interface CancelOptions extends RequestOptions {
  readonly reason?: string;
}

const URL_DEFAULT = "http://localhost:8081";
const TIMEOUT_MS_DEFAULT = 30_000;

/** The way to the server that the options and the environment name. */
export function transportOf(options: HoldpointOptions, closed: AbortSignal): Transport {
  // A guarded tool that calls another one asks the server too, whatever hosts it is kept to itself.
  const fetch: typeof globalThis.fetch = (input, init) =>
    unlimited(() => (options.fetch ?? globalThis.fetch)(input, init));
  const byFetch = exchangeBy(fetch);
  return {
    url: addressOf(options.url ?? environment("HOLDPOINT_URL") ?? URL_DEFAULT),
    apiKey: options.apiKey ?? environment("HOLDPOINT_API_KEY"),
    fetch,
    exchange: options.fetch === undefined ? quickest(byFetch, nodeExchange(false)) : byFetch,
    known: new KnownCalls(),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS_DEFAULT,
    attemptsMax: options.attemptsMax ?? Infinity,
    closed,
  };
}

/** `localhost:8081` is a URL too, of a scheme that nothing answers to: said at once, and not after a time of repeats. */
function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      `\`${text}\` is no address of a Holdpoint server; it begins with http:// or https:// (url, HOLDPOINT_URL)`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

function environment(name: string): string | undefined {
  const value = typeof process === "undefined" ? undefined : process.env[name];
  return value === "" ? undefined : value;
}
