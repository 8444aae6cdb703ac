// `holdpoint audit export`: the record of the server, one event in each line, oldest first.

import type { EventPage } from "@holdpoint/core/wire/response";
import { safeJsonLine } from "../output/terminal.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export interface ExportOptions extends GlobalOptions {
  readonly type?: string;
  readonly job?: string;
}

/** The newest event is the one that the last page ended with; what comes later is not waited for. */
export async function exportEvents(options: ExportOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  let cursor: string | undefined;
  let count = 0;
  do {
    const page: EventPage = await server.get<EventPage>("/audit/events", {
      order: "oldest",
      limit: "200",
      type: options.type,
      job: options.job,
      cursor,
    });
    for (const event of page.items) terminal.print(safeJsonLine(event));
    count += page.items.length;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  terminal.note(`${count} events`);
}
