// A reviewer asks the agent about a hold, and the agent answers; neither is a vote.

import { refuse } from "@holdpoint/core/base/result";
import { personActor } from "@holdpoint/core/job/held";
import type { AnswerRequest } from "@holdpoint/core/wire/hold";
import type { JobView } from "@holdpoint/core/wire/response";
import { jobView } from "@holdpoint/core/wire/view";
import { changeJob, requestKeyOf } from "./change-job.ts";
import { actorOfAgent, type Context, requireAgent, requirePerson } from "./context.ts";
import { viewForAgent } from "./read-job.ts";

export interface Asking {
  readonly jobId: string;
  readonly text: string;
  readonly idempotencyKey: string | null;
}

export function askAgent(ctx: Context, asking: Asking): Promise<JobView> {
  const person = requirePerson(ctx, "review");
  const { jobId, text } = asking;
  return changeJob<JobView>(ctx, {
    jobId,
    name: "ask",
    by: personActor(person),
    requestKey: requestKeyOf(asking.idempotencyKey, "ask", { job: jobId, text }),
    isPolicyBound: true,
    command: (_found, { directory }) => ({
      ok: true,
      command: {
        kind: "ask",
        person,
        directory,
        questionId: ctx.ids.question(),
        text,
        now: ctx.clock.now(),
      },
    }),
    answer: async (file, _change, { directory }) =>
      jobView(file, { directory, trace: null, token: null, reader: person }),
  });
}

export interface Answering {
  readonly jobId: string;
  readonly request: AnswerRequest;
  readonly idempotencyKey: string | null;
}

/** SECURITY: only the agent that proposed; to any other the job is not there. */
export function answerQuestion(ctx: Context, answering: Answering): Promise<JobView> {
  const agent = requireAgent(ctx, "propose");
  const { jobId, request } = answering;
  return changeJob<JobView>(ctx, {
    jobId,
    name: "answer",
    by: actorOfAgent(agent),
    requestKey: requestKeyOf(answering.idempotencyKey, "answer", { job: jobId, ...request }),
    isPolicyBound: false,
    command: ({ file }) => {
      const isOwn = agent.kind === "agent" && agent.id === file.job.action.actor.agent;
      if (!isOwn) return refuse("job_not_found", `no job \`${jobId}\``);
      return {
        ok: true,
        command: {
          kind: "answer",
          agent: agent.id,
          questionId: request.question,
          text: request.text,
          now: ctx.clock.now(),
        },
      };
    },
    answer: (file, _change, policy) => viewForAgent(ctx, file, { policy, trace: null }),
  });
}
