// One channel: whom it reaches, how it fares, and a test that says what happened.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ChannelView } from "@holdpoint/core/wire/delivery";
import { testChannel } from "../../api/channels.ts";
import { Notice, ProblemNotice } from "../../ui/notice.tsx";
import { Ago } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

const reachWords = {
  person: "each person on their own",
  shared: "a place that several people read",
  none: "nobody: it is written down only",
} as const;

interface Props {
  readonly channel: ChannelView;
  readonly isAdmin: boolean;
  onDead(): void;
}

export function ChannelLine({ channel, isAdmin, onDead }: Props): ReactNode {
  const { name, reach, rewrites, pending, dead } = channel;
  return (
    <div className="hp-stack-tight">
      <div className="hp-head">
        <h3 className="hp-code">{name}</h3>
        <StateMark channel={channel} />
      </div>
      <p className="hp-muted hp-small">
        Reaches {reachWords[reach]}. {rewrites && "What was sent is rewritten once it is decided."}
      </p>
      <p className="hp-row-wrap hp-small">
        <span>
          {pending === 0
            ? "Nothing waits"
            : `${pending} ${pending === 1 ? "message waits" : "messages wait"}`}
        </span>
        {dead > 0 && (
          <button type="button" className="hp-link" onClick={onDead}>
            {dead} dead {dead === 1 ? "letter" : "letters"}
          </button>
        )}
        <LastWords channel={channel} />
      </p>
      {isAdmin && <TestForm channel={channel} />}
    </div>
  );
}

function StateMark({ channel }: { channel: ChannelView }): ReactNode {
  const { last_error_at: failed, last_delivered_at: delivered, dead } = channel;
  const isFailing = failed !== null && (delivered === null || failed > delivered);
  if (isFailing) return <span className="hp-badge hp-tone-stop">Last one failed</span>;
  if (dead > 0) return <span className="hp-badge hp-tone-hold">Has dead letters</span>;
  if (delivered !== null) return <span className="hp-badge hp-tone-go">Delivers</span>;
  return <span className="hp-badge hp-tone-quiet">Not used yet</span>;
}

function LastWords({ channel }: { channel: ChannelView }): ReactNode {
  const { last_delivered_at: delivered, last_error: error, last_error_at: failed } = channel;
  return (
    <>
      {delivered !== null && (
        <span className="hp-muted">
          last delivered <Ago at={delivered} />
        </span>
      )}
      {error !== null && failed !== null && (
        <span className="hp-muted">
          last failure <Ago at={failed} />: <Untrusted text={error} />
        </span>
      )}
    </>
  );
}

function TestForm({ channel }: { channel: ChannelView }): ReactNode {
  const [address, setAddress] = useState("");
  const isPersonal = channel.reach === "person";
  const test = useMutation({ mutationFn: () => testChannel(channel.name, address.trim()) });
  return (
    <form
      className="hp-stack-tight"
      onSubmit={(event) => {
        event.preventDefault();
        test.mutate();
      }}
    >
      <div className="hp-fields">
        {isPersonal && (
          <TextInput
            label="Test it to"
            aria-label={`Test ${channel.name} to`}
            description="Address of somebody known here; empty: yours"
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
        )}
        <Button type="submit" variant="default" loading={test.isPending}>
          Send a test<span className="hp-sr"> by {channel.name}</span>
        </Button>
      </div>
      {test.data?.ok === true && <Notice tone="go" title="The other side took the test message" />}
      {test.data?.ok === false && (
        <Notice tone="stop" title="The test message did not get through">
          <Untrusted text={test.data.error ?? "no reason given"} />
        </Notice>
      )}
      {test.isError && <ProblemNotice fault={test.error} />}
    </form>
  );
}
