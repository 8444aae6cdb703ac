// Puts one tool of the agent behind Holdpoint: the SDK's guard proposes each call, and only then may it run.

import { isDeepStrictEqual } from "node:util";
import {
  ActionStopped,
  type Claims,
  type GuardOptions,
  type Holdpoint,
  isRefusal,
  type JobView,
  type ToolContext,
} from "@holdpoint/sdk";
import type { Tool } from "@openai/agents-core";
import { z } from "zod";
import { answerQuestion } from "./answer-question.ts";
import { framework } from "./framework.ts";
import type { ToolAnswer, ToolStatus } from "./tool-answer.ts";

export interface ToolDefinition<Params extends Record<string, unknown>, Result> {
  readonly name: string;
  readonly description: string;
  readonly params: z.ZodObject<z.ZodRawShape, z.core.$strict> & z.ZodType<Params>;
  readonly guard: GuardOptions<Params, Result>;
  /** The effect. Runs with the approved parameters, read again with `params`. */
  readonly run: (params: Params, context: ToolContext) => Promise<Result>;
}

/** Where tools say what becomes of their calls. */
export interface Watch {
  /** The proposal is answered: it may run, is held, or is denied. */
  proposed(tool: string, job: JobView): void;
  /** A reviewer asked about a call that is held, and has this answer. */
  asked(job: JobView, question: string, answer: string): void;
  /** The call is over. */
  answered(answer: ToolAnswer): void;
}

const claims = z.strictObject({
  title: z.string(),
  reasoning: z.string(),
  ifApproved: z.string(),
  ifRejected: z.string(),
  instruction: z.string(),
  confidence: z.number().min(0).max(1),
});

/**
 * The tool as the Agents SDK takes it. A no, and a fault of the tool, are answers that the model reads;
 * a fault of Holdpoint or of the connection to it ends the run.
 */
export function guardedTool<Params extends Record<string, unknown>, Result>(
  hp: Holdpoint,
  definition: ToolDefinition<Params, Result>,
  watch: Watch,
): Tool {
  const input = z.strictObject({ ...definition.params.shape, claims: claims.nullable() });
  return framework.tool({
    name: definition.name,
    description: definition.description,
    parameters: input,
    errorFunction: null,
    async execute(given, _run, details) {
      const { claims: said, ...rest } = given;
      const signal = details?.signal;
      const answer = await callGuarded(hp, definition, definition.params.parse(rest), {
        watch,
        claims: said as Claims | null,
        ...(signal !== undefined && { signal }),
      });
      watch.answered(answer);
      return JSON.stringify(answer);
    },
  });
}

interface OneCall {
  readonly watch: Watch;
  readonly claims: Claims | null;
  readonly signal?: AbortSignal;
}

async function callGuarded<Params extends Record<string, unknown>, Result>(
  hp: Holdpoint,
  definition: ToolDefinition<Params, Result>,
  proposed: Params,
  call: OneCall,
): Promise<ToolAnswer> {
  let jobId: string | null = null;
  let ran: Params | null = null;
  let fault: unknown = null;
  const byTool = async <T>(work: () => Promise<T> | T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      fault = error;
      throw error;
    }
  };
  const { preview } = definition.guard;
  const guarded = hp.guard<Params, Result>(
    (params, context) =>
      byTool(() => {
        ran = readParams(definition, params);
        return definition.run(ran, context);
      }),
    {
      ...withAnswers(definition, proposed, call),
      // It is computed anew before the run, then of what people may have written.
      ...(preview !== undefined && {
        preview: (params) => byTool(() => preview(readParams(definition, params))),
      }),
    },
  );
  const answer = (status: ToolStatus, more: Partial<ToolAnswer>): ToolAnswer => ({
    tool: definition.name,
    status,
    jobId,
    params: { ...(ran ?? proposed) },
    result: null,
    reason: null,
    code: null,
    ...more,
  });
  try {
    const result = await guarded(proposed, call.claims ?? {}, {
      ...(call.signal !== undefined && { signal: call.signal }),
      onProposed(job) {
        jobId = job.job.id;
        call.watch.proposed(definition.name, job);
      },
    });
    return answer(isDeepStrictEqual(ran, proposed) ? "done" : "changed", { result });
  } catch (error) {
    call.signal?.throwIfAborted();
    if (isRefusal(error)) {
      return answer(statusOf(error.job), { reason: error.reason, code: error.code });
    }
    if (error instanceof ActionStopped) return answer("failed", { reason: error.reason });
    if (fault === null || error !== fault) throw error;
    return answer("failed", { reason: error instanceof Error ? error.message : String(error) });
  }
}

/** Reviewers who ask about the call while it is held are answered. */
function withAnswers<Params extends Record<string, unknown>, Result>(
  { name, guard }: ToolDefinition<Params, Result>,
  params: Params,
  { claims: said, watch }: OneCall,
): GuardOptions<Params, Result> {
  return {
    ...guard,
    onQuestion({ text }, job) {
      const answer = answerQuestion(text, { tool: name, params, claims: said });
      watch.asked(job, text, answer);
      return answer;
    },
  };
}

/** People may have written the parameters by hand. */
function readParams<Params extends Record<string, unknown>, Result>(
  definition: ToolDefinition<Params, Result>,
  params: unknown,
): Params {
  const read = definition.params.safeParse(params);
  if (read.success) return read.data;
  throw new Error(`${definition.name} cannot run with these: ${z.prettifyError(read.error)}`);
}

function statusOf(job: JobView): ToolStatus {
  switch (job.job.state) {
    case "DENIED":
      return "denied";
    case "REJECTED":
      return "rejected";
    case "EXPIRED":
      return "expired";
    case "CANCELLED":
      return "cancelled";
    case "REVOKED":
      return "revoked";
    default:
      return "failed";
  }
}
