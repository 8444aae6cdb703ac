// What was told to whom and how it ended; dead letters can be sent again.

import type { ReactNode } from "react";
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import type { DeliveryView } from "@holdpoint/core/wire/delivery";
import { channelKeys, getDeliveries, type LogFilters, resend } from "../../api/channels.ts";
import { paths } from "../../paths.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Ago, In } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { kindWords, stateWords } from "./words.ts";

interface Props {
  readonly filters: LogFilters;
  readonly channels: readonly string[];
  readonly isAdmin: boolean;
  change(part: Partial<LogFilters>): void;
}

export function DeliveryLog(props: Props): ReactNode {
  const { filters } = props;
  const pages = useInfiniteQuery({
    queryKey: channelKeys.log(filters),
    queryFn: ({ pageParam, signal }) => getDeliveries(filters, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="log">
      <h2 id="log">Delivery log</h2>
      <Filters {...props} />
      {pages.isError && <ProblemNotice fault={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && (
        <output className="hp-skeleton" style={{ height: 200 }} aria-label="Loading" />
      )}
      {pages.isSuccess && items.length === 0 && (
        <p className="hp-muted">
          {Object.values(filters).some((value) => value !== "")
            ? "Nothing fits."
            : "Nothing was sent yet."}
        </p>
      )}
      <ul className="hp-lines" aria-label="Deliveries">
        {items.map((delivery) => (
          <li key={delivery.id}>
            <DeliveryLine delivery={delivery} isAdmin={props.isAdmin} />
          </li>
        ))}
      </ul>
      {pages.hasNextPage && (
        <div>
          <Button
            variant="default"
            loading={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            Load more
          </Button>
        </div>
      )}
    </section>
  );
}

const states = ["pending", "delivered", "dead", "gathered", "dropped"] as const;

function Filters({ filters, channels, change }: Props): ReactNode {
  return (
    <search className="hp-fields">
      <NativeSelect
        label="State"
        data={[
          { value: "", label: "any" },
          ...states.map((value) => ({ value, label: stateWords(value)[0] })),
        ]}
        value={filters.state}
        onChange={(event) => change({ state: event.currentTarget.value })}
      />
      <NativeSelect
        label="Channel"
        data={[{ value: "", label: "any" }, ...channels]}
        value={filters.channel}
        onChange={(event) => change({ channel: event.currentTarget.value })}
      />
      <Typed label="Person" value={filters.person} apply={(person) => change({ person })} />
      <Typed label="Job" value={filters.job} apply={(job) => change({ job })} />
    </search>
  );
}

/** Asks the server when the field is left or Enter is pressed: ids are typed or pasted whole. */
function Typed({
  label,
  value,
  apply,
}: {
  label: string;
  value: string;
  apply: (text: string) => void;
}): ReactNode {
  const take = (text: string): void => {
    if (text.trim() !== value) apply(text.trim());
  };
  return (
    <TextInput
      key={value}
      label={label}
      placeholder="any"
      defaultValue={value}
      onBlur={(event) => take(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") take(event.currentTarget.value);
      }}
    />
  );
}

function DeliveryLine({
  delivery,
  isAdmin,
}: {
  delivery: DeliveryView;
  isAdmin: boolean;
}): ReactNode {
  const { person, channel, kind, state } = delivery;
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => resend(delivery.id),
    onSettled: () => void client.invalidateQueries({ queryKey: channelKeys.all }),
  });
  const [words, tone] = stateWords(state);
  return (
    <>
      <div>
        <span className={`hp-badge hp-tone-${tone}`}>{words}</span> {kindWords(kind)}
        {" to "}
        {person === null ? (
          <span className="hp-code">{channel}</span>
        ) : (
          <>
            <Link to={paths.person(person)}>
              <Untrusted text={person} />
            </Link>
            {" by "}
            <span className="hp-code">{channel}</span>
          </>
        )}
        <DeliveryFacts delivery={delivery} />
        {delivery.error !== null && (
          <div className={state === "dead" ? "hp-clause-error hp-small" : "hp-muted hp-small"}>
            <Untrusted text={delivery.error} />
          </div>
        )}
        {again.isError && <ProblemNotice fault={again.error} />}
      </div>
      {isAdmin && state === "dead" && (
        <Button
          size="compact-sm"
          variant="default"
          loading={again.isPending}
          onClick={() => again.mutate()}
        >
          Send again<span className="hp-sr"> to {person ?? channel}</span>
        </Button>
      )}
    </>
  );
}

function DeliveryFacts({ delivery }: { delivery: DeliveryView }): ReactNode {
  const { job_id: job, created_at: made, due_at: due } = delivery;
  return (
    <div className="hp-muted hp-small">
      <Ago at={made} />
      {" · "}
      {delivery.attempts} {delivery.attempts === 1 ? "attempt" : "attempts"}
      {delivery.level !== null && ` · level ${delivery.level}`}
      {delivery.address !== null && (
        <>
          {" · "}
          <Untrusted text={delivery.address} />
        </>
      )}
      {job !== null && (
        <>
          {" · "}
          <Link to={paths.job(job)}>{job}</Link>
        </>
      )}
      {due !== null && delivery.attempts > 0 && (
        <>
          {" · again "}
          <In at={due} />
        </>
      )}
    </div>
  );
}
