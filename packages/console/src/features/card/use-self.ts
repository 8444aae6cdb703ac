// Who the reader is to the people document: groups, stand-ins, load. Asked for once, kept by the live stream.

import { useQuery } from "@tanstack/react-query";
import type { MeView } from "@holdpoint/core/wire/people";
import { getSelf, selfKey } from "../../api/holds.ts";

/** Null until the server answered, or when it does not say. */
export function useSelf(): MeView | null {
  const self = useQuery({ queryKey: selfKey, queryFn: ({ signal }) => getSelf(signal) });
  return self.data ?? null;
}
