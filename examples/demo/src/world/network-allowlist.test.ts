// The allowlist as the mail tool keeps it.

import { expect, test } from "vitest";
import { assertReachable, hostsOf } from "./network-allowlist.ts";

test("a host on the list is reached, another is refused by name", () => {
  const hosts = hostsOf(["127.0.0.1"]);
  expect(() => assertReachable("127.0.0.1", hosts)).not.toThrow();
  expect(() => assertReachable("mail.example", hosts)).toThrow("no connection to mail.example");
});

test("a grant without the constraint reaches every host", () => {
  expect(() => assertReachable("mail.example", hostsOf(undefined))).not.toThrow();
});

test.each([[null], ["127.0.0.1"], [[]], [{ host: "127.0.0.1" }], [[7]]])(
  "what is no list of hosts reaches none: %j",
  (allowlist) => {
    expect(() => assertReachable("127.0.0.1", hostsOf(allowlist))).toThrow("no connection");
  },
);
