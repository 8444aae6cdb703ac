// What the hub calls back, it calls until that one call is ended.

import { describe, expect, it } from "vitest";
import { Hub } from "./hub.ts";

describe("calls about the record", () => {
  it("go on for others when one is ended twice", () => {
    const hub = new Hub();
    const calls: string[] = [];
    const endFirst = hub.onRecord("default", () => calls.push("first"));
    endFirst();
    const endSecond = hub.onRecord("default", () => calls.push("second"));
    endFirst();
    hub.changed("default", []);
    endSecond();
    hub.changed("default", []);
    expect(calls).toEqual(["second"]);
  });
});
