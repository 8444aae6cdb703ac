// Turns the rounds of all arms into one table and the sentences below it.
import { median, quantile } from "../measure/statistics.mjs";

/** @typedef {import("./session.mjs").ArmResult} ArmResult */
/** @typedef {import("./plan.mjs").Target} Target */

/**
 * @typedef {object} Row
 * @property {string} group
 * @property {string} arm
 * @property {string} load
 * @property {string} span
 * @property {number} count
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number | undefined} perSecond The median of the rounds.
 * @property {number | undefined} floorRatio Times the floor's median in the same round, halfway.
 * @property {number | undefined} cpuMsPerAction
 * @property {Record<string, number>} cpuMsPerActionOf
 * @property {number | undefined} flushesPerAction
 * @property {{ text: string, met: boolean } | undefined} target
 */

/**
 * @param {ArmResult[]} results
 * @returns {Row[]}
 */
export function makeRows(results) {
  const floor = results.find(({ arm }) => arm.module === "floor");
  return results.flatMap((result) =>
    result.arm.loads.flatMap((load) => {
      const rounds = roundsOf(result, load);
      const spans = Object.keys(rounds[0]?.spans ?? {});
      const shown = load === "64 in flight" ? spans.slice(-1) : spans;
      return shown.map((span) => makeRow({ result, floor, load, span }));
    }),
  );
}

/**
 * @param {ArmResult} result
 * @param {string} load
 */
function roundsOf(result, load) {
  return result.rounds.filter((round) => round.load === load).map((round) => round.measured);
}

/**
 * @param {{ result: ArmResult, floor: ArmResult | undefined, load: string, span: string }} source
 * @returns {Row}
 */
function makeRow({ result, floor, load, span }) {
  const rounds = roundsOf(result, load);
  const all = rounds.flatMap((round) => round.spans[span] ?? []);
  const middle = (/** @type {(number | undefined)[]} */ values) => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? undefined : median(known);
  };
  const costRow = span === Object.keys(rounds[0]?.spans ?? {}).at(-1);
  const floorRounds =
    floor === undefined || floor.arm.group !== result.arm.group ? [] : roundsOf(floor, load);
  const ratios = floorRounds
    .slice(0, rounds.length)
    .map((base, i) => median(rounds[i]?.spans[span] ?? []) / median(base.spans[span] ?? []));
  const cpuNames = Object.keys(rounds[0]?.cpuMsPerActionOf ?? {});
  const row = {
    group: result.arm.group,
    arm: result.arm.name,
    load,
    span,
    count: all.length,
    p50Ms: median(all),
    p99Ms: quantile(all, 0.99),
    perSecond: costRow ? middle(rounds.map((round) => round.perSecond)) : undefined,
    floorRatio: middle(ratios),
    cpuMsPerAction: costRow ? middle(rounds.map((round) => round.cpuMsPerAction)) : undefined,
    cpuMsPerActionOf: Object.fromEntries(
      cpuNames.map((name) => [
        name,
        middle(rounds.map((round) => round.cpuMsPerActionOf?.[name])) ?? 0,
      ]),
    ),
    flushesPerAction: costRow ? middle(rounds.map((round) => round.flushesPerAction)) : undefined,
  };
  const target = result.arm.targets.find((one) => one.load === load && one.span === span);
  return { ...row, target: target === undefined ? undefined : judge(target, row) };
}

/**
 * @param {Target} target
 * @param {Omit<Row, "target">} row
 */
function judge(target, row) {
  /** @type {[string, boolean][]} */
  const parts = [];
  const { p50MsMax, p99MsMax, perSecondMin, floorRatioMax } = target;
  if (p50MsMax !== undefined)
    parts.push([`p50 <= ${shown(row.span, p50MsMax)}`, row.p50Ms <= p50MsMax]);
  if (p99MsMax !== undefined)
    parts.push([`p99 <= ${shown(row.span, p99MsMax)}`, row.p99Ms <= p99MsMax]);
  if (perSecondMin !== undefined) {
    parts.push([`>= ${perSecondMin}/s`, (row.perSecond ?? 0) >= perSecondMin]);
  }
  if (floorRatioMax !== undefined) {
    const ratio = row.floorRatio ?? Number.POSITIVE_INFINITY;
    parts.push([`<= ${floorRatioMax} x floor`, ratio <= floorRatioMax]);
  }
  return { text: parts.map(([text]) => text).join(", "), met: parts.every(([, met]) => met) };
}

/**
 * What a span names in MB is memory; everything else is time.
 *
 * @param {string} name
 * @param {number} value
 * @returns {string}
 */
function shown(name, value) {
  return name.endsWith(", MB") ? `${significant(value)} MB` : span(value);
}

/**
 * @param {number} ms
 * @returns {string}
 */
function span(ms) {
  if (!Number.isFinite(ms)) return "-";
  return ms < 0.1 ? `${significant(ms * 1_000)} us` : `${significant(ms)} ms`;
}

/**
 * @param {number | undefined} value
 * @returns {string}
 */
function significant(value) {
  if (value === undefined || !Number.isFinite(value)) return "";
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/**
 * @param {Row[]} rows
 * @returns {string}
 */
export function makeTable(rows) {
  const head = ["arm", "load", "span", "p50", "p99", "per s", "x floor", "CPU ms", "flushes"];
  const lines = rows.map((row) => [
    row.arm,
    row.load,
    row.span,
    shown(row.span, row.p50Ms),
    shown(row.span, row.p99Ms),
    significant(row.perSecond),
    significant(row.floorRatio),
    significant(row.cpuMsPerAction),
    significant(row.flushesPerAction),
    row.target === undefined ? "" : `${row.target.text}: ${row.target.met ? "reached" : "MISSED"}`,
  ]);
  const widths = head.map((word, i) =>
    Math.max(word.length, ...lines.map((line) => line[i]?.length ?? 0)),
  );
  const format = (/** @type {string[]} */ cells) =>
    cells
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const titled = (/** @type {number} */ i) => {
    const isFirst = rows[i]?.group !== rows[i - 1]?.group;
    return isFirst ? [`-- ${rows[i]?.group}`] : [];
  };
  const body = lines.flatMap((cells, i) => [
    ...titled(i),
    format(cells.slice(0, 9)) + (cells[9] === "" ? "" : `   ${cells[9]}`),
  ]);
  return [format(head), ...body].join("\n");
}

/**
 * @param {Row[]} rows
 * @returns {string[]} How Holdpoint stands beside the best of the others.
 */
export function compareWithPeers(rows) {
  const trips = rows.filter((row) => row.span === "round trip");
  return ["one by one", "64 in flight"].flatMap((load) => {
    const ours = trips.find((row) => row.load === load && row.arm === "Holdpoint");
    const others = trips
      .filter((row) => row.load === load && row.floorRatio !== undefined)
      .filter((row) => row.arm !== "Holdpoint" && row.arm !== "PostgreSQL alone")
      .sort((left, right) => (left.floorRatio ?? 0) - (right.floorRatio ?? 0));
    const best = others[0];
    if (ours?.floorRatio === undefined || best?.floorRatio === undefined) return [];
    const times = best.floorRatio / ours.floorRatio;
    return [
      `Round trip, ${load}: ${significant(times)} times as fast as ${best.arm}, the best peer.`,
    ];
  });
}
