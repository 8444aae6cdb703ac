// Emergency overrides over HTTP: who may, when, how often, and what every one of them leaves behind.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, textAt } from "../http.ts";
import { eventsOf, type OverrideWorld, overridePolicy, startOverrides } from "./override-world.ts";

const dayMs = 86_400_000;
let world: OverrideWorld;

beforeAll(async () => {
  world = await startOverrides();
});

afterAll(() => world.stop());

async function stateOf(job: string): Promise<string> {
  return textAt((await world.send("GET", `/jobs/${job}`, "admin")).body, "job", "state");
}

describe("an override in an open incident", () => {
  it("takes the only open incident when none is named, and asks when there are several", async () => {
    const none = await world.override(await world.hold("job.db.a"), "oncall");
    expect(none.body).toMatchObject({ status: 403, code: "override_refused" });
    const incident = await world.incident();
    const one = await world.hold("job.db.b");
    expect((await world.override(one, "oncall")).status).toBe(200);
    const read = await world.send("GET", `/governance/${await world.reviewOf(one)}`, "admin");
    expect(at(read.body, "incident")).toBe(incident);
    await world.incident();
    const several = await world.override(await world.hold("job.db.c"), "oncall");
    expect(several.body).toMatchObject({ status: 400, code: "request_invalid" });
  });

  it("grants at once, with the governance review in the same commit and everybody told", async () => {
    const job = await world.hold("job.db.delete");
    const incident = await world.incident();
    const answer = await world.override(job, "oncall", { incident });
    expect(answer.status, answer.text).toBe(200);
    expect(at(answer.body, "job", "state")).toBe("APPROVED");
    expect(at(answer.body, "resolution", "code")).toBe("override");
    expect(at(answer.body, "review", "kind")).toBe("override");
    const agent = await world.send("GET", `/jobs/${job}`, "agent");
    expect(at(agent.body, "grant", "token")).toMatch(/\./);

    const review = await world.reviewOf(job);
    const read = await world.send("GET", `/governance/${review}`, "board");
    expect(read.body).toMatchObject({
      state: "open",
      job_id: job,
      rule: "gate",
      agent: "billing",
      reason: "customers cannot pay",
      incident,
      opened_own_incident: false,
      circumstances: ["incident"],
      skipped: ["group:reviewers", "group:chiefs"],
      overdue: false,
      legitimate: null,
    });
    const due =
      Date.parse(textAt(read.body, "due_at")) - Date.parse(textAt(read.body, "opened_at"));
    expect(due).toBe(3 * dayMs);

    const submitted = (await eventsOf(world, "override.submitted"))[0];
    const approved = (await eventsOf(world, "job.approved"))[0];
    const opened = (await eventsOf(world, "governance.opened"))[0];
    for (const event of [submitted, approved, opened]) expect(event?.["job_id"]).toBe(job);
    expect(at(opened, "payload", "review")).toBe(review);
    expect(at(submitted, "payload", "skipped")).toEqual(["group:reviewers", "group:chiefs"]);
    const { engine } = world.line.server;
    const txids = await engine.store.listEvents("default", {
      jobId: job,
      type: null,
      isNewestFirst: true,
      limit: 50,
      after: null,
    });
    const ofOne = txids.filter(({ type }) => !type.startsWith("notice."));
    const commit = ofOne.find(({ type }) => type === "governance.opened")?.txid;
    const together = ofOne.filter(({ txid }) => txid === commit).map(({ type }) => type);
    expect(together.toSorted()).toEqual([
      "governance.opened",
      "job.approved",
      "override.submitted",
    ]);
  });

  it("answers a repeat of the request with the first answer, and a second override with a conflict", async () => {
    const job = await world.hold("job.topic.fix", "other");
    const body = { reason: "it burns", incident: "INC-7" };
    const again = (): ReturnType<OverrideWorld["send"]> =>
      world.line
        .post(`/approvals/${job}/override`, body, {
          key: world.keys.third,
          headers: { "idempotency-key": `once-${job}` },
        })
        .then(({ status, headers, body: told }) => ({
          status,
          headers,
          body: told as Record<string, unknown>,
          text: JSON.stringify(told),
        }));
    const [first, second] = [await again(), await again()];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
    const other = await world.override(job, "second", { incident: "INC-7" });
    expect(other.body).toMatchObject({ status: 409, code: "approval_already_resolved" });
  });
});

describe("an override is refused", () => {
  const refusal = async (
    topic: string,
    who: keyof OverrideWorld["keys"],
    body: object = {},
  ): Promise<unknown> => {
    const job = await world.hold(topic);
    const incident = await world.incident({ severity: "critical" });
    const answer = await world.override(job, who, { incident, ...body });
    expect(await stateOf(job)).toBe("APPROVAL");
    expect(await world.reviewOf(job)).toBe("");
    return [answer.status, at(answer.body, "code")];
  };

  it("when an invariant holds the action", async () => {
    expect(await refusal("job.floor.x", "oncall")).toEqual([403, "override_refused"]);
  });

  it("when a rule that holds the action names nobody", async () => {
    expect(await refusal("job.plain.x", "oncall")).toEqual([403, "override_refused"]);
  });

  it("when the rule asks for a passkey", async () => {
    expect(await refusal("job.signed.x", "oncall")).toEqual([403, "override_refused"]);
  });

  it("to people whom the rule does not name: reviewers and admins too", async () => {
    for (const who of ["rev", "admin", "board"] as const) {
      expect(await refusal("job.db.x", who)).toEqual([403, "approval_not_authorized"]);
    }
  });

  it("unless every rule that holds the action names the person", async () => {
    expect(await refusal("job.both.x", "oncall")).toEqual([403, "approval_not_authorized"]);
    const job = await world.hold("job.both.y", "other");
    const incident = await world.incident({ severity: "critical" });
    const answer = await world.override(job, "third", { incident });
    expect(answer.status, answer.text).toBe(200);
  });

  it("to the agent's owner, although on call", async () => {
    expect(await refusal("job.db.x", "owner")).toEqual([403, "approval_self_review"]);
  });

  it("to an agent's key", async () => {
    expect(await refusal("job.db.x", "agent")).toEqual([403, "scope_missing"]);
  });

  it("to a key that was revoked a moment before", async () => {
    const made = await world.line.post("/keys", {
      kind: "person",
      subject: "gone@example.com",
      scopes: ["read", "review"],
    });
    const job = await world.hold("job.db.x");
    const incident = await world.incident();
    await world.line.get("/me", { key: made.body.secret ?? "" });
    await world.line.post(`/keys/${made.body.id}/revoke`);
    const answer = await world.line.post(
      `/approvals/${job}/override`,
      { reason: "now", incident },
      { key: made.body.secret ?? "" },
    );
    expect(answer.status).toBe(401);
    expect(await stateOf(job)).toBe("APPROVAL");
  });

  it("when the incident is closed, is not known, or lacks the label", async () => {
    const closed = await world.incident();
    await world.send("POST", `/incidents/${closed}/close`, "admin", {});
    expect(await refusal("job.db.x", "oncall", { incident: closed })).toEqual([
      409,
      "incident_closed",
    ]);
    expect(await refusal("job.db.x", "oncall", { incident: "inc_none" })).toEqual([
      404,
      "incident_not_found",
    ]);
    const plain = await world.incident({ severity: "minor" });
    expect(await refusal("job.labelled.x", "oncall", { incident: plain })).toEqual([
      403,
      "override_refused",
    ]);
  });

  it("by a label that the person wrote on an incident of their own", async () => {
    const labels = { severity: "critical" };
    const own = await world.send("POST", "/incidents", "second", { title: "Trust me", labels });
    const incident = textAt(own.body, "id");
    expect(await refusal("job.labelled.x", "second", { incident })).toEqual([
      403,
      "override_refused",
    ]);
    const job = await world.hold("job.labelled.y", "other");
    expect((await world.override(job, "third", { incident })).status).toBe(200);
    const plain = await world.hold("job.topic.fix");
    expect((await world.override(plain, "second", { incident })).status).toBe(200);
    const seen = await world.send("GET", `/governance/${await world.reviewOf(plain)}`, "board");
    expect(at(seen.body, "opened_own_incident")).toBe(true);
  });

  it("on another topic than the rule names, whatever the incident", async () => {
    expect(await refusal("job.topic.other", "oncall")).toEqual([403, "override_refused"]);
  });

  it("without a reason, and with members that nobody knows", async () => {
    expect(await refusal("job.db.x", "oncall", { reason: "  " })).toEqual([400, "request_invalid"]);
    expect(await refusal("job.db.x", "oncall", { person: "third" })).toEqual([
      400,
      "request_invalid",
    ]);
  });

  it("when the action is another than the one that was shown", async () => {
    const job_hash = `sha256:${"0".repeat(64)}`;
    expect(await refusal("job.db.x", "oncall", { job_hash })).toEqual([
      409,
      "approval_stale_request",
    ]);
  });

  it("for a publication of a policy, by anybody", async () => {
    const draft = await world.send("POST", "/policies/drafts", "admin", {
      source: overridePolicy.replace("due: 3d", "due: 4d"),
      message: "later",
    });
    const id = textAt(draft.body, "id");
    const asked = await world.send("POST", `/policies/drafts/${id}/publish`, "admin", {});
    const job = textAt(asked.body, "job", "id");
    const incident = await world.incident({ severity: "critical" });
    for (const who of ["oncall", "chief"] as const) {
      const answer = await world.override(job, who, { incident });
      expect(answer.body).toMatchObject({ status: 403, code: "override_refused" });
    }
    expect(await stateOf(job)).toBe("APPROVAL");
    await world.send("POST", `/approvals/${job}/reject`, "chief", { reason: "a test" });
  });

  it("and leaves the attempt on the record", async () => {
    const job = await world.hold("job.db.x");
    await world.override(job, "rev", { incident: await world.incident() });
    const [event] = await eventsOf(world, "attempt.refused");
    expect(event).toMatchObject({
      job_id: job,
      payload: { verb: "override", code: "approval_not_authorized" },
    });
  });
});

describe("the policy that is in force when somebody overrides", () => {
  it("wins: a deny ends the hold, and an emergency that was taken out is gone", async () => {
    const incident = await world.incident();
    const taken = await world.hold("job.db.keep");
    const denied = await world.hold("job.topic.fix");
    await world.line.publish(
      overridePolicy
        .replace(
          '    on_reject: escalate\n    emergency: { by: "group:on-call", within: [incident] }\n',
          "    on_reject: escalate\n",
        )
        .replace(
          'match: { topics: ["job.topic.*"] }\n    decision: require_approval\n    approvals: [{ group: reviewers }]\n    emergency: { by: "group:on-call", within: ["topic:job.topic.fix"] }',
          'match: { topics: ["job.topic.*"] }\n    decision: deny',
        ),
    );
    const gone = await world.override(taken, "oncall", { incident });
    expect(gone.body).toMatchObject({ status: 403, code: "override_refused" });
    const dead = await world.override(denied, "oncall", { incident });
    expect(dead.body).toMatchObject({ status: 409, code: "approval_stale_snapshot" });
    const after = await world.send("GET", `/jobs/${denied}`, "admin");
    expect(at(after.body, "job", "state")).toBe("REJECTED");
    expect(await world.reviewOf(denied)).toBe("");
  });
});

describe("races", () => {
  let fresh: OverrideWorld;

  beforeAll(async () => {
    fresh = await startOverrides();
  });

  afterAll(() => fresh.stop());

  it("of two overrides of one hold have one winner and one governance review", async () => {
    const job = await fresh.hold("job.topic.fix", "other");
    const incident = await fresh.incident();
    const who = ["second", "third", "second"] as const;
    const answers = await Promise.all(who.map((name) => fresh.override(job, name, { incident })));
    const granted = answers.filter(({ status }) => status === 200);
    expect(granted).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
    const { body } = await fresh.send("GET", "/governance?state=all", "admin");
    expect(at(body, "items")).toHaveLength(1);
  });

  it("of overrides of different holds are counted: the third opens the finding, no further one passes alone", async () => {
    const jobs = await Promise.all([1, 2, 3, 4, 5].map(() => fresh.hold("job.db.race")));
    const incident = await fresh.incident();
    const answers = await Promise.all(
      jobs.map((job) => fresh.override(job, "oncall", { incident })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const states = answers.map(({ body }) => at(body, "job", "state"));
    expect(states.filter((state) => state === "APPROVED")).toHaveLength(3);
    expect(states.filter((state) => state === "APPROVAL")).toHaveLength(2);
    const { body } = await fresh.send("GET", "/governance", "admin");
    const findings = at(body, "findings") as readonly { subject: string; count: number }[];
    expect(findings.map(({ count }) => count)).toEqual([3, 3, 3]);
  });
});
