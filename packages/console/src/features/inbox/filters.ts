// The filters of the inbox live in the address, so that a view can be kept and shared.

import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { InboxFilters } from "../../api/queries.ts";

export const wordFilters = ["q", "agent", "topic", "rule", "risk"] as const;
export type WordFilter = (typeof wordFilters)[number];

export const filterLabels: Readonly<Record<WordFilter, string>> = {
  q: "Text",
  agent: "Agent",
  topic: "Topic",
  rule: "Rule",
  risk: "Risk tag",
};

function filtersOf(search: URLSearchParams): InboxFilters {
  const word = (name: WordFilter): string => search.get(name) ?? "";
  return {
    q: word("q"),
    agent: word("agent"),
    topic: word("topic"),
    rule: word("rule"),
    risk: word("risk"),
    resolved: search.get("resolved") === "1",
    mine: search.get("mine") === "1",
    claimed: claimedOf(search.get("claimed")),
  };
}

export function claimedOf(text: string | null): InboxFilters["claimed"] {
  return text === "me" || text === "none" ? text : "any";
}

export function isFiltered(filters: InboxFilters): boolean {
  const isSifted = filters.mine || filters.claimed !== "any";
  return isSifted || wordFilters.some((name) => filters[name] !== "");
}

interface FilterState {
  readonly filters: InboxFilters;
  change(changes: Partial<InboxFilters>): void;
  clear(): void;
}

export function useFilters(): FilterState {
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(() => filtersOf(search), [search]);
  const change = useCallback(
    (changes: Partial<InboxFilters>): void => {
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const name of wordFilters) {
            const value = changes[name];
            if (value === "") after.delete(name);
            else if (value !== undefined) after.set(name, value);
          }
          for (const name of ["resolved", "mine"] as const) {
            if (changes[name] === true) after.set(name, "1");
            if (changes[name] === false) after.delete(name);
          }
          if (changes.claimed === "any") after.delete("claimed");
          else if (changes.claimed !== undefined) after.set("claimed", changes.claimed);
          return after;
        },
        { replace: true, preventScrollReset: true },
      );
    },
    [setSearch],
  );
  const clear = useCallback((): void => setSearch(new URLSearchParams()), [setSearch]);
  return { filters, change, clear };
}
