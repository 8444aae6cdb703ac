// The doors: how each is knocked at, what it wants, and by which name the record has it.

import { at } from "../http.ts";
import type { DoorTraits } from "./oracle.ts";
import type { Name } from "./people.ts";
import { slackDoors } from "./slack-doors.ts";
import type { StateName } from "./states.ts";
import type { DoorWorld, Found } from "./world.ts";

export interface Knock {
  readonly world: DoorWorld;
  readonly name: Name;
  readonly found: Found;
}

export interface Door extends DoorTraits {
  readonly name: string;
  /** Operation of the API behind it. */
  readonly operation: string;
  /** Verb of a refusal once the job was read; null where a refusal leaves no record. */
  readonly verb: string;
  /** The states in which it stands at all; absent is every one. */
  readonly only?: readonly StateName[];
  /** True when nothing becomes of a yes. */
  readonly isIdle?: true;
  /** Whether it opened. */
  knock(knock: Knock): Promise<boolean>;
}

type Body = (knock: Knock) => object;

function http(name: string, path: string, body: Body, more: Omit<Door, "name" | "knock">): Door {
  const knock = async ({ world, name: who, found, ...rest }: Knock): Promise<boolean> => {
    const place = path.replace("{id}", found.id).replace("{task}", found.task ?? "none");
    const knocked = body({ world, name: who, found, ...rest });
    const answer = await world.send("POST", place, who, knocked);
    if (answer.status >= 500) throw new Error(`${name} as ${who}: ${answer.text}`);
    if (path !== "/approvals/batch") return answer.status < 300;
    return at(answer.body, "items", 0, "status") === 200;
  };
  return { name, knock, ...more };
}

const shown = ({ found }: Knock): object => ({ job_hash: found.shownHash });
const edit = ({ world }: Knock): object => ({
  params: { number: world.number() },
  reason: "fewer",
});
const batchOf =
  (verdict: string): Body =>
  ({ found }) => ({
    verdict,
    reason: "many alike",
    items: [{ job_id: found.id, job_hash: found.shownHash }],
  });
const says = { saysWhatWasShown: true } as const;
const judged: readonly StateName[] = ["overridden"];
const taken: readonly StateName[] = ["rejected"];
const ran: readonly StateName[] = ["approved", "executing", "unknown"];

const httpDoors: readonly Door[] = [
  http("http approve", "/approvals/{id}/approve", shown, {
    wish: "approve",
    operation: "approve",
    verb: "approve",
    ...says,
  }),
  http("http reject", "/approvals/{id}/reject", (k) => ({ ...shown(k), reason: "no" }), {
    wish: "reject",
    operation: "reject",
    verb: "reject",
    ...says,
  }),
  http("http modify", "/approvals/{id}/modify", (k) => ({ ...edit(k), ...shown(k) }), {
    wish: "modify",
    operation: "modify",
    verb: "modify",
    ...says,
  }),
  http("http preview", "/approvals/{id}/modify?preview=true", edit, {
    wish: "preview",
    operation: "modify",
    verb: "modify",
    isIdle: true,
  }),
  http("http comment", "/approvals/{id}/comment", () => ({ note: "look" }), {
    wish: "remark",
    operation: "comment",
    verb: "comment",
  }),
  http("http abstain", "/approvals/{id}/abstain", () => ({}), {
    wish: "remark",
    operation: "abstain",
    verb: "abstain",
  }),
  http("http claim", "/approvals/{id}/claim", () => ({}), {
    wish: "claim",
    operation: "claimCard",
    verb: "claim",
  }),
  http("http release", "/approvals/{id}/release", () => ({}), {
    wish: "release",
    operation: "releaseCard",
    verb: "release",
    isIdle: true,
  }),
  http("http assign", "/approvals/{id}/assign", () => ({ to: "first" }), {
    wish: "assign",
    operation: "assignCard",
    verb: "assign",
    isIdle: true,
  }),
  http("http ask", "/approvals/{id}/ask", () => ({ text: "Which?" }), {
    wish: "ask",
    operation: "askAgent",
    verb: "ask",
  }),
  http("batch approve", "/approvals/batch", batchOf("approve"), {
    wish: "approve",
    operation: "reviewBatch",
    verb: "approve",
    ...says,
  }),
  http("batch reject", "/approvals/batch", batchOf("reject"), {
    wish: "reject",
    operation: "reviewBatch",
    verb: "reject",
    ...says,
  }),
  http(
    "http override",
    "/approvals/{id}/override",
    (k) => ({ ...shown(k), reason: "it is down", incident: k.world.incident }),
    { wish: "override", operation: "override", verb: "override", ...says },
  ),
  http(
    "governance close",
    "/governance/{task}/close",
    () => ({ legitimate: true, what_went_wrong: "it", how_to_avoid: "so" }),
    { wish: "judge", operation: "closeGovernance", verb: "closeGovernance", only: judged },
  ),
  http("settle", "/jobs/{id}/settle", () => ({ status: "SUCCEEDED", reason: "it is there" }), {
    wish: "settle",
    operation: "settleJob",
    verb: "settle",
    only: ran,
  }),
  http("takeover claim", "/takeovers/{task}/claim", () => ({}), {
    wish: "take over",
    operation: "claimTakeover",
    verb: "claimTakeover",
    only: taken,
  }),
  http("takeover done", "/takeovers/{task}/done", () => ({}), {
    wish: "take over",
    operation: "finishTakeover",
    verb: "finishTakeover",
    only: taken,
  }),
  http("takeover return", "/takeovers/{task}/return", () => ({}), {
    wish: "take over",
    operation: "returnTakeover",
    verb: "returnTakeover",
    only: taken,
  }),
];

export const doors: readonly Door[] = [...httpDoors, ...slackDoors];
