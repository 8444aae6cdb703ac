// One expression inside the process: ours beside two libraries, over the same documents.
import { Meter } from "@holdpoint/core/cel/meter";
import { parseCel } from "@holdpoint/core/cel/parse";
import { compileCel } from "@holdpoint/core/cel/program";
import { celBudget } from "@holdpoint/core/base/limits";

import { measureCost, perAction } from "../measure/cost.mjs";

export const packages = ["@bufbuild/cel", "@marcbachmann/cel-js"];

const documentCount = 256;
/** Evaluations that one figure is the mean of: a clock does not see a single one. */
const batchSize = 512;
const warmUpBatches = 100;

/** The name of a span with its expression; the last one meets a field that is not there. */
const expressions = {
  "amount or recipients": "action.params.amount > 1000 || size(action.params.recipients) > 20",
  "topic, tag, amount":
    'action.topic.startsWith("job.") && "prod" in action.risk_tags && action.params.amount > 500.0',
  "5 recipients":
    'action.params.recipients.exists(r, !r.endsWith("@example.com")) && size(action.params.recipients) == 5',
  "region and team": 'action.params.region in ["eu", "us", "ap"] && action.params.team == "x"',
  "missing field": "action.params.limit > 100.0",
};

/** @typedef {(document: { action: object }) => unknown} Evaluate */

/** @type {Record<string, () => Promise<(source: string) => Evaluate>>} */
const engines = {
  holdpoint: async () => (source) => {
    const parsed = parseCel(source);
    if (!parsed.ok) throw new Error(`Holdpoint does not read ${source}.`);
    const compiled = compileCel(parsed.ast, ["action"]);
    if (!compiled.ok) throw new Error(`Holdpoint does not compile ${source}.`);
    const { program } = compiled;
    const meter = new Meter(celBudget);
    /** @type {import("@holdpoint/core/cel/value").CelValue[]} */
    const scope = [null];
    return ({ action }) => {
      meter.reset(celBudget);
      scope[0] = /** @type {import("@holdpoint/core/cel/value").CelObject} */ (action);
      return program.run(scope, meter);
    };
  },
  marcbachmann: async () => {
    const { Environment } = await import("@marcbachmann/cel-js");
    const environment = new Environment({ unlistedVariablesAreDyn: true });
    return (source) => {
      const run = environment.parse(source);
      return (document) => {
        try {
          return run(document);
        } catch (error) {
          return error;
        }
      };
    };
  },
  bufbuild: async () => {
    const { celEnv, parse, plan } = await import("@bufbuild/cel");
    const environment = celEnv();
    return (source) => {
      const run = plan(environment, parse(source));
      return (document) => run(/** @type {never} */ (document));
    };
  },
};

/**
 * @param {unknown} _context
 * @param {{ engine: string }} options
 */
export async function open(_context, { engine }) {
  const prepare = await engines[engine]?.();
  if (prepare === undefined) throw new Error(`There is no engine ${engine}.`);
  const documents = Array.from({ length: documentCount }, (_, number) => makeDocument(number));
  const programs = Object.entries(expressions).map(
    ([name, source]) => /** @type {const} */ ([name, prepare(source)]),
  );
  for (let batch = 0; batch < warmUpBatches; batch += 1) {
    for (const [, evaluate] of programs) runBatch(evaluate, documents);
  }
  return {
    /** @param {{ actions: number }} load */
    round: async ({ actions }) => {
      /** @type {Record<string, number[]>} */
      const spans = {};
      const [, cost] = await measureCost({}, async () => {
        for (const [name, evaluate] of programs) {
          spans[name] = Array.from({ length: actions }, () => runBatch(evaluate, documents));
        }
      });
      return { spans, ...perAction(cost, actions * batchSize * programs.length) };
    },
    close: async () => {},
  };
}

let seen = 0;

/**
 * @param {Evaluate} evaluate
 * @param {{ action: object }[]} documents
 * @returns {number} Milliseconds of one evaluation.
 */
function runBatch(evaluate, documents) {
  const startedAt = performance.now();
  for (let number = 0; number < batchSize; number += 1) {
    const document = documents[number % documentCount];
    // What is not looked at, an engine might leave out.
    if (document !== undefined && evaluate(document) === true) seen += 1;
  }
  const spentMs = performance.now() - startedAt;
  if (seen < 0) throw new Error("It counts upwards.");
  return spentMs / batchSize;
}

/**
 * Half of them fit each condition, in a mixed order.
 *
 * @param {number} number
 */
function makeDocument(number) {
  const mixed = (Math.imul(number + 1, 0x9e3779b1) >>> 8) & 0xff;
  return {
    action: {
      topic: mixed & 1 ? "job.mail.send" : "mcp.mail.send",
      risk_tags: mixed & 2 ? ["write", "prod"] : ["write"],
      params: {
        amount: (mixed & 0x7c) * 16.5,
        recipients: Array.from({ length: 5 }, (_, index) =>
          index === 4 && mixed & 4 ? "x@other.example" : `person${index}@example.com`,
        ),
        region: mixed & 8 ? "us" : "cn",
        team: mixed & 16 ? "x" : "y",
      },
    },
  };
}
