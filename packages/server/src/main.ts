// The only place that builds real things and joins them: store, policies, keys, channels, clocks, HTTP.

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "@holdpoint/core/base/clock";
import { makeIds } from "@holdpoint/core/base/id";
import { logChannel } from "./channel/log.ts";
import { webhookChannel } from "./channel/webhook.ts";
import { completeConfig, type Config } from "./config/config.ts";
import type { Engine } from "./flow/context.ts";
import { DutyBook } from "./flow/duty-book.ts";
import { Feeds } from "./flow/feed.ts";
import { Hub } from "./flow/hub.ts";
import { Lanes } from "./flow/lanes.ts";
import { RejectedTopics } from "./flow/rejection-memory.ts";
import { Shadows } from "./flow/shadows.ts";
import { PolicyBook } from "./flow/policy-book.ts";
import { activate } from "./flow/publish-policy.ts";
import { makeApp } from "./http/app.ts";
import { EventStreams } from "./http/event-stream.ts";
import { listen } from "./http/listen.ts";
import { Authenticator, developmentCaller } from "./identity/authenticate.ts";
import { KeyRing } from "./identity/signer.ts";
import { openStore } from "./storage/open.ts";
import type { Store } from "./storage/store.ts";
import { Study } from "./study/study.ts";
import { makeTelemetry, type Telemetry } from "./telemetry/events.ts";
import { startClocks } from "./worker/clocks.ts";
import { DemoRunner } from "./worker/demo-runner.ts";
import { startPolicyLife } from "./worker/policy-life.ts";
import { startSender } from "./worker/sender.ts";
import { pooledRandom } from "./random.ts";
import { activateFile, watchPolicyFile } from "./worker/policy-file.ts";
import { activateTools, watchToolsFile } from "./worker/tools-file.ts";

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
/** Messages of this span are sent together. */
const gatherMs = 10;
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
  const opened = await openStore({
    databaseUrl: config.databaseUrl,
    dir: config.dataDir,
    now: () => clock.now(),
    onProgress: progress,
    onFault: (error) => telemetry.workFailed("embedded database", error),
  });
  const store = seams.wrapStore?.(opened) ?? opened;
  try {
    return await serve({ config, clock, telemetry, store });
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
}

async function serve(parts: Parts): Promise<RunningServer> {
  const { config, clock, telemetry, store } = parts;
  const door = await listen(config);
  const publicUrl = config.publicUrl ?? door.url;
  const hub = new Hub();
  const random = pooledRandom();
  const keyRing = new KeyRing({ store, clock, issuer: publicUrl });
  const channels = [
    logChannel(telemetry),
    ...config.webhooks.map((target) => webhookChannel(target, clock)),
  ];
  const policies = new PolicyBook(store, telemetry);
  const engine: Engine = {
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
    signer: keyRing,
    hub,
    lanes: new Lanes(),
    rejected: new RejectedTopics(),
    study: new Study(),
    telemetry,
    channels,
    publicUrl,
  };
  const authenticator = new Authenticator(engine, config.dev);
  await store.ensureTenant(tenant, clock.now());
  const stopListening = await store.listen((payload) => hear(payload, engine, authenticator));
  await activateFirst(engine, config);
  const stopWatching = watchFiles(engine, config);
  const demo = demoOf(config, publicUrl, clock);
  const streams = new EventStreams(new Feeds(engine));
  const app = makeApp({
    engine,
    authenticator,
    keyRing,
    isDevelopment: config.dev,
    consoleDir: config.consoleDir,
    demo,
    streams,
  });
  door.open((request) => app.fetch(request));
  const clocks = startClocks(engine);
  const life = startPolicyLife(engine);
  engine.shadows.start();
  const sender = startSender(engine, channels);
  const stopKicks = hub.onWork({
    deadline: (at) => clocks.kickWithin(at - clock.now()),
    messages: () => sender.kickWithin(gatherMs),
    look: () => {
      clocks.kick();
      life.kick();
      sender.kick();
    },
  });
  const close = once(async () => {
    for (const stop of stopWatching) stop();
    stopKicks();
    demo?.stop();
    hub.close();
    streams.close();
    await door.close();
    await Promise.all([clocks.stop(), life.stop(), sender.stop(), engine.shadows.stop()]);
    await Promise.all([engine.study.close(), stopListening()]);
    await store.close();
  });
  return { url: door.url, port: door.port, engine, close, [Symbol.asyncDispose]: close };
}

function watchFiles(engine: Engine, { policyFile, toolsFile }: Config): readonly (() => void)[] {
  return [
    ...(policyFile === null ? [] : [watchPolicyFile(engine, { tenant, file: policyFile })]),
    ...(toolsFile === null ? [] : [watchToolsFile(engine, { tenant, file: toolsFile })]),
  ];
}

/** What the files say, else what is active, else a policy that holds everything. */
async function activateFirst(engine: Engine, config: Config): Promise<void> {
  await activateFirstPolicy(engine, config);
  if (config.toolsFile !== null) await activateTools(engine, { tenant, file: config.toolsFile });
}

async function activateFirstPolicy(engine: Engine, config: Config): Promise<void> {
  const active = await engine.store.activePolicy(tenant);
  if (config.policyFile !== null) {
    await activateFile(engine, { tenant, file: config.policyFile });
    return;
  }
  if (active !== null) return;
  const source =
    config.firstPolicyFile === null
      ? "version: v1\nrules: []\n"
      : await readFile(config.firstPolicyFile, "utf8");
  const author = { kind: "system", id: "start" } as const;
  const message = "first start";
  await activate(engine, { tenant, source, author, message, replaces: null, kind: "start" });
}

/** A notice of this or another process: who waits is woken, what changed is forgotten. */
function hear(payload: string, engine: Engine, authenticator: Authenticator): void {
  const notice = readNotice(payload);
  if (notice === null) {
    engine.policies.forgetAll();
    engine.people.forgetAll();
    engine.shadows.forgetAll();
    authenticator.forget();
    engine.hub.lostTouch();
    return;
  }
  if (notice.topic === "policy") {
    engine.policies.forget(notice.tenant);
    engine.shadows.forget(notice.tenant);
    engine.hub.work();
  }
  if (notice.topic === "keys") authenticator.forget();
  if (notice.topic === "keys" || notice.topic === "rosters") engine.people.forget(notice.tenant);
  engine.hub.changed(notice.tenant, notice.jobs === undefined ? [] : notice.jobs);
}

interface NoticeText {
  readonly tenant: string;
  readonly topic?: string;
  readonly jobs?: readonly string[] | null;
}

function readNotice(payload: string): NoticeText | null {
  if (payload === "") return null;
  try {
    return JSON.parse(payload) as NoticeText;
  } catch {
    return null;
  }
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
