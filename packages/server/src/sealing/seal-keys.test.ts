// Where keys come from, and which settings end the start.

import { describe, expect, it } from "vitest";
import { openSealKeys } from "./seal-keys.ts";

const coded = Buffer.alloc(32, 7).toString("base64");

function open(keys: string): ReturnType<typeof openSealKeys> {
  return openSealKeys({ keys, dir: "/nowhere", isFileAllowed: false });
}

describe("the keys of the configuration", () => {
  it("are read in their order", () => {
    const other = Buffer.alloc(32, 9).toString("base64");
    const keys = open(` k2:${coded} , k1:${other} `);
    expect(keys.current().name).toBe("k2");
    expect(keys.find("k1")?.name).toBe("k1");
    expect(keys.find("k3")).toBeNull();
  });

  it("end the start when they are no keys, and the message holds none of them", () => {
    const short = Buffer.alloc(16, 7).toString("base64");
    const wrong = [coded, `K1:${coded}`, `k1:${short}`, `k1:${coded},`, `k1:${coded},k1:${coded}`];
    for (const keys of [...wrong, "k1", "k1:", `k1:${coded}${coded}`, ","]) {
      const opening = (): unknown => open(keys);
      expect(opening, keys).toThrow(expect.objectContaining({ code: "config_invalid" }) as Error);
      expect(opening).not.toThrow(coded.slice(0, 20));
    }
  });

  it("have to be set where a file would not be the same for every server", () => {
    const opening = (): unknown =>
      openSealKeys({ keys: null, dir: "/nowhere", isFileAllowed: false });
    expect(opening).toThrow(expect.objectContaining({ code: "seal_key_missing" }) as Error);
    expect(opening).toThrow("HOLDPOINT_SEAL_KEYS");
  });
});
