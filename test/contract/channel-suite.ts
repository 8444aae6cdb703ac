// The contract of a channel: what is accepted has a name to drop repeats by, what is not is said, nothing is left hanging.

import { describe, expect, test } from "vitest";
import { isoOf } from "@holdpoint/core/base/clock";
import { noticeData } from "@holdpoint/core/wire/notice";
import {
  type Channel,
  DeliveryFailed,
  type OutgoingNotice,
} from "@holdpoint/server/channel/channel";
import { makeJob } from "./sample.ts";

/** How the other side answers what comes next. */
export type Mood =
  | "well"
  /** Refuses with an error that passes. */
  | "failing"
  /** Asks to be left alone for `limitMs`. */
  | "limiting"
  /** Takes the message, and never says so. */
  | "silent";

export interface Received {
  /** By what the receiver tells repeats apart. */
  readonly key: string;
  /** Everything that a person would read. */
  readonly text: string;
}

/** A channel with the other side that it speaks to. */
export interface ChannelStand {
  readonly channel: Channel;
  /** Where a person is reached; null for a shared place. */
  readonly address: string | null;
  /** What the other side asks for when it is `limiting`; null when it has no way to say it. */
  readonly limitMs: number | null;
  /** What the other side took, oldest first. */
  received(): Promise<readonly Received[]>;
  /** Of the next delivery, and all that follow. */
  become(mood: Mood): void;
  close(): Promise<void>;
}

const secret = "hp_default_" + "a".repeat(43) + "_0123abcd";
const hostile = `<script>alert(1)</script> \u202Eevil\u200B *bold* <!channel> ${secret}`;

export function channelSuite(name: string, open: () => Promise<ChannelStand>): void {
  const withStand = async (work: (stand: ChannelStand) => Promise<void>): Promise<void> => {
    const stand = await open();
    try {
      await work(stand);
    } finally {
      await stand.close();
    }
  };

  describe(`the channel ${name}`, () => {
    test("delivers a notice once, and says so", () =>
      withStand(async (stand) => {
        await deliver(stand, noticeTo(stand, "dlv_1"));
        expect(await stand.received()).toHaveLength(1);
      }));

    test("gives a repeat the key of the first, and another notice another one", () =>
      withStand(async (stand) => {
        await deliver(stand, noticeTo(stand, "dlv_1"));
        await deliver(stand, noticeTo(stand, "dlv_1"));
        await deliver(stand, noticeTo(stand, "dlv_2"));
        const keys = (await stand.received()).map(({ key }) => key);
        expect(new Set(keys).size).toBe(2);
        // A receiver that drops repeats by itself shows the first only once.
        expect(keys.filter((key) => key !== keys.at(-1)).every((key) => key === keys[0])).toBe(
          true,
        );
      }));

    test("says when the other side refused, and may be tried again", () =>
      withStand(async (stand) => {
        stand.become("failing");
        const error = await deliver(stand, noticeTo(stand, "dlv_1")).catch((reason) => reason);
        expect(error).toBeInstanceOf(DeliveryFailed);
        expect(error.isFinal).toBe(false);
        stand.become("well");
        await deliver(stand, noticeTo(stand, "dlv_1"));
        expect(await stand.received()).toHaveLength(1);
      }));

    test("hands on how long the other side asks to be left alone", () =>
      withStand(async (stand) => {
        if (stand.limitMs === null) return;
        stand.become("limiting");
        const error = await deliver(stand, noticeTo(stand, "dlv_1")).catch((reason) => reason);
        expect(error).toBeInstanceOf(DeliveryFailed);
        expect(error.retryAfterMs).toBe(stand.limitMs);
      }));

    test("ends when its time is over, although the other side says nothing", () =>
      withStand(async (stand) => {
        stand.become("silent");
        const giveUp = new AbortController();
        const delivery = stand.channel.deliver(noticeTo(stand, "dlv_1"), giveUp.signal);
        giveUp.abort();
        await expect(delivery).rejects.toThrow();
      }));

    test("rewrites as often as it is asked, and changes nothing by it", () =>
      withStand(async (stand) => {
        const { ref } = await deliver(stand, noticeTo(stand, "dlv_1"));
        if (ref === null) return;
        const { signal } = new AbortController();
        const news = noticeTo(stand, "dlv_2", "approval.resolved");
        await stand.channel.update(ref, { ...news, thread: ref }, signal);
        await stand.channel.update(ref, { ...news, thread: ref }, signal);
        const keys = (await stand.received()).map(({ key }) => key);
        expect(new Set(keys).size).toBeLessThanOrEqual(2);
      }));

    test("tests itself without a hold", () =>
      withStand(async (stand) => {
        await stand.channel.test(stand.address, new AbortController().signal);
        stand.become("failing");
        await expect(
          stand.channel.test(stand.address, new AbortController().signal),
        ).rejects.toThrow();
      }));

    test("shows the agent's words as text, hidden characters drawn, secrets masked", () =>
      withStand(async (stand) => {
        await deliver(stand, noticeTo(stand, "dlv_1"));
        const [message] = await stand.received();
        expect(message?.text).not.toContain(secret);
        expect(message?.text).not.toContain("\u202E");
        expect(message?.text).not.toContain("\u200B");
      }));

    test("takes news that are not about a hold", () =>
      withStand(async (stand) => {
        const data = {
          title: "A review is due",
          lines: ["by Ana"],
          url: "http://holdpoint.test/x",
        };
        const kind = "governance.opened";
        const body = JSON.stringify({ type: kind, timestamp: isoOf(0), data });
        await deliver(stand, { ...noticeTo(stand, "dlv_1"), kind, body });
        expect(await stand.received()).toHaveLength(1);
      }));
  });
}

function deliver(stand: ChannelStand, notice: OutgoingNotice): ReturnType<Channel["deliver"]> {
  return stand.channel.deliver(notice, new AbortController().signal);
}

function noticeTo(
  { address }: ChannelStand,
  id: string,
  kind: "approval.requested" | "approval.resolved" = "approval.requested",
): OutgoingNotice {
  const held = makeJob("default", { resource: hostile, params: { words: hostile } });
  const claims = { ...held.action.claims, title: hostile, reasoning: hostile };
  const job = { ...held, action: { ...held.action, claims } };
  const now = job.createdAt;
  const data = noticeData(job, { kind, publicUrl: "http://holdpoint.test", now });
  return {
    id,
    kind,
    body: JSON.stringify({ type: kind, timestamp: isoOf(now), data }),
    address,
    person: address === null ? null : "ana",
    thread: null,
  };
}
