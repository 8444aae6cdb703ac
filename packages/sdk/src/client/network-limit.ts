// Keeps what fetch and undici send during one piece of work to the hosts that are allowed.

import type { AsyncLocalStorage } from "node:async_hooks";

/** Hosts that a piece of work may reach; `outer` is the limit that it runs within. */
interface Limit {
  readonly hosts: readonly string[];
  readonly refuse: (host: string) => Error;
  readonly outer: Limit | null;
}

/** The parts of undici's dispatcher that every version has; each request and each redirect comes by here. */
interface Dispatcher {
  dispatch: Dispatch;
}

type Dispatch = (options: DispatchOptions, handler: DispatchHandler) => boolean;

interface DispatchOptions {
  readonly origin?: string | URL;
}

interface DispatchHandler {
  onError?(error: Error): void;
  onResponseError?(controller: unknown, error: Error): void;
}

/** Where fetch and undici look for their dispatcher: a name for each version of its interface. */
const PLACES = [1, 2].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));
const watchers = new WeakSet<object>();
let limits: AsyncLocalStorage<Limit | null> | undefined;

/** True where the platform has what a limit is made of: Node, not a browser. */
export function canLimitNetwork(): boolean {
  return storage() !== undefined && PLACES.some((place) => hasDispatcher(place));
}

/**
 * Runs `work`; what it sends, now or from anything that it leaves running, reaches only these hosts: exact names,
 * `*.name` for those below one, each with its port or with any. Limits within limits all count.
 *
 * @param refuse makes the error of a request to another host
 */
export function withinHosts<T>(
  hosts: readonly string[],
  refuse: (host: string) => Error,
  work: () => T,
): T {
  const context = storage();
  if (context === undefined) throw new Error("the network cannot be limited here");
  for (const place of PLACES) if (hasDispatcher(place)) watch(place, context);
  return context.run({ hosts, refuse, outer: context.getStore() ?? null }, work);
}

/** For what the client itself sends to its server, also while a guarded tool calls another one. */
export function unlimited<T>(work: () => T): T {
  return limits === undefined ? work() : limits.run(null, work);
}

function storage(): AsyncLocalStorage<Limit | null> | undefined {
  if (limits !== undefined) return limits;
  // Looked up instead of imported, because this package is loaded in browsers too.
  const hooks =
    typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:async_hooks");
  limits = hooks === undefined ? undefined : new hooks.AsyncLocalStorage();
  return limits;
}

function hasDispatcher(place: symbol): boolean {
  // The platform makes its dispatcher when one of these is first used.
  void new Headers();
  return Reflect.get(globalThis, place) !== undefined;
}

/** Puts a dispatcher before the global one that looks at the limit of whoever sends; without one it changes nothing. */
function watch(place: symbol, context: AsyncLocalStorage<Limit | null>): void {
  const base = Reflect.get(globalThis, place) as Dispatcher;
  // Another copy of this package may have put its own before ours: then ours is below it.
  for (
    let one: object | null = base;
    one !== null;
    one = Object.getPrototypeOf(one) as object | null
  ) {
    if (watchers.has(one)) return;
  }
  const dispatch = {
    get(): Dispatch {
      // SECURITY: who follows redirects takes this function once, and calls it again where the context is that of a
      // pooled connection. The limit of the call is the one that counts.
      const limit = context.getStore();
      return (options, handler) =>
        send(base, limit ?? context.getStore() ?? null, options, handler);
    },
  };
  const watcher = Object.create(base, { dispatch }) as Dispatcher;
  watchers.add(watcher);
  if (!Reflect.set(globalThis, place, watcher))
    throw new Error("the network cannot be limited here");
}

/** The dispatcher that is there beside what this file has put before it. */
export function beneathLimit(dispatcher: object): object {
  return watchers.has(dispatcher) ? (Object.getPrototypeOf(dispatcher) as object) : dispatcher;
}

function send(
  base: Dispatcher,
  limit: Limit | null,
  options: DispatchOptions,
  handler: DispatchHandler,
): boolean {
  if (limit === null) return base.dispatch(options, handler);
  const error = refusalOf(limit, options.origin);
  // Redirects that an agent follows below this place would not come by here again.
  if (error === null) return base.dispatch({ ...options, ...NO_REDIRECTS }, handler);
  if (handler.onError !== undefined) handler.onError(error);
  else if (handler.onResponseError !== undefined) handler.onResponseError(null, error);
  else throw error;
  return false;
}

const NO_REDIRECTS = { maxRedirections: 0 };

function refusalOf(limit: Limit, origin: string | URL | undefined): Error | null {
  const url = origin === undefined ? null : new URL(origin);
  for (let one: Limit | null = limit; one !== null; one = one.outer) {
    const isAllowed = url !== null && one.hosts.some((host) => isWithin(host, url));
    if (!isAllowed) return one.refuse(url?.host ?? "an unknown host");
  }
  return null;
}

function isWithin(entry: string, url: URL): boolean {
  const port = /:([0-9]+)$/.exec(entry);
  const name = port === null ? entry : entry.slice(0, port.index);
  if (port !== null && port[1] !== portOf(url)) return false;
  if (name.startsWith("*.")) return url.hostname.endsWith(name.slice(1).toLowerCase());
  return url.hostname === name.toLowerCase();
}

function portOf(url: URL): string {
  if (url.port !== "") return url.port;
  return url.protocol === "https:" || url.protocol === "wss:" ? "443" : "80";
}
