// The saved state that a run goes on from, and the others of its thread; each can be copied.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { CheckpointView } from "@holdpoint/core/wire/checkpoint";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import { getState, getStates, runKeys, type StatePlace } from "../../api/runs.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { More } from "../oversight/parts.tsx";
import { ForkDialog } from "./fork-dialog.tsx";
import { bytesInWords, StateFacts } from "./state-facts.tsx";

interface Props {
  readonly run: ResumptionView;
  readonly isAdmin: boolean;
}

function placeOf({ agent, thread, namespace }: ResumptionView): StatePlace {
  return { agent, thread, namespace };
}

export function BoundState({ run, isAdmin }: Props): ReactNode {
  const [isCopying, setCopying] = useState(false);
  const place = placeOf(run);
  const { id } = run.checkpoint;
  const state = useQuery({
    queryKey: runKeys.state(place, id),
    queryFn: ({ signal }) => getState(place, id, signal),
  });
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="bound-state">
      <div className="hp-head">
        <h2 id="bound-state">The saved state</h2>
        {isAdmin && state.data !== undefined && (
          <Button size="compact-sm" variant="default" onClick={() => setCopying(true)}>
            Copy it…
          </Button>
        )}
      </div>
      <p className="hp-muted hp-small">
        Sealed on the server, and bound to the calls by its digest. Only the agent reads it; people
        who administer can too, and the record says so.
      </p>
      {state.isError && <ProblemNotice fault={state.error} retry={() => void state.refetch()} />}
      {state.isPending && (
        <output className="hp-skeleton" style={{ height: 120 }} aria-label="Loading the state" />
      )}
      {state.data !== undefined && <StateFacts state={state.data} />}
      {isCopying && <ForkDialog place={place} id={id} onClose={() => setCopying(false)} />}
    </section>
  );
}

export function ThreadStates({ run, isAdmin }: Props): ReactNode {
  const [copied, setCopied] = useState<string | null>(null);
  const place = placeOf(run);
  const pages = useInfiniteQuery({
    queryKey: runKeys.states(place),
    queryFn: ({ pageParam, signal }) => getStates(place, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="thread-states">
      <h2 id="thread-states">
        All of the thread <Untrusted text={run.thread} />
      </h2>
      {pages.isError && <ProblemNotice fault={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && (
        <output className="hp-skeleton" style={{ height: 80 }} aria-label="Loading the thread" />
      )}
      {pages.isSuccess && items.length === 0 && <p className="hp-muted">Nothing is kept of it.</p>}
      <ul className="hp-lines" aria-label="States of the thread">
        {items.map((state) => (
          <li key={state.id}>
            <StateWords state={state} isBound={state.id === run.checkpoint.id} />
            {isAdmin && (
              <Button size="compact-sm" variant="default" onClick={() => setCopied(state.id)}>
                Copy…<span className="hp-sr"> {state.id}</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
      <More
        isThere={pages.hasNextPage}
        loading={pages.isFetchingNextPage}
        load={() => void pages.fetchNextPage()}
      />
      {copied !== null && <ForkDialog place={place} id={copied} onClose={() => setCopied(null)} />}
    </section>
  );
}

function StateWords({ state, isBound }: { state: CheckpointView; isBound: boolean }): ReactNode {
  return (
    <div>
      <span className="hp-code">
        <Untrusted text={state.id} />
      </span>{" "}
      {isBound && <span className="hp-tag">this run goes on from it</span>}
      <div className="hp-muted hp-small">
        <At at={state.created_at} />
        {" · "}
        {bytesInWords(state.bytes)}
        {state.step !== null && ` · step ${state.step}`}
        {state.forked_from !== null && " · a copy"}
      </div>
    </div>
  );
}
