// Says on a card that came back that the effect is not the one that people released before.

import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { getLastReturn, keys } from "../../api/queries.ts";
import { ChangeList } from "../../ui/diff-view.tsx";
import { Notice } from "../../ui/notice.tsx";
import { effectChange } from "../timeline/event-words.ts";

export function EffectChanged({ id }: { id: string }): ReactNode {
  const returned = useQuery({
    queryKey: keys.lastReturn(id),
    queryFn: ({ signal }) => getLastReturn(id, signal),
  });
  const last = returned.data?.items[0];
  const change = last === undefined ? null : effectChange(last.payload);
  if (change === null) return null;
  return (
    <Notice tone="hold" title="The effect is not the one that was approved before">
      The tool computed it again just before it would have run. Nothing ran.
      <ChangeList changes={[{ path: "effect", ...change }]} mustSee />
    </Notice>
  );
}
