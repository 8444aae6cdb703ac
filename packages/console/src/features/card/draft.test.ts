// Editing parameters: what was not touched stays exactly as it was, what cannot be read is refused.

import { describe, expect, it } from "vitest";
import { fieldsOf, readField, readFields, readRaw } from "./draft.ts";

const params = {
  id: "c_81",
  rows: 3,
  ratio: 1e21,
  dry: false,
  none: null,
  ids: [1, 2],
  deep: { a: {} },
};

describe("a draft of parameters", () => {
  it("reads back as it was when nothing was edited", () => {
    expect(readFields(fieldsOf(params))).toEqual({ ok: true, value: params });
  });

  it("keeps a text that looks like a number a text", () => {
    expect(readField({ name: "id", kind: "text", text: "12" })).toEqual({ ok: true, value: "12" });
  });

  it.each(["", "12a", "0x10", '"12"', "NaN", "01"])("refuses %j where a number stands", (text) => {
    expect(readField({ name: "n", kind: "number", text }).ok).toBe(false);
  });

  it("refuses a repeated key and names the line", () => {
    const read = readRaw('{\n"a": 1,\n"a": 2\n}');
    expect(read).toMatchObject({ ok: false, why: expect.stringContaining("line 3") });
  });

  it("refuses anything but an object", () => {
    expect(readRaw("[1]").ok).toBe(false);
  });
});
