// Holds of an agent whose runs end at them, and workers that take the runs up, over HTTP.

import type { ClaimedRun, ResumptionView } from "@holdpoint/core/wire/resumption";
import type { Answer } from "../http.ts";
import { at, textAt } from "../http.ts";
import { holdPolicy, type Holds, type Name, startHolds } from "./hold-world.ts";
import type { LineOptions } from "./line-world.ts";

export const workedState = "what the agent knew";

export class Runs {
  readonly holds: Holds;
  #threads = 0;

  constructor(holds: Holds) {
    this.holds = holds;
  }

  /** A thread that no other test of the file uses. */
  thread(): string {
    this.#threads += 1;
    return `thread-${this.#threads}`;
  }

  /** Ids of holds, each answered by one lead. */
  async hold(count = 1, name: Name = "agent"): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const answer = await this.holds.propose("job.mail.send", {}, name);
      ids.push(textAt(answer.body, "job", "id"));
    }
    return ids;
  }

  suspend(jobs: readonly string[], more: object = {}, name: Name = "agent"): Promise<Answer> {
    const state = Buffer.from(workedState).toString("base64");
    const checkpoint = { codec: "text", state };
    return this.holds.post(name, "/resumptions", { thread: "t", jobs, checkpoint, ...more });
  }

  async suspended(jobs: readonly string[], more: object = {}): Promise<ResumptionView> {
    return viewOf(await this.suspend(jobs, { thread: this.thread(), ...more }));
  }

  answer(job: string, verb: "approve" | "reject" = "approve"): Promise<Answer> {
    return this.holds.post("ana", `/approvals/${job}/${verb}`, { reason: "looked at it" });
  }

  async claim(more: object = {}, name: Name = "agent"): Promise<readonly ClaimedRun[]> {
    const answer = await this.holds.post(name, "/resumptions/claim", { worker: "w1", ...more });
    if (answer.status !== 200) throw new Error(answer.text);
    return at(answer.body, "items") as readonly ClaimedRun[];
  }

  /** The one run of a thread that can go on. */
  async claimOf(
    { thread }: Pick<ResumptionView, "thread">,
    more: object = {},
  ): Promise<ClaimedRun> {
    const [run] = await this.claim({ thread, ...more });
    if (run === undefined) throw new Error(`nothing of ${thread} can go on`);
    return run;
  }

  say(run: ClaimedRun, verb: "extend" | "complete" | "fail", more: object = {}): Promise<Answer> {
    const body = { fence: run.fence, ...(verb === "fail" ? { error: "it broke" } : {}), ...more };
    return this.holds.post("agent", `/resumptions/${run.resumption.id}/${verb}`, body);
  }

  async read(id: string, name: Name = "agent"): Promise<ResumptionView> {
    return viewOf(await this.holds.get(name, `/resumptions/${id}`));
  }
}

export function viewOf(answer: Answer): ResumptionView {
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body as unknown as ResumptionView;
}

export async function startRuns(options: LineOptions = {}): Promise<Runs> {
  return new Runs(await startHolds(holdPolicy, options));
}
