// A chain halts as its links do, a kill is final, and a damaged record is read strictly.

import { expect, test } from "vitest";
import {
  agentChainMax,
  agentDetailFromJson,
  agentDetailToJson,
  type AgentLink,
  delegatorsOf,
  newAgent,
  ownersOf,
  standingOf,
  turnAgent,
} from "./agent.ts";

const link = (id: string, state: AgentLink["state"] = "active", owner: string | null = null) => ({
  id,
  state,
  owner,
});
const agent = newAgent({ id: "a", owner: "ann", createdBy: "zoe", now: 1 });

test("an agent acts while it and all above it are active, and one without a row always", () => {
  expect(standingOf([])).toEqual({ kind: "active", because: null });
  expect(standingOf([link("a"), link("b")])).toEqual({ kind: "active", because: null });
});

test("whatever halts one above halts it, by the nearest of them", () => {
  expect(standingOf([link("a", "paused")])).toEqual({ kind: "paused", because: "a" });
  expect(standingOf([link("a"), link("b", "paused"), link("c", "killed")])).toEqual({
    kind: "paused",
    because: "b",
  });
  expect(standingOf([link("a"), link("b", "killed")])).toEqual({ kind: "paused", because: "b" });
  expect(standingOf([link("a", "killed"), link("b", "paused")])).toEqual({
    kind: "killed",
    because: "a",
  });
});

test("a chain that is longer than one can be made is damaged, and halts", () => {
  const ring = Array.from({ length: agentChainMax + 1 }, (_, at) => link(`x${at % 2}`));
  expect(standingOf(ring).kind).toBe("paused");
  expect(standingOf(ring.slice(0, agentChainMax)).kind).toBe("active");
});

test("owners of the whole chain count, each once, and those above come nearest first", () => {
  const chain = [
    link("a", "active", "ann"),
    link("b"),
    link("c", "active", "ann"),
    link("d", "active", "dan"),
  ];
  expect(ownersOf(chain)).toEqual(["ann", "dan"]);
  expect(delegatorsOf(chain)).toEqual(["b", "c", "d"]);
  expect(delegatorsOf([])).toEqual([]);
});

test("a pause and a resumption change the state once, with who and why", () => {
  const paused = turnAgent(agent, { kind: "pause", reason: "odd", by: "ben", now: 5 });
  expect(paused).toMatchObject({
    ok: true,
    agent: { state: "paused", revision: 2, stateReason: "odd", stateBy: "ben", stateAt: 5 },
  });
  if (!paused.ok || paused.agent === null) throw new Error("it is paused");
  const again = turnAgent(paused.agent, { kind: "pause", reason: "x", by: "x", now: 6 });
  expect(again).toEqual({ ok: true, agent: null });
  const on = turnAgent(paused.agent, { kind: "resume", reason: "fine", by: "ben", now: 7 });
  expect(on).toMatchObject({ ok: true, agent: { state: "active", revision: 3 } });
});

test("nothing brings a killed agent back", () => {
  const killed = { ...agent, state: "killed" as const };
  for (const kind of ["pause", "resume"] as const) {
    const refused = turnAgent(killed, { kind, reason: "x", by: "x", now: 9 });
    expect(refused).toMatchObject({ ok: false, code: "agent_ended" });
  }
  const again = turnAgent(killed, { kind: "kill", reason: "x", by: "x", now: 9 });
  expect(again).toEqual({ ok: true, agent: null });
});

test("what is stored of a record is read back whole, and what is damaged strictly", () => {
  const full = {
    ...agent,
    name: "A",
    description: "does",
    limits: { pending: 3, perMinute: null },
    webhookUrl: "https://example.com",
    isLocalAllowed: false,
  };
  const detail = agentDetailFromJson(JSON.parse(JSON.stringify(agentDetailToJson(full))));
  expect({ ...full, ...detail }).toEqual(full);
  const strict = { limits: { pending: 0, perMinute: 0 }, isLocalAllowed: false, webhookUrl: null };
  for (const damaged of [null, "x", [], {}, { limits: null, local: "true" }]) {
    expect(agentDetailFromJson(damaged)).toMatchObject(strict);
  }
  expect(agentDetailFromJson({ limits: { pending: "9", per_minute: -1 } }).limits).toEqual({
    pending: 0,
    perMinute: 0,
  });
});
