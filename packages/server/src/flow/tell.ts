// Tells people of something else than a hold: a row for each shared place, and one that is turned into a message for each person.

import { maskString } from "@holdpoint/core/action/mask";
import { visibleLine } from "@holdpoint/core/action/text";
import { isoOf } from "@holdpoint/core/base/clock";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { OutboxMessage } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { peopleChannel, sharedPlaces } from "./notify.ts";

export interface News {
  readonly kind: string;
  readonly jobId: string | null;
  /** Who is told each by themselves: `group:…`, `role:…`, `person:…`, `any`. */
  readonly audience: readonly string[];
  readonly title: string;
  readonly lines: readonly string[];
  /** Page of the console, with its slash. */
  readonly page: string;
  /** For programs that listen to a webhook. */
  readonly facts?: JsonObject;
}

const lineLengthMax = 300;

/** SECURITY: words of people and agents leave as one visible line each, with secrets masked. */
export function tell(engine: Engine, news: News): readonly OutboxMessage[] {
  const at = engine.clock.now();
  const plain = {
    title: line(news.title),
    lines: news.lines.map(line),
    url: engine.publicUrl + news.page,
    ...news.facts,
  };
  const row = (channel: string, data: JsonObject): OutboxMessage => ({
    id: engine.ids.delivery(),
    jobId: news.jobId,
    channel,
    kind: news.kind,
    body: JSON.stringify({ type: news.kind, timestamp: isoOf(at), data }),
    dueAt: at,
  });
  const places = sharedPlaces(engine).map((place) => row(place, plain));
  const isPersonal = engine.channels.some(({ reach }) => reach === "person");
  if (!isPersonal || news.audience.length === 0) return places;
  const audience = [...new Set(news.audience)];
  return [...places, row(peopleChannel, { ...plain, audience })];
}

function line(text: string): string {
  return visibleLine(maskString(text), lineLengthMax);
}
