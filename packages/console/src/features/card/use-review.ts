// Sends one answer to a hold, at most once at a time, and refreshes what it changed.

import { useRef } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReviewAnswer } from "@holdpoint/core/wire/response";
import { asProblem } from "../../api/problem.ts";
import type { ReviewVerb } from "../../api/queries.ts";
import { refreshJob, review } from "../../api/queries.ts";

export interface ReviewSender {
  readonly fault: unknown;
  readonly sending: boolean;
  /** The action or the question is not what was shown any more. */
  readonly stale: boolean;
  send(body: Readonly<Record<string, unknown>>): void;
}

export function useReview(
  id: string,
  verb: ReviewVerb,
  onDone: (answer: ReviewAnswer) => void,
): ReviewSender {
  const client = useQueryClient();
  const inFlight = useRef(false);
  const mutation = useMutation({
    mutationFn: (body: Readonly<Record<string, unknown>>) => review(id, verb, body),
    onSuccess: onDone,
    onSettled: () => {
      inFlight.current = false;
      refreshJob(client, id);
      void client.invalidateQueries({ queryKey: ["inbox-head"] });
    },
  });
  const code = mutation.isError ? asProblem(mutation.error).code : "";
  return {
    fault: mutation.error,
    sending: mutation.isPending,
    stale: code === "approval_stale_request" || code === "approval_stale_snapshot",
    send: (body) => {
      if (inFlight.current) return;
      inFlight.current = true;
      mutation.mutate(body);
    },
  };
}
