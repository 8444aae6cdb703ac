// Channels with their test, and the log of what was told to whom.

import type { ReactNode } from "react";
import { useMemo } from "react";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { channelKeys, getChannels, type LogFilters } from "../api/channels.ts";
import { ChannelLine } from "../features/channels/channel-line.tsx";
import { DeliveryLog } from "../features/channels/delivery-log.tsx";
import { useMe } from "../features/shell/shell.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";

/** Messages on their way settle without an event when they only failed for now. */
const lookAgainMs = 15_000;

export function ChannelsRoute(): ReactNode {
  usePageTitle("Channels");
  const isAdmin = useMe()?.scopes.includes("admin") ?? false;
  const [filters, change] = useLogFilters();
  const channels = useQuery({
    queryKey: channelKeys.list,
    queryFn: ({ signal }) => getChannels(signal),
    refetchInterval: (asked) =>
      asked.state.data?.items.some(({ pending }) => pending > 0) === true ? lookAgainMs : false,
  });
  const showDead = (channel: string): void => {
    change({ channel, state: "dead", person: "", job: "" });
    document.querySelector("#log")?.scrollIntoView();
  };
  return (
    <div className="hp-stack">
      <section className="hp-stack" aria-label="Channels">
        <p className="hp-muted">
          By which people are told. Which there are is set where the server starts.
        </p>
        {channels.isError && (
          <ProblemNotice fault={channels.error} retry={() => void channels.refetch()} />
        )}
        {channels.isPending && (
          <output className="hp-skeleton" style={{ height: 160 }} aria-label="Loading" />
        )}
        <ul className="hp-list hp-channel-list">
          {channels.data?.items.map((channel) => (
            <li key={channel.name} className="hp-panel">
              <ChannelLine
                channel={channel}
                isAdmin={isAdmin}
                onDead={() => showDead(channel.name)}
              />
            </li>
          ))}
        </ul>
      </section>
      <DeliveryLog
        filters={filters}
        channels={channels.data?.items.map(({ name }) => name) ?? []}
        isAdmin={isAdmin}
        change={change}
      />
    </div>
  );
}

/** The filters live in the address, so that a view can be kept and shared. */
function useLogFilters(): readonly [LogFilters, (part: Partial<LogFilters>) => void] {
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(
    () => ({
      person: search.get("person") ?? "",
      channel: search.get("channel") ?? "",
      state: search.get("state") ?? "",
      job: search.get("job") ?? "",
    }),
    [search],
  );
  const change = (part: Partial<LogFilters>): void => {
    const said = Object.entries({ ...filters, ...part }).filter(([, value]) => value !== "");
    setSearch(new URLSearchParams(said), { replace: true, preventScrollReset: true });
  };
  return [filters, change];
}
