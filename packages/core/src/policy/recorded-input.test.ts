// What the record keeps of an input, what it hides, and how it comes back.

import { describe, expect, test } from "vitest";
import { maskedTarget, maskObject, maskText } from "../action/mask.ts";
import type { JsonObject } from "../base/json/value.ts";
import { CelMasked } from "../cel/value.ts";
import type { EvaluationInput } from "./decision.ts";
import { factsFromJson, factsToJson, inputFromRecord, recordInput } from "./recorded-input.ts";
import { shownValue } from "./recorded-input.ts";

const input: EvaluationInput = {
  topic: "job.crm.update",
  tool: { server: "crm", name: "update" },
  riskTags: ["prod", "write"],
  agent: "billing",
  environment: "prod",
  tenant: "default",
  labels: { team: "sales" },
  reversible: false,
  cost: { amount: 12.5, currency: "EUR" },
  params: { id: "c_81", list: [1, { deep: null }] },
  resource: "customers/c_81",
  effect: { rows: 3, recipients: null, diff: "- a\n+ b" },
  onBehalfOf: "user:42",
  run: "run_1",
  thread: null,
  facts: {
    history: {
      firstTime: { agent: false, topic: true, target: true },
      count: { hour: 3, day: 9 },
      ranges: { "params.amount": { count: 40, low: 1, high: 90 } },
      lastOutcome: "SUCCEEDED",
      sinceRejectionMs: 60_000,
    },
    velocity: { k1: 51 },
  },
  now: 1_700_000_000_000,
};

/** The payload of `job.proposed`, as the job writes it. */
function payloadOf(one: EvaluationInput): JsonObject {
  return {
    action: {
      v: 1,
      tenant: one.tenant,
      agent: one.agent,
      on_behalf_of: one.onBehalfOf,
      topic: one.topic,
      tool: one.tool && { ...one.tool },
      params: maskObject(one.params),
      target: maskedTarget({ target: { environment: one.environment, resource: one.resource } }),
      cost: one.cost && { ...one.cost },
      reversible: one.reversible,
      risk_tags: [...one.riskTags, "derived"],
      idempotency_key: null,
    },
    run: one.run,
    thread: one.thread,
    input: recordInput(one, ["write"]),
  };
}

function stored(payload: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(payload)) as JsonObject;
}

describe("a recorded input", () => {
  test("comes back as it was, without the tags that the policy of the day derived", () => {
    expect(inputFromRecord(stored(payloadOf(input)))).toEqual({ ok: true, input, masked: [] });
  });

  test("comes back when nothing optional was said", () => {
    const bare: EvaluationInput = {
      ...input,
      ...{ tool: null, environment: null, resource: null, cost: null, reversible: null },
      ...{ effect: null, run: null, onBehalfOf: null, labels: {}, params: {}, riskTags: [] },
      facts: { history: null, velocity: {} },
    };

    expect(inputFromRecord(stored(payloadOf(bare)))).toEqual({ ok: true, input: bare, masked: [] });
  });

  test("holds no secret, and says which values it hides", () => {
    const key = "AKIAABCDEFGHIJKLMNOP";
    const secret: EvaluationInput = {
      ...input,
      params: { password: "hunter2", pin: 1234, note: `use ${key}`, to: ["a", `b ${key}`] },
      labels: { token: "t", team: "x" },
      resource: "postgres://app:hunter2@db/orders",
      effect: { rows: null, recipients: null, diff: `+ ${key}` },
      facts: {
        ...input.facts,
        history: input.facts.history && {
          ...input.facts.history,
          ranges: { "params.pin": { count: 30, low: 1234, high: 1234 } },
        },
      },
    };

    const payload = payloadOf(secret);
    const read = inputFromRecord(stored(payload));

    expect(JSON.stringify(payload)).not.toMatch(/hunter2|1234|AKIA/);
    expect(read).toMatchObject({
      ok: true,
      masked: [
        "action.target.resource",
        ...["action.params.password", "action.params.pin", "action.params.note"],
        ...[
          "action.params.to[1]",

          "action.labels.token",
          "action.effect.diff",
        ],
      ],
    });
    if (!read.ok) return;
    expect(read.input.params["pin"]).toBeInstanceOf(CelMasked);
    expect(read.input.facts.history?.ranges).toEqual({});
    expect(shownValue(read.input.params as JsonObject)).toMatchObject({
      password: maskText,
      to: ["a", maskText],
    });
  });

  test("of a later event takes the action from the proposal, and what was edited from itself", () => {
    const proposal = stored(payloadOf(input));
    const edit = { params: { id: "c_1" }, target: { environment: "test", resource: null } };
    const modified = { ...edit, cost: null, input: recordInput(input, []) };

    const read = inputFromRecord(stored(modified), proposal);

    expect(read).toEqual({
      ok: true,
      input: {
        ...input,
        ...{ params: { id: "c_1" }, environment: "test", resource: null, cost: null },
      },
      masked: [],
    });
  });

  test.for<[string, JsonObject | null, string]>([
    ["erased", null, "payload_erased"],
    ["written before inputs were", { action: {} }, "input_not_recorded"],
    [
      "without facts",
      { action: payloadOf(input)["action"] ?? {}, input: { now: 1 } },
      "record_damaged",
    ],
    ["without a topic", { action: {}, input: recordInput(input, []) }, "record_damaged"],
  ])("that is %s says so", ([, payload, code]) => {
    expect(inputFromRecord(payload)).toMatchObject({ ok: false, code });
  });
});

describe("facts", () => {
  test("survive being stored", () => {
    expect(factsFromJson(stored(factsToJson(input.facts)))).toEqual(input.facts);
  });

  test.for([
    undefined,
    null,
    [],
    {},
    { velocity: {}, history: {} },
    { velocity: { a: "1" }, history: null },
  ])("are not read from %o", (json) => {
    expect(factsFromJson(json as never)).toBeNull();
  });
});
