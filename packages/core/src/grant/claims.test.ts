// What a grant says: for whom, for which job hash, under which snapshot, for how long.

import { describe, expect, it } from "vitest";
import {
  after,
  allowed,
  fileIn,
  opened,
  redeem,
  review,
  ruling,
  startAt,
} from "../job/job.sample.ts";
import { jobStates } from "../job/state.ts";
import { audienceOf, grantClaims } from "./claims.ts";

const issuer = "https://holdpoint.example";

describe("a grant", () => {
  it("binds the agent, the job hash, the snapshot, the approvers and the time", () => {
    const { job } = fileIn("APPROVED");

    expect(grantClaims(job, issuer)).toEqual({
      iss: issuer,
      aud: "urn:holdpoint:default",
      sub: "robot",
      jti: "grant-1",
      iat: Math.floor((startAt + 1) / 1000),
      exp: Math.ceil((startAt + 1 + 300_000) / 1000),
      tenant: "default",
      job_id: "job-1",
      job_hash: job.jobHash,
      policy_snapshot: "default@1",
      decision: "require_approval",
      constraints: null,
      approvers: ["ann"],
      authorization_details: [
        { type: "holdpoint_action", actions: ["job.db.delete"], job_hash: job.jobHash },
      ],
    });
  });

  it("names those who delegate to the agent, the nearest outermost", () => {
    const { job } = fileIn("APPROVED");
    const requester = { ...job.requester, delegators: ["arm", "head"] };

    expect(grantClaims({ ...job, requester }, issuer)).toMatchObject({
      sub: "robot",
      act: { sub: "arm", act: { sub: "head" } },
    });
  });

  it("is for the action as people changed it", () => {
    const held = fileIn("APPROVAL");
    const { job } = after(held, review(held, { verdict: "modify" }));

    expect(job.jobHash).not.toBe(job.proposedHash);
    expect(grantClaims(job, issuer)).toMatchObject({ job_hash: job.jobHash });
  });

  it("carries its constraints as the policy file names them", () => {
    const constraints = { max_rows: 5, network_allowlist: ["a.example"] };
    const decision = { ...allowed, kind: "allow_with_constraints" as const, constraints };
    const { job } = opened({ ruling: { ...ruling(), decision } });

    expect(grantClaims(job, issuer)).toMatchObject({ constraints, approvers: [] });
  });

  it("is of its tenant only", () => {
    const { job } = fileIn("APPROVED");
    expect(grantClaims({ ...job, tenant: "other" }, issuer)).toMatchObject({
      aud: audienceOf("other"),
      tenant: "other",
    });
  });

  it.each(jobStates.map((state) => [state] as const))(
    "is there for %s only while it lives",
    (state) => {
      const hasOne = ["APPROVED", "EXECUTING", "SUCCEEDED", "FAILED", "UNKNOWN"].includes(state);
      expect(grantClaims(fileIn(state).job, issuer) !== null).toBe(hasOne);
    },
  );

  it("is gone once policy took the release back", () => {
    const file = fileIn("APPROVED");
    const back = after(file, redeem(file, { ruling: ruling({ ruleId: "other" }) }));
    expect(grantClaims(back.job, issuer)).toBeNull();
  });
});
