// Messages of a chat come back as they were.

import { expect, test } from "vitest";
import { decodeMessages, encodeMessages, type Message } from "./messages.ts";

function again(content: unknown): unknown {
  const [message] = decodeMessages(encodeMessages([{ role: "user", content }]));
  return message?.content;
}

test("bytes stay bytes, whatever holds them", () => {
  const bytes = new Uint8Array([0, 255, 7]);

  expect(again([{ data: bytes }])).toEqual([{ data: bytes }]);
  expect(again([{ data: Buffer.from(bytes) }])).toEqual([{ data: bytes }]);
  expect(again([{ data: bytes.buffer }])).toEqual([{ data: bytes }]);
});

test("an address becomes its text, which the SDK takes as well", () => {
  expect(again([{ image: new URL("https://example.com/a.png") }])).toEqual([
    { image: "https://example.com/a.png" },
  ]);
});

test("members that look like ours stay the chat's own", () => {
  const looks = [
    { "$holdpoint.bytes": "AAAA" },
    { "$holdpoint.escaped": { "$holdpoint.bytes": "AAAA" } },
    { "$holdpoint.escaped": 1, other: [{ "$holdpoint.bytes": null }] },
  ];

  expect(again(looks)).toEqual(looks);
});

test("a member called __proto__ is a member", () => {
  const text = '{"__proto__":{"polluted":true}}';

  expect(JSON.stringify(again(JSON.parse(text)))).toBe(text);
});

test("bytes that are no list of messages are refused", () => {
  const other = new TextEncoder().encode('{"messages":[]}') as Uint8Array;

  expect(() => decodeMessages(other)).toThrow("no list of messages");
  expect(() => decodeMessages(new Uint8Array([0xff]))).toThrow();
});

test("no messages stay none", () => {
  const messages: Message[] = [];

  expect(decodeMessages(encodeMessages(messages))).toEqual([]);
});
