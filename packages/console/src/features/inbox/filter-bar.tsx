// Search and filters of the inbox, with what is already on the page as suggestions.

import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import type { ApprovalItem } from "@holdpoint/core/wire/response";
import type { InboxFilters } from "../../api/queries.ts";
import type { WordFilter } from "./filters.ts";
import { claimedOf, filterLabels, isFiltered, wordFilters } from "./filters.ts";

const typingMs = 250;
const whose = [
  { value: "any", label: "Of anybody" },
  { value: "me", label: "That I have" },
  { value: "none", label: "That nobody has" },
] as const;
const sideFilters = wordFilters.filter((name) => name !== "q");

interface Props {
  readonly filters: InboxFilters;
  readonly items: readonly ApprovalItem[];
  readonly searchRef: { current: HTMLInputElement | null };
  change(changes: Partial<InboxFilters>): void;
  clear(): void;
}

export function FilterBar({ filters, items, searchRef, change, clear }: Props): ReactNode {
  const words = sideFilters.filter((name) => filters[name] !== "").length;
  const active = words + (filters.claimed === "any" ? 0 : 1);
  const [open, setOpen] = useState(active > 0);
  return (
    <search className="hp-inbox-bar">
      <div className="hp-filter-main">
        <TypedInput
          name="q"
          value={filters.q}
          change={change}
          inputRef={searchRef}
          suggestions={[]}
          placeholder="Search holds"
          hideLabel
        />
        <Button
          variant="default"
          aria-pressed={filters.mine}
          className="hp-mine"
          onClick={() => change({ mine: !filters.mine })}
        >
          For me
        </Button>
        <Button variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          Filters{active > 0 ? ` (${active})` : ""}
        </Button>
      </div>
      {open && (
        <div className="hp-filter-grid">
          {sideFilters.map((name) => (
            <TypedInput
              key={name}
              name={name}
              value={filters[name]}
              change={change}
              suggestions={suggestionsOf(name, items)}
            />
          ))}
          <Button variant="default" disabled={!isFiltered(filters)} onClick={clear}>
            Clear
          </Button>
          <NativeSelect
            label="Cards"
            data={[...whose]}
            value={filters.claimed}
            onChange={(event) => change({ claimed: claimedOf(event.currentTarget.value) })}
          />
          <Checkbox
            label="Include decided ones"
            checked={filters.resolved}
            onChange={(event) => change({ resolved: event.currentTarget.checked })}
          />
        </div>
      )}
    </search>
  );
}

interface TypedProps {
  readonly name: WordFilter;
  readonly value: string;
  readonly suggestions: readonly string[];
  readonly placeholder?: string;
  readonly hideLabel?: boolean;
  readonly inputRef?: { current: HTMLInputElement | null };
  change(changes: Partial<InboxFilters>): void;
}

/** Waits for a pause in typing before it asks the server. */
function TypedInput(props: TypedProps): ReactNode {
  const { name, value, change, suggestions, hideLabel = false, inputRef } = props;
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      change({ [name]: typed });
    }, typingMs);
    return () => clearTimeout(timer);
  }, [typed, name, change]);
  const listId = `hp-list-${name}`;
  return (
    <div>
      <TextInput
        {...(hideLabel ? { "aria-label": "Search holds" } : { label: filterLabels[name] })}
        {...(inputRef ? { ref: inputRef } : {})}
        type={name === "q" ? "search" : "text"}
        placeholder={props.placeholder ?? ""}
        value={typed}
        list={listId}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <datalist id={listId}>
        {suggestions.map((word) => (
          <option key={word} value={word}>
            {word}
          </option>
        ))}
      </datalist>
    </div>
  );
}

function suggestionsOf(name: WordFilter, items: readonly ApprovalItem[]): readonly string[] {
  const found = new Set<string>();
  for (const item of items) {
    if (name === "agent") found.add(item.agent);
    if (name === "topic") found.add(item.topic);
    if (name === "rule" && item.policy_rule_id !== null) found.add(item.policy_rule_id);
    if (name === "risk") for (const tag of item.risk_tags) found.add(tag);
  }
  return [...found].sort().slice(0, 30);
}
