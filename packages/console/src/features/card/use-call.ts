// Sends one request about a hold, at most once at a time, and refreshes what it changed.

import { useRef } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { refreshJob } from "../../api/queries.ts";

export interface Call<Input> {
  readonly fault: unknown;
  readonly sending: boolean;
  send(input: Input): void;
}

export function useCall<Input>(
  id: string,
  send: (input: Input) => Promise<unknown>,
  onDone: () => void = () => {},
): Call<Input> {
  const client = useQueryClient();
  const inFlight = useRef(false);
  const mutation = useMutation({
    mutationFn: send,
    onSuccess: onDone,
    onSettled: () => {
      inFlight.current = false;
      refreshJob(client, id);
      void client.invalidateQueries({ queryKey: ["inbox-head"] });
    },
  });
  return {
    fault: mutation.error,
    sending: mutation.isPending,
    send: (input) => {
      if (inFlight.current) return;
      inFlight.current = true;
      mutation.mutate(input);
    },
  };
}
