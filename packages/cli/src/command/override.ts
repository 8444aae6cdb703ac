// `holdpoint override`: releases a hold in an emergency; people judge it afterwards.

import type { CardView, ReviewAnswer } from "@holdpoint/core/wire/response";
import { printCard } from "../output/card.ts";
import { CommandFailed } from "../output/exit-code.ts";
import { confirm } from "./ask.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface OverrideOptions extends GlobalOptions {
  readonly reason: string;
  readonly incident?: string;
  /** Job hash that was looked at. Default: that of the card that this command shows. */
  readonly hash?: string;
  readonly yes?: boolean;
}

export async function override(id: string, options: OverrideOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  let jobHash = options.hash;
  if (jobHash === undefined) {
    const card = await server.get<CardView>(`/approvals/${segment(id)}`);
    if (terminal.interactive && options.yes !== true && card.job.state === "APPROVAL") {
      printCard(terminal, card, Date.now());
      const question = "Override this? Everybody who was asked is told, and it is judged.";
      if (!(await confirm(question))) throw new CommandFailed("nothing was decided");
    }
    jobHash = card.job_hash;
  }
  const answer = await server.post<ReviewAnswer>(`/approvals/${segment(id)}/override`, {
    reason: options.reason,
    ...(options.incident !== undefined && { incident: options.incident }),
    job_hash: jobHash,
  });
  if (terminal.json) {
    terminal.printJson(answer);
    return;
  }
  terminal.print(`${answer.job.id} is ${answer.job.state}`);
  if (answer.job.state === "APPROVAL") {
    terminal.print("A finding stands: a second person has to override it too.");
  }
}
