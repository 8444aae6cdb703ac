// The lease of a suspended run: what each word of a worker makes of it, and what only looks like one.

import { describe, expect, it } from "vitest";
import { resumptionAttemptsMax } from "../base/limits.ts";
import {
  armed,
  cancelled,
  completed,
  extended,
  failed,
  released,
  type Resumption,
  retried,
} from "./resumption.ts";

const now = 1_000_000;

function claimed(more: Partial<Resumption> = {}): Resumption {
  return {
    ...{ id: "r", agent: "a", queue: "q", thread: "t", namespace: "", run: null },
    ...{ checkpoint: "c", digest: "sha256:00", mode: "all", state: "claimed" },
    ...{ jobs: ["x", "y"], open: [], settled: ["x", "y"], claimed: ["x", "y"], handed: [] },
    ...{ attempts: 1, fence: 3, worker: "w", dueAt: now + 60_000, lastError: null },
    ...{ createdAt: 1, updatedAt: 1, endedAt: null },
    ...more,
  };
}

const holder = { fence: 3, now };
const failure = { ...holder, error: "no", isFinal: false, chance: 1 };

describe("a word about a run", () => {
  it("counts with the newest fence of a run that is claimed, and else is lost", () => {
    const lost = [
      claimed({ fence: 4 }),
      claimed({ state: "cancelled" }),
      claimed({ state: "arming", claimed: [] }),
    ];
    for (const row of lost) {
      for (const said of [extended(row, holder, 5), completed(row, holder), failed(row, failure)]) {
        expect(said).toMatchObject({ ok: false, code: "resumption_lost" });
      }
      expect(released(row, holder).ok).toBe(false);
    }
    expect(extended(claimed(), holder, 5_000)).toMatchObject({ next: { dueAt: now + 5_000 } });
  });

  it("completes what was given, and leaves what came since to the next claim", () => {
    const row = claimed({ mode: "each", claimed: ["x"] });
    const first = completed(row, holder);
    expect(first).toMatchObject({
      next: { state: "waiting", settled: ["y"], handed: ["x"], dueAt: now, attempts: 0 },
    });
    const waits = completed(
      claimed({ mode: "each", settled: ["x"], claimed: ["x"], open: ["y"] }),
      holder,
    );
    expect(waits).toMatchObject({ next: { state: "waiting", settled: [], dueAt: null } });
    const last = completed(claimed({ mode: "each" }), holder);
    expect(last).toMatchObject({ next: { state: "completed", endedAt: now, dueAt: null } });
    const one = completed(
      claimed({ mode: "first", settled: ["x"], claimed: ["x"], open: ["y"] }),
      holder,
    );
    expect(one).toMatchObject({ next: { state: "completed", open: ["y"] } });
  });

  it("puts a failure off for longer each time, and gives up after the last", () => {
    const pauses = Array.from({ length: resumptionAttemptsMax - 1 }, (_, index) => {
      const said = failed(claimed({ attempts: index + 1 }), failure);
      return said.ok ? (said.next.dueAt ?? 0) - now : 0;
    });
    expect(pauses).toEqual([
      ...[1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000],
    ]);
    const half = failed(claimed({ attempts: 9 }), { ...failure, chance: 0 });
    expect(half).toMatchObject({ next: { dueAt: now + 128_000, worker: null } });
    const dead = failed(claimed({ attempts: resumptionAttemptsMax }), failure);
    expect(dead).toMatchObject({ next: { state: "dead", lastError: "no", dueAt: null } });
    const final = failed(claimed(), { ...failure, isFinal: true });
    expect(final).toMatchObject({ next: { state: "dead" } });
  });

  it("said again changes nothing, and one kind does not stand in for the other", () => {
    const done = completed(claimed(), holder);
    if (!done.ok) throw new Error("it is completed");
    expect(completed(done.next, holder)).toEqual({ ok: true, next: done.next });
    expect(failed(done.next, failure).ok).toBe(false);
    const off = failed(claimed(), failure);
    if (!off.ok) throw new Error("it is put off");
    expect(failed(off.next, failure)).toEqual({ ok: true, next: off.next });
    expect(completed(off.next, holder).ok).toBe(false);
  });
});

describe("the binding of a run", () => {
  const arming = claimed({ state: "arming", open: ["x", "y"], settled: [], claimed: [] });
  const bound = (id: string, more: object = {}) => ({
    ...{ id, isAnswered: false, isBound: true },
    ...more,
  });

  it("waits for what is bound, counts what is answered, and lets go what moved on", () => {
    const both = armed(arming, [bound("x"), bound("y", { isAnswered: true })], now);
    expect(both).toMatchObject({ state: "waiting", open: ["x"], settled: ["y"], dueAt: null });
    const moved = armed(
      arming,
      [bound("x", { isBound: false }), bound("y", { isAnswered: true })],
      now,
    );
    expect(moved).toMatchObject({ open: [], settled: ["y"], dueAt: now });
    const gone = armed(arming, [bound("x", { isBound: false })], now);
    expect(gone).toMatchObject({ state: "cancelled", endedAt: now });
  });

  it("keeps an answer that was written before it, although the job is bound no longer", () => {
    const early = { ...arming, open: ["x"], settled: ["y"] };
    const after = armed(early, [bound("x", { isAnswered: true, isBound: false })], now);
    expect(after).toMatchObject({ open: [], settled: ["y", "x"], dueAt: now });
  });
});

describe("people", () => {
  it("retry what is dead and nothing else, with all its attempts", () => {
    const dead = claimed({ state: "dead", attempts: 10, endedAt: 5 });
    expect(retried(dead, now)).toMatchObject({
      next: { state: "waiting", attempts: 0, dueAt: now, endedAt: null },
    });
    expect(retried(claimed(), now)).toMatchObject({ code: "resumption_not_dead" });
  });

  it("take back what is not over, once", () => {
    const taken = cancelled(claimed(), now);
    expect(taken).toMatchObject({ next: { state: "cancelled", dueAt: null } });
    if (taken.ok) expect(cancelled(taken.next, now + 1)).toEqual(taken);
    for (const state of ["completed", "dead"] as const) {
      expect(cancelled(claimed({ state }), now)).toMatchObject({ code: "resumption_ended" });
    }
  });
});
