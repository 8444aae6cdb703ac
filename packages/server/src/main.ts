// The only place that builds real things and joins them: store, policies, keys, channels, clocks, HTTP.

import path from "node:path";
import type { Clock } from "@holdpoint/core/base/clock";
import { makeIds } from "@holdpoint/core/base/id";
import { buildChannels, openSlack } from "./channels.ts";
import { completeConfig, type Config } from "./config/config.ts";
import type { Engine } from "./flow/context.ts";
import { DutyBook } from "./flow/duty-book.ts";
import { ProposalRates } from "./flow/agent-limits.ts";
import { Feeds } from "./flow/feed.ts";
import { Hub } from "./flow/hub.ts";
import { Lanes } from "./flow/lanes.ts";
import { LocalStates } from "./flow/local-states.ts";
import { RejectedTopics } from "./flow/rejection-memory.ts";
import { Shadows } from "./flow/shadows.ts";
import { PolicyBook } from "./flow/policy-book.ts";
import { AgentStreams } from "./http/agent-stream.ts";
import { makeApp } from "./http/app.ts";
import { EventStreams } from "./http/event-stream.ts";
import { type Door, listen } from "./http/listen.ts";
import { Authenticator, developmentCaller } from "./identity/authenticate.ts";
import { KeyRing } from "./identity/signer.ts";
import { openSealKeys } from "./sealing/seal-keys.ts";
import { makeSealer, type Sealer } from "./sealing/seal.ts";
import { openStore } from "./storage/open.ts";
import type { Store } from "./storage/store.ts";
import { Study } from "./study/study.ts";
import { makeTelemetry, type Telemetry } from "./telemetry/events.ts";
import { startClocks } from "./worker/clocks.ts";
import { DemoRunner } from "./worker/demo-runner.ts";
import { rosterFetching } from "./worker/fetch-roster.ts";
import { activateFirst, watchFiles } from "./worker/files.ts";
import { hear } from "./worker/hear.ts";
import { startKilledAgents } from "./worker/killed-agents.ts";
import type { Loop } from "./worker/loop.ts";
import { startAgentSender } from "./worker/agent-sender.ts";
import { startPolicyLife } from "./worker/policy-life.ts";
import { isPublicAddress } from "./worker/private-address.ts";
import { startRuns } from "./worker/resumptions.ts";
import { startRosters } from "./worker/rosters.ts";
import { startSender } from "./worker/sender.ts";
import { startTasks } from "./worker/tasks.ts";
import { pooledRandom } from "./random.ts";

/** What tests put in the place of the real: time, chance, a store that fails when told. */
export interface Seams {
  readonly clock?: Clock;
  readonly wrapStore?: (store: Store) => Store;
  readonly onProgress?: (sentence: string) => void;
  readonly write?: (line: string) => void;
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The parts, for tests and for programs that embed the server. */
  readonly engine: Engine;
  close(): Promise<void>;
}

const tenant = "default";
/** Messages of this span are sent together: each look at the outbox costs as much as a hold. */
const gatherMs = 25;
const systemClock: Clock = { now: () => Date.now() };

export async function startServer(
  partial: Partial<Config> = {},
  seams: Seams = {},
): Promise<RunningServer> {
  const config = completeConfig(partial);
  const clock = seams.clock ?? systemClock;
  const write = seams.write ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const telemetry = makeTelemetry(config.logLevel, write, () => clock.now());
  const progress = seams.onProgress ?? ((sentence: string) => telemetry.notice(sentence));
  const sealer = sealerOf(config);
  const opened = await openStore({
    databaseUrl: config.databaseUrl,
    dir: config.dataDir,
    now: () => clock.now(),
    onProgress: progress,
    onFault: (error) => telemetry.workFailed("embedded database", error),
  });
  const store = seams.wrapStore?.(opened) ?? opened;
  try {
    return await serve({ config, clock, telemetry, store, sealer });
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly store: Store;
  readonly sealer: Sealer;
}

function sealerOf({ sealKeys, dataDir, databaseUrl, dev }: Config): Sealer {
  const isFileAllowed = databaseUrl === null || dev;
  return makeSealer(openSealKeys({ keys: sealKeys, dir: dataDir, isFileAllowed }));
}

async function serve(parts: Parts): Promise<RunningServer> {
  const door = await listen(parts.config);
  try {
    return await serveAt(door, parts);
  } catch (error) {
    // A port that is left open would keep a process alive that has refused to start.
    await door.close();
    throw error;
  }
}

async function serveAt(door: Door, parts: Parts): Promise<RunningServer> {
  const { config, clock, telemetry, store } = parts;
  const publicUrl = config.publicUrl ?? door.url;
  const keyRing = new KeyRing({ store, clock, issuer: publicUrl });
  const built = buildChannels(config, { clock, telemetry, publicUrl });
  const engine = engineOf(parts, { keyRing, channels: built.list, publicUrl });
  const { hub } = engine;
  const authenticator = new Authenticator(engine, config.dev);
  await store.ensureTenant(tenant, clock.now());
  const stopListening = await store.listen((payload) => hear(payload, engine, authenticator));
  await activateFirst(engine, tenant, config);
  const stopWatching = watchFiles(engine, tenant, config);
  const demo = demoOf(config, publicUrl, clock);
  const streams = new EventStreams(new Feeds(engine));
  const agentStreams = new AgentStreams(engine);
  const slack = openSlack(engine, config, { api: built.slack, tenant });
  const app = makeApp({
    engine,
    authenticator,
    keyRing,
    isDevelopment: config.dev,
    consoleDir: config.consoleDir,
    demo,
    streams,
    agentStreams,
    slack: slack.entrance,
  });
  door.open((request, sockets) => app.fetch(request, sockets));
  const loops = startLoops(engine, config);
  const close = once(async () => {
    stopWatching();
    demo?.stop();
    hub.close();
    streams.close();
    agentStreams.close();
    await door.close();
    await slack.stop();
    await loops.stop();
    built.close();
    await Promise.all([engine.study.close(), stopListening()]);
    await store.close();
  });
  return { url: door.url, port: door.port, engine, close, [Symbol.asyncDispose]: close };
}

interface Outside {
  readonly keyRing: KeyRing;
  readonly channels: Engine["channels"];
  readonly publicUrl: string;
}

function engineOf(parts: Parts, { keyRing, channels, publicUrl }: Outside): Engine {
  const { config, clock, telemetry, store, sealer } = parts;
  const hub = new Hub();
  const random = pooledRandom();
  const policies = new PolicyBook(store, telemetry);
  return {
    store,
    clock,
    ids: makeIds(clock, random),
    random,
    policies,
    people: new DutyBook({
      store,
      clock,
      channels,
      developmentPerson: config.dev ? developmentCaller.person : null,
    }),
    shadows: new Shadows({ store, policies, telemetry }),
    localStates: new LocalStates({ store, clock, hub, policies }),
    signer: keyRing,
    sealer,
    keeping: config.keeping,
    hub,
    lanes: new Lanes(),
    rates: new ProposalRates(),
    webhookRule: {
      isDevelopment: config.dev,
      isPrivateAllowed: config.webhookPrivate,
      isPublicAddress,
    },
    rejected: new RejectedTopics(),
    study: new Study(),
    telemetry,
    channels,
    publicUrl,
  };
}

/** The loops that work when something is due, as one. */
function startLoops(engine: Engine, config: Config): Loop {
  const { hub, clock } = engine;
  const isPrivateAllowed = config.rosterPrivate;
  const clocks = startClocks(engine);
  const sender = startSender(engine);
  const agentSender = startAgentSender(engine);
  const tasks = startTasks(engine);
  const loops = [
    clocks,
    sender,
    agentSender,
    tasks,
    startRuns(engine),
    startPolicyLife(engine),
    startKilledAgents(engine),
    startRosters(engine, { ...rosterFetching, isPrivateAllowed }),
  ];
  engine.shadows.start();
  const kick = (): void => {
    for (const loop of loops) loop.kick();
  };
  const stopKicks = hub.onWork({
    deadline: (at) => clocks.kickWithin(at - clock.now()),
    task: (at) => tasks.kickWithin(at - clock.now()),
    messages: (to) => {
      if (to !== "agents") sender.kickWithin(gatherMs);
      if (to !== "people") agentSender.kickWithin(gatherMs);
    },
    look: kick,
  });
  return {
    kick,
    kickWithin: (pauseMs) => {
      for (const loop of loops) loop.kickWithin(pauseMs);
    },
    stop: async () => {
      stopKicks();
      await Promise.all([...loops.map((loop) => loop.stop()), engine.shadows.stop()]);
    },
  };
}

function demoOf(config: Config, url: string, clock: Clock): DemoRunner | null {
  if (!config.dev || config.demoProgram === null) return null;
  const folder = path.join(config.dataDir, "demo");
  return new DemoRunner({ program: config.demoProgram, folder, url: () => url, clock });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= work());
}
