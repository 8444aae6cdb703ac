// The sealed form of an event: canonical, bound to its payload, and silent about it.

import { describe, expect, it } from "vitest";
import { AssertionFault } from "../base/assert.ts";
import { type Digest, saltedCommitment } from "../base/digest.ts";
import type { EventId } from "../base/id.ts";
import { canonicalJson } from "../base/json/canonical.ts";
import type { Json } from "../base/json/value.ts";
import { type AuditFact, sealEvent } from "./event.ts";

const salt = new Uint8Array(32).fill(7);
const id = "evt_1" as EventId;
const fact: AuditFact = {
  type: "review.submitted",
  at: 1_700_000_000_000,
  actor: { kind: "person", id: "per_1" },
  jobId: "job-1",
  revision: 2,
  before: "APPROVAL",
  after: "APPROVED",
  jobHash: `sha256:${"a".repeat(64)}` as Digest,
  snapshot: "default@1",
  payload: { reason: "the customer asked", person_name: "Ann Example" },
};

describe("a leaf", () => {
  const sealed = sealEvent("default", id, fact, salt);

  it("is canonical JSON with every member named", () => {
    const leaf = JSON.parse(sealed.leaf) as Json;
    expect(canonicalJson(leaf)).toBe(sealed.leaf);
    expect(leaf).toEqual({
      v: 1,
      tenant: "default",
      id: "evt_1",
      type: "review.submitted",
      at: "2023-11-14T22:13:20.000Z",
      actor: { kind: "person", id: "per_1" },
      job: "job-1",
      revision: 2,
      before: "APPROVAL",
      after: "APPROVED",
      job_hash: fact.jobHash,
      policy: "default@1",
      payload: sealed.commitment,
    });
  });

  it("holds none of the payload's words", () => {
    for (const word of ["customer", "Ann", "reason", "person_name"]) {
      expect(sealed.leaf).not.toContain(word);
    }
  });

  it("says null where nothing is known", () => {
    const bare = { ...fact, jobId: null, revision: null, before: null, after: null };
    const leaf = sealEvent("default", id, { ...bare, jobHash: null, snapshot: null }, salt).leaf;
    expect(JSON.parse(leaf)).toMatchObject({
      job: null,
      revision: null,
      job_hash: null,
      policy: null,
    });
  });
});

describe("the commitment", () => {
  it("is to the salt and the canonical payload", () => {
    const sealed = sealEvent("default", id, fact, salt);
    expect(sealed.payloadText).toBe(canonicalJson(fact.payload));
    expect(sealed.commitment).toBe(saltedCommitment(salt, sealed.payloadText));
  });

  it("does not hold for another payload, and not for another salt", () => {
    const { commitment } = sealEvent("default", id, fact, salt);
    const other = { ...fact, payload: { ...fact.payload, reason: "else" } };
    expect(sealEvent("default", id, other, salt).commitment).not.toBe(commitment);
    const fresh = new Uint8Array(32).fill(8);
    expect(sealEvent("default", id, fact, fresh).commitment).not.toBe(commitment);
  });

  it("is the same for any order of the payload's members", () => {
    const turned = { person_name: "Ann Example", reason: "the customer asked" };
    expect(sealEvent("default", id, { ...fact, payload: turned }, salt).commitment).toBe(
      sealEvent("default", id, fact, salt).commitment,
    );
  });

  it("is never made with a short salt", () => {
    expect(() => sealEvent("default", id, fact, salt.slice(1))).toThrow(AssertionFault);
  });
});
