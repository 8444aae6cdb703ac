// A staged rollout: how far it is, what both policies decided, and the three things a person can do.

import type { ReactNode } from "react";
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { RolloutRequest, RolloutView } from "@holdpoint/core/wire/policy-life";
import { changeRollout, policyKeys } from "../../api/policy-life.ts";
import { Notice, ProblemNotice } from "../../ui/notice.tsx";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { shortDigest } from "./report-parts.tsx";

const stateWords: Readonly<Record<RolloutView["state"], string>> = {
  running: "Rolling out",
  halted: "Halted",
  finished: "Finished",
  replaced: "Replaced by another policy",
};

export function RolloutPanel({ rollout }: { rollout: RolloutView }): ReactNode {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (request: RolloutRequest) => changeRollout(request),
    onSettled: () => void client.invalidateQueries({ queryKey: policyKeys.all }),
  });
  const isRunning = rollout.state === "running";
  return (
    <section className="hp-panel hp-stack-tight" aria-label="Rollout">
      <h2>
        {stateWords[rollout.state]}
        {isRunning && ` to ${rollout.percent} % of the agents`}
      </h2>
      <p className="hp-muted hp-small">
        <span className="hp-code" title={rollout.candidate}>
          {shortDigest(rollout.candidate)}
        </span>{" "}
        beside{" "}
        <span className="hp-code" title={rollout.base}>
          {shortDigest(rollout.base)}
        </span>
        , started by <Untrusted text={rollout.author_name ?? rollout.author} />,{" "}
        <At at={rollout.started_at} />
      </p>
      {rollout.reason !== null && (
        <Notice tone={rollout.state === "halted" ? "stop" : "plain"} title="Why">
          <Untrusted text={rollout.reason} />
        </Notice>
      )}
      <Arms counts={rollout.counts} />
      {isRunning && (
        <div className="hp-buttons">
          <Button
            size="compact-sm"
            variant="default"
            loading={change.isPending}
            onClick={() => change.mutate({ action: "advance", from: rollout.percent })}
          >
            To the next stage
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => change.mutate({ action: "finish" })}
          >
            Finish: all agents
          </Button>
          <Button size="compact-sm" color="brick" onClick={() => change.mutate({ action: "halt" })}>
            Halt
          </Button>
        </div>
      )}
      {change.isError && <ProblemNotice fault={change.error} />}
    </section>
  );
}

function Arms({ counts }: { counts: RolloutView["counts"] }): ReactNode {
  const rows = [
    { words: "active policy", of: counts.base },
    { words: "new policy", of: counts.candidate },
  ];
  return (
    <div className="hp-scroll">
      <table className="hp-table">
        <caption className="hp-sr">Decisions of both policies</caption>
        <thead>
          <tr>
            <th scope="col">decided by</th>
            <th scope="col">actions</th>
            <th scope="col">held</th>
            <th scope="col">denied</th>
            <th scope="col">errors</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ words, of }) => (
            <tr key={words}>
              <th scope="row">{words}</th>
              <td className="hp-num">{of.cases}</td>
              <td className="hp-num">{of.holds}</td>
              <td className="hp-num">{of.denials}</td>
              <td className="hp-num">{of.errors}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
