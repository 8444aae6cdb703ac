// Many clients at once, each leading its jobs on; what is not answered is sent again after the restart.

import type { JobView } from "@holdpoint/core/wire/response";
import type { Answer, Call, Story } from "./story.ts";

export interface LoadOptions {
  readonly url: string;
  readonly lanes: number;
  /** The next story to lead on; null when there is none left. */
  readonly take: () => Story | null;
  /** A story that is not at its end goes back. */
  readonly leave: (story: Story) => void;
  /** Told before each request goes out. */
  readonly onSend: () => void;
  readonly isOver: () => boolean;
}

/** Resolves when every client has stopped: told to, without stories, or without a server. */
export async function runLoad(options: LoadOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.lanes }, () => runLane(options)));
}

async function runLane(options: LoadOptions): Promise<void> {
  while (!options.isOver()) {
    const story = options.take();
    if (story === null) return;
    const hasMore = await lead(story, options);
    if (hasMore !== "ended") options.leave(story);
    if (hasMore === "unanswered") return;
  }
}

/** One stage of one story. */
async function lead(
  story: Story,
  options: LoadOptions,
): Promise<"goes on" | "ended" | "unanswered"> {
  const known = story.view;
  let job: JobView | null = null;
  if (known !== null && story.now.every((call) => call.answer !== null)) {
    const read = await request(options, `/jobs/${known.job.id}`, null);
    // A job that somebody was told of and that is gone is found by the check, not here.
    if (read === null || read.status !== 200) return "unanswered";
    job = read.body as unknown as JobView;
  }
  if (!story.advance(job)) return "ended";
  const open = story.now.filter((call) => call.answer === null);
  await Promise.all(open.map((call) => send(call, options)));
  return open.some((call) => call.answer === null) ? "unanswered" : "goes on";
}

async function send(call: Call, options: LoadOptions): Promise<void> {
  call.tries += 1;
  const answer = await request(options, call.path, call);
  // 503: the database was away; whether it wrote is not known, so the call is repeated.
  if (answer !== null && answer.status !== 503) call.answer = answer;
}

/** Null when the connection broke before the whole answer was read. */
async function request(
  options: LoadOptions,
  path: string,
  call: Call | null,
): Promise<Answer | null> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (call?.key != null) headers["idempotency-key"] = call.key;
  options.onSend();
  try {
    const response = await fetch(`${options.url}/api/v1${path}`, {
      headers,
      ...(call !== null && { method: "POST", body: JSON.stringify(call.body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  } catch {
    return null;
  }
}
