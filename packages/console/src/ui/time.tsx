// Times for people: one ticking clock for the page, spans in words, instants in the reader's zone.

import type { ReactNode } from "react";
import { useSyncExternalStore } from "react";
import { serverNow } from "../api/server-clock.ts";
import { spanInWords } from "./span.ts";

const tickMs = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let second = Math.floor(serverNow() / tickMs);

function subscribe(heard: () => void): () => void {
  listeners.add(heard);
  timer ??= setInterval(() => {
    second = Math.floor(serverNow() / tickMs);
    for (const listener of listeners) listener();
  }, tickMs);
  return () => {
    listeners.delete(heard);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** The server's time in milliseconds, moving once a second. */
function useNow(): number {
  return useSyncExternalStore(subscribe, () => second) * tickMs;
}

export type OnTimeout = "block" | "escalate" | "allow";

const thenWords: Readonly<Record<OnTimeout, string>> = {
  block: "then it is blocked",
  escalate: "then it goes to the next people asked",
  allow: "then it is allowed",
};

export function thenWhat(onTimeout: OnTimeout): string {
  return thenWords[onTimeout];
}

/** How long until then: `in 4 min 05 s`. */
export function In({ at }: { at: string }): ReactNode {
  const left = Date.parse(at) - useNow();
  return (
    <time dateTime={at} title={instant(at)} className="hp-num">
      {left <= 0 ? "now" : `in ${spanInWords(left)}`}
    </time>
  );
}

export function TimeLeft({ until }: { until: string }): ReactNode {
  const now = useNow();
  const left = Date.parse(until) - now;
  const urgent = left < 60_000;
  return (
    <time
      dateTime={until}
      title={instant(until)}
      className={urgent ? "hp-urgent hp-num" : "hp-num"}
    >
      {left <= 0 ? "time is up" : `${spanInWords(left)} left`}
    </time>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function instant(at: string): string {
  return day.format(new Date(at));
}

/** Time of day when it was today, with the date otherwise. */
export function At({ at }: { at: string }): ReactNode {
  const date = new Date(at);
  const today = date.toDateString() === new Date(serverNow()).toDateString();
  return (
    <time dateTime={at} title={instant(at)} className="hp-num">
      {today ? clock.format(date) : day.format(date)}
    </time>
  );
}

const minute = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** Day of the week, date and time, without seconds: for what is planned. */
export function Minute({ at }: { at: string }): ReactNode {
  return (
    <time dateTime={at} title={instant(at)} className="hp-num">
      {minute.format(new Date(at))}
    </time>
  );
}

export function Ago({ at }: { at: string }): ReactNode {
  const now = useNow();
  const past = now - Date.parse(at);
  return (
    <time dateTime={at} title={instant(at)} className="hp-num">
      {past < 5_000 ? "just now" : `${spanInWords(past)} ago`}
    </time>
  );
}
