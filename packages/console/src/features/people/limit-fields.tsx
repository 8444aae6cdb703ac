// The limits of one person: any one of them has to fit what they approve.

import type { ReactNode } from "react";
import { Button, TextInput } from "@mantine/core";
import type { PartProps } from "./person-dialog.tsx";
import { type LimitFields, noLimit } from "./person-form.ts";

export function LimitList({ fields, write, wrong }: PartProps): ReactNode {
  const { limits } = fields;
  const put = (index: number, part: Partial<LimitFields>): void =>
    write({ limits: limits.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  return (
    <fieldset className="hp-plain-set hp-stack-tight">
      <legend className="hp-legend">Limits</legend>
      <p className="hp-muted hp-small">
        They approve what fits one of them; without any, what their roles and groups may.
      </p>
      {limits.map((limit, index) => (
        <LimitRow
          key={index}
          limit={limit}
          number={index + 1}
          faults={[wrong.get(`at_most ${index}`), wrong.get(`currency ${index}`)]}
          put={(part) => put(index, part)}
          drop={() => write({ limits: limits.filter((_, at) => at !== index) })}
        />
      ))}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => write({ limits: [...limits, noLimit] })}
        >
          Add a limit
        </Button>
      </div>
    </fieldset>
  );
}

interface RowProps {
  readonly limit: LimitFields;
  readonly number: number;
  /** Of the amount and of the currency. */
  readonly faults: readonly [string | undefined, string | undefined];
  put(part: Partial<LimitFields>): void;
  drop(): void;
}

function LimitRow({ limit, number, faults, put, drop }: RowProps): ReactNode {
  return (
    <fieldset className="hp-plain-set hp-fields hp-limit" aria-label={`Limit ${number}`}>
      <TextInput
        label="Topics"
        placeholder="any topic"
        value={limit.topics}
        onChange={(event) => put({ topics: event.currentTarget.value })}
      />
      <TextInput
        label="At most"
        inputMode="decimal"
        placeholder="any cost"
        error={faults[0]}
        value={limit.atMost}
        onChange={(event) => put({ atMost: event.currentTarget.value })}
      />
      <TextInput
        label="Currency"
        placeholder="USD"
        error={faults[1]}
        value={limit.currency}
        onChange={(event) => put({ currency: event.currentTarget.value })}
      />
      <Button variant="subtle" color="brick" onClick={drop}>
        Remove<span className="hp-sr"> limit {number}</span>
      </Button>
    </fieldset>
  );
}
