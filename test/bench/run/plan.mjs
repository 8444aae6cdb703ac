// Says which arms there are, what each is asked, and what it has to reach.

import { adapterTargets } from "../measure/adapters.mjs";
import { worstConditions, worstPolicies } from "../measure/worst.mjs";

/**
 * @typedef {object} Load
 * @property {string} name
 * @property {number} actions
 * @property {number} concurrency
 */

/**
 * @typedef {object} Target
 * @property {string} span The span that it is about; "per second" is the throughput.
 * @property {string} load
 * @property {number} [p50MsMax]
 * @property {number} [p99MsMax]
 * @property {number} [perSecondMin]
 * @property {number} [floorRatioMax]
 */

/**
 * @typedef {object} Arm
 * @property {string} name
 * @property {string} choice The word after `--only` that chooses it.
 * @property {string} module In `test/bench/arms`.
 * @property {Record<string, unknown>} options
 * @property {string} group Arms of one group take turns.
 * @property {string[]} loads
 * @property {boolean} needsBuild
 * @property {boolean} [needsPeers] Its module needs packages of `test/bench`.
 * @property {boolean} [needsExamples] Its module needs the examples, with their packages.
 * @property {Target[]} targets
 */

export const choices = [
  "floor",
  "peers",
  "roundtrip",
  "decide",
  "cel",
  "rules",
  "http",
  "queue",
  "timers",
  "chat",
  "notices",
  "local",
  "waiting",
  "adapters",
];

/**
 * @param {boolean} quick
 * @returns {{ rounds: number, loads: Load[] }}
 */
export function effort(quick) {
  const scale = quick ? 0.5 : 1;
  const load = (
    /** @type {string} */ name,
    /** @type {number} */ actions,
    /** @type {number} */ concurrency,
  ) => ({ name, actions: Math.ceil(actions * scale), concurrency });
  return {
    // Many short rounds: a disturbance then hits few of them, and the median leaves those out.
    rounds: quick ? 2 : 6,
    loads: [
      load("one by one", 100, 1),
      load("64 in flight", 384, 64),
      load("one caller", 500, 1),
      load("64 clients", 6_000, 64),
      load("64 clients, embedded", 2_000, 64),
      load("pages", 150, 1),
      load("500 a second", 5_000, 500),
      load("1,000 a minute", 1_000, 1_000),
      load("waiting", 100, 1),
      load("calls in turns", 40, 1),
      load("decisions", 10_000, 1),
      load("expressions", 200, 1),
    ],
  };
}

const roundTrip = {
  group: "round trip",
  loads: ["one by one", "64 in flight"],
  options: {},
  needsBuild: false,
  targets: [],
};
const peer = { ...roundTrip, choice: "peers", needsPeers: true };
const expression = {
  choice: "cel",
  module: "cel",
  group: "one expression",
  loads: ["expressions"],
  needsBuild: true,
  needsPeers: true,
  targets: [],
};

const withConditions = {
  choice: "rules",
  group: "decision in process, six rules in ten with a condition",
  loads: ["decisions"],
  needsBuild: true,
  targets: [],
};

/** @type {Arm[]} */
export const arms = [
  { ...roundTrip, choice: "floor", name: "PostgreSQL alone", module: "floor" },
  {
    ...roundTrip,
    choice: "roundtrip",
    name: "Holdpoint",
    module: "roundtrip",
    needsBuild: true,
    targets: [{ span: "round trip", load: "one by one", floorRatioMax: 2.5 }],
  },
  { ...peer, name: "Restate awakeable", module: "restate" },
  { ...peer, name: "DBOS recv/send", module: "dbos" },
  {
    ...peer,
    name: "LangGraph, sync",
    module: "langgraph",
    options: { durability: "sync" },
  },
  {
    ...peer,
    name: "LangGraph, async",
    module: "langgraph",
    options: { durability: "async" },
  },
  ...[10, 100, 1_000, 10_000].map((rules) => ({
    name: `${rules.toLocaleString("en")} rules`,
    choice: "decide",
    module: "policy",
    options: { rules },
    group: "decision in process",
    loads: ["decisions"],
    needsBuild: true,
    targets: rules === 10_000 ? [{ span: "decision", load: "decisions", p50MsMax: 0.003 }] : [],
  })),
  {
    ...expression,
    name: "Holdpoint",
    options: { engine: "holdpoint" },
    targets: [
      { span: "amount or recipients", load: "expressions", p50MsMax: 0.000_3 },
      { span: "missing field", load: "expressions", p50MsMax: 0.000_2 },
    ],
  },
  { ...expression, name: "@marcbachmann/cel-js", options: { engine: "marcbachmann" } },
  { ...expression, name: "@bufbuild/cel", options: { engine: "bufbuild" } },
  ...[10, 100, 1_000, 10_000].map((rules, place) => ({
    ...withConditions,
    name: `${rules.toLocaleString("en")} rules`,
    module: "policy",
    options: { rules, conditional: true },
    targets: [
      { span: "winner", load: "decisions", p50MsMax: [0.001, 0.0015, 0.003, 0.004][place] ?? 0 },
      ...(rules === 10_000
        ? [
            { span: "decision and trace", load: "decisions", p50MsMax: 0.06 },
            { span: "load", load: "decisions", p50MsMax: 1_000 },
          ]
        : []),
    ],
  })),
  {
    ...withConditions,
    name: "the dearest decisions",
    module: "policy-worst",
    options: {},
    targets: [...worstConditions, ...worstPolicies].map((span) => ({
      span,
      load: "decisions",
      p50MsMax: 10,
    })),
  },
  ...[10, 100, 1_000, 10_000].map((rules) => ({
    ...withConditions,
    name: `${rules.toLocaleString("en")} rules, cel-js`,
    module: "policy-cel-js",
    options: { rules },
    needsPeers: true,
  })),
  ...[10, 100, 1_000].map((rules) => ({
    ...withConditions,
    name: `${rules.toLocaleString("en")} rules, Cedar`,
    module: "policy-cedar",
    options: { rules, actions: rules === 1_000 ? 100 : 500 },
    needsPeers: true,
  })),
  {
    name: "bare node:http, no database",
    choice: "http",
    module: "bare-http",
    options: {},
    group: "decision over HTTP",
    loads: ["one caller", "64 clients"],
    needsBuild: false,
    targets: [],
  },
  {
    name: "PostgreSQL",
    choice: "http",
    module: "http",
    options: { storage: "postgresql" },
    group: "decision over HTTP",
    loads: ["one caller", "64 clients"],
    needsBuild: true,
    targets: [
      { span: "request", load: "one caller", p50MsMax: 2 },
      { span: "request", load: "64 clients", perSecondMin: 3_000 },
    ],
  },
  {
    name: "embedded",
    choice: "http",
    module: "http",
    options: { storage: "embedded" },
    group: "decision over HTTP",
    loads: ["one caller", "64 clients, embedded"],
    needsBuild: true,
    targets: [{ span: "request", load: "64 clients, embedded", perSecondMin: 500 }],
  },
  {
    name: "pending page of 50",
    choice: "queue",
    module: "queue",
    options: { pending: 100_000, resolved: 1_000_000 },
    group: "queue",
    loads: ["pages"],
    needsBuild: true,
    targets: [
      { span: "first page", load: "pages", p99MsMax: 10 },
      { span: "next page", load: "pages", p99MsMax: 10 },
    ],
  },
  {
    name: "timers, 100,000 pending",
    choice: "timers",
    module: "timers",
    options: { pending: 100_000 },
    group: "timers",
    loads: ["500 a second"],
    needsBuild: true,
    targets: [{ span: "lateness", load: "500 a second", p99MsMax: 250 }],
  },
  {
    name: "approve in Slack, the agent waits",
    choice: "chat",
    module: "chat",
    options: {},
    group: "chat",
    loads: ["one by one", "64 in flight"],
    needsBuild: true,
    targets: [{ span: "approve to resumed", load: "one by one", p50MsMax: 50 }],
  },
  ...["process", "disk"].map((durability) => ({
    name: `allowed call, records survive the ${durability === "disk" ? "machine" : "process"}`,
    choice: "local",
    module: "local",
    options: { durability },
    group: "local decision",
    loads: [durability === "disk" ? "one by one" : "decisions"],
    needsBuild: true,
    targets: durability === "disk" ? [] : [{ span: "call", load: "decisions", p50MsMax: 0.05 }],
  })),
  {
    name: "50,000 streams of 500 agents, 35,000 of them carried",
    choice: "waiting",
    module: "waiting",
    options: { streams: 50_000, sockets: 15_000, agents: 500, jobs: 0 },
    group: "waiting",
    loads: ["waiting"],
    needsBuild: true,
    targets: [
      { span: "all told of a pause", load: "waiting", p99MsMax: 2_000 },
      { span: "server's memory, MB", load: "waiting", p50MsMax: 1_500 },
    ],
  },
  {
    name: "20,000 waits over 20 streams",
    choice: "waiting",
    module: "waiting",
    options: { streams: 0, sockets: 0, agents: 0, jobs: 20_000 },
    group: "waiting",
    loads: ["waiting"],
    needsBuild: true,
    targets: [{ span: "server's memory, MB", load: "waiting", p50MsMax: 1_500 }],
  },
  ...["embedded", "postgresql"].map((storage) => ({
    name: storage === "embedded" ? "embedded" : "PostgreSQL",
    choice: "adapters",
    module: "adapters",
    options: { storage },
    group: "adapters",
    loads: ["calls in turns"],
    needsBuild: true,
    needsExamples: true,
    targets: adapterTargets("calls in turns"),
  })),
  {
    name: "50 people by Slack and mail that fail and limit",
    choice: "notices",
    module: "notices",
    options: {},
    group: "notices",
    loads: ["1,000 a minute"],
    needsBuild: true,
    targets: [],
  },
];

/**
 * A ratio needs its floor, so the floor runs with everything that is compared with it.
 *
 * @param {string[]} chosen
 * @returns {Arm[]}
 */
export function chooseArms(chosen) {
  const wanted = new Set(chosen.length === 0 ? choices : chosen);
  if (wanted.has("peers") || wanted.has("roundtrip")) wanted.add("floor");
  return arms.filter((arm) => wanted.has(arm.choice));
}
