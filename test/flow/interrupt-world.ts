// An agent whose runs ask for calls that policy allows, denies or holds, and a lead who answers.

import { type Action, Holdpoint, Interrupted, type InterruptOptions } from "@holdpoint/sdk";
import { type Holds, startHolds } from "./hold-world.ts";
import { stopLine } from "./line-world.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
roles: { lead: 1 }
rules:
  - id: open
    match: { topics: ["job.files.*"] }
    decision: allow
  - id: never
    match: { topics: ["job.never.*"] }
    decision: deny
    reason: that is never automated
  - id: gate
    match: { topics: ["job.mail.*"] }
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 1h
`;

export function mail(call: string, to = `${call}@example.com`): Action {
  return { topic: "job.mail.send", tool: { name: "send" }, params: { to }, agent: { call } };
}

export function read(call: string): Action {
  return { topic: "job.files.read", params: { file: call }, agent: { call } };
}

export class Asking {
  readonly holds: Holds;
  readonly hp: Holdpoint;
  #runs = 0;

  constructor(holds: Holds) {
    this.holds = holds;
    this.hp = new Holdpoint({ url: holds.url, apiKey: holds.keys.agent });
  }

  /** A run that no other test uses. */
  place(state?: InterruptOptions["state"]): InterruptOptions {
    this.#runs += 1;
    const [run, thread] = [`run-${this.#runs}`, `thread-${this.#runs}`];
    return { run, thread, state: state ?? { step: 1 } };
  }

  async interrupted(actions: readonly Action[], options: InterruptOptions): Promise<Interrupted> {
    const error: unknown = await this.hp
      .interrupt(actions, options)
      .catch((thrown: unknown) => thrown);
    if (error instanceof Interrupted) return error;
    throw error;
  }

  decide(job: string, verb = "approve", body: object = {}): Promise<unknown> {
    const said = { reason: "looked at it", ...body };
    return this.holds.post("ana", `/approvals/${job}/${verb}`, said);
  }

  async stop(): Promise<void> {
    this.hp.close();
    await stopLine(this.holds.line);
  }
}

export async function startAsking(): Promise<Asking> {
  return new Asking(await startHolds(policy));
}
