// Cursors of lists in the order in which their rows were written: the number of the last row shown.

import { HoldpointError } from "@holdpoint/core/error/error";

/** @throws HoldpointError `cursor_invalid` */
export function readCursor(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new HoldpointError("cursor_invalid", {
    message: "use the `next_cursor` of an earlier page, unchanged",
  });
}
