// Hands the live connection to the pages: its state, and each event to whoever listens.

import type { ReactNode } from "react";
import { createContext, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import type { EventView } from "@holdpoint/core/wire/response";
import type { Connection } from "./stream.ts";
import { openStream } from "./stream.ts";
import { keys, refreshAll, refreshFor } from "./queries.ts";

interface Live {
  readonly connection: Connection;
  listen(heard: (event: EventView) => void): () => void;
}

const LiveContext = createContext<Live>({ connection: "connecting", listen: () => () => {} });

/** Many events at once cause one round of refetching. */
const gatherMs = 200;

export function LiveProvider({ children }: { children: ReactNode }): ReactNode {
  const [connection, setConnection] = useState<Connection>("connecting");
  const client = useQueryClient();
  const listeners = useRef(new Set<(event: EventView) => void>());

  useEffect(() => {
    let gathered: EventView[] = [];
    let timer: ReturnType<typeof setTimeout> | null = null;
    const flush = (): void => {
      const events = gathered;
      gathered = [];
      timer = null;
      refreshFor(client, events);
    };
    const close = openStream({
      onConnection: (state) => {
        setConnection(state);
        // What happened before the stream opened is not in it.
        if (state === "live") refreshAll(client);
        // The line may be lost because the key is not good any more.
        if (state === "lost") void client.invalidateQueries({ queryKey: keys.me });
      },
      onEvent: (event) => {
        for (const heard of listeners.current) heard(event);
        gathered.push(event);
        timer ??= setTimeout(flush, gatherMs);
      },
    });
    return () => {
      close();
      if (timer !== null) clearTimeout(timer);
    };
  }, [client]);

  const live = useMemo<Live>(
    () => ({
      connection,
      listen: (heard) => {
        listeners.current.add(heard);
        return () => listeners.current.delete(heard);
      },
    }),
    [connection],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useConnection(): Connection {
  return useContext(LiveContext).connection;
}

export function useEvents(heard: (event: EventView) => void): void {
  const { listen } = useContext(LiveContext);
  const latest = useRef(heard);
  useEffect(() => {
    latest.current = heard;
  });
  useEffect(() => listen((event) => latest.current(event)), [listen]);
}
