// Proves that notifications are found between other backend messages.

import { expect, test } from "vitest";
import { joined, notificationsIn } from "./messages.ts";

function backendMessage(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

function notification(channel: string, payload: string): Buffer {
  const text = Buffer.from(`${channel}\0${payload}\0`, "utf8");
  return backendMessage("A", Buffer.concat([Buffer.from([0, 0, 0, 7]), text]));
}

test("finds every notification between other messages and no others", () => {
  const row = backendMessage("D", Buffer.from("A\0\0\0\x04 not a notification"));
  const bytes = joined([row, notification("jobs", "1"), row, notification("é", ""), row]);
  expect(notificationsIn(bytes)).toEqual([
    { channel: "jobs", payload: "1" },
    { channel: "é", payload: "" },
  ]);
});

test("finds nothing in an empty answer", () => {
  expect(notificationsIn(new Uint8Array(0))).toEqual([]);
});
