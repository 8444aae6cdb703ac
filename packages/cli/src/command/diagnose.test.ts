// What the doctor says of versions and addresses that are wrong.

import { expect, test } from "vitest";
import { checkDatabase, checkNode } from "./diagnose.ts";

test.for([
  ["18.20.0", "failed"],
  ["20.18.9", "failed"],
  ["20.19.0", "ok"],
  ["24.1.0", "ok"],
] as const)("Node %s is %s", ([version, status]) => {
  expect(checkNode(version).status).toBe(status);
});

test.for(["mysql://u:secret@127.0.0.1/x", "not an address"])(
  "%s is no database for us, and its password is not shown",
  async (url) => {
    const finding = await checkDatabase(url);

    expect(finding.status).toBe("failed");
    expect(finding.detail).not.toContain("secret");
  },
);
