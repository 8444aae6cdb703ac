// All registered agents: whether each may act, who answers for it, what stands above it.

import type { ReactNode } from "react";
import { NativeSelect } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { agentKeys, getAgents } from "../api/agents.ts";
import { AgentLine } from "../features/agents/agent-line.tsx";
import { More } from "../features/oversight/parts.tsx";
import { useMe } from "../features/shell/shell.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";

const states = [
  { value: "", label: "any" },
  { value: "active", label: "not switched off" },
  { value: "paused", label: "paused" },
  { value: "killed", label: "killed" },
];

export function AgentsRoute(): ReactNode {
  usePageTitle("Agents");
  const me = useMe();
  if (me !== null && !me.scopes.includes("admin")) {
    return (
      <Empty title="The registry is for those who administer">
        <p>What an agent proposed stands under Activity; its suspended runs are on the next tab.</p>
      </Empty>
    );
  }
  return <Registry />;
}

function Registry(): ReactNode {
  const [search, setSearch] = useSearchParams();
  const state = search.get("state") ?? "";
  const pages = useInfiniteQuery({
    queryKey: agentKeys.list(state),
    queryFn: ({ pageParam, signal }) => getAgents(state, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="hp-stack" aria-label="Registry">
      <p className="hp-muted">
        Which programs may propose, who answers for each, and the switch that stops one, with all
        below it.
      </p>
      <search className="hp-fields">
        <NativeSelect
          label="State"
          data={states}
          value={state}
          onChange={({ currentTarget: { value } }) =>
            setSearch(value === "" ? {} : { state: value }, { replace: true })
          }
        />
      </search>
      {pages.isError && <ProblemNotice fault={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && (
        <output className="hp-skeleton" style={{ height: 200 }} aria-label="Loading" />
      )}
      {pages.isSuccess && items.length === 0 && state !== "" && (
        <p className="hp-muted">Nothing fits.</p>
      )}
      {pages.isSuccess && items.length === 0 && state === "" && (
        <Empty title="No agent is registered">
          <p>
            An agent is registered by its first key (<code>holdpoint keys create</code>) or by{" "}
            <code>holdpoint agents register</code>. In development mode the local agent needs none.
          </p>
        </Empty>
      )}
      <ul className="hp-list" aria-label="Agents">
        {items.map((agent) => (
          <li key={agent.id} className="hp-panel hp-stack-tight">
            <AgentLine agent={agent} />
          </li>
        ))}
      </ul>
      <More
        isThere={pages.hasNextPage}
        loading={pages.isFetchingNextPage}
        load={() => void pages.fetchNextPage()}
      />
    </section>
  );
}
