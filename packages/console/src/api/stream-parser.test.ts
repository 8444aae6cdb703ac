// The event stream reader against pieces cut at every place.

import { describe, expect, it } from "vitest";
import { StreamParser } from "./stream-parser.ts";

const text =
  ': hello\r\nid: 7\nevent: job.proposed\ndata: {"a":\ndata: 1}\n\nid: 8\rdata:x\r\r\n: beat\n\ndata: y\n\n';
const whole = [
  { id: "7", event: "job.proposed", data: '{"a":\n1}' },
  { id: "8", event: "message", data: "x" },
  { id: "8", event: "message", data: "y" },
];

describe("the stream reader", () => {
  it("reads messages whole", () => {
    expect(new StreamParser().push(text)).toEqual(whole);
  });

  it("reads the same messages wherever the pieces are cut", () => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      const parser = new StreamParser();
      const read = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))];
      expect(read, `cut at ${cut}`).toEqual(whole);
    }
  });

  it("keeps an unfinished message to itself", () => {
    expect(new StreamParser().push("data: x\n")).toEqual([]);
  });
});
