// The quiet boxes of a page: something to know, something that failed, something that is empty.

import type { ReactNode } from "react";
import { Button } from "@mantine/core";
import { asProblem, inWords } from "../api/problem.ts";

export type Tone = "hold" | "stop" | "go" | "plain";

export function Notice({
  tone,
  title,
  children,
  action,
}: {
  tone: Tone;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}): ReactNode {
  return (
    <div className={`hp-notice hp-notice-${tone}`} role={tone === "stop" ? "alert" : "status"}>
      <div className="hp-notice-body">
        <strong>{title}</strong>
        {children !== undefined && <div>{children}</div>}
      </div>
      {action}
    </div>
  );
}

export function ProblemNotice({ fault, retry }: { fault: unknown; retry?: () => void }): ReactNode {
  const problem = asProblem(fault);
  return (
    <Notice
      tone="stop"
      title={inWords(problem)}
      action={
        retry && (
          <Button size="compact-sm" variant="default" onClick={retry}>
            Try again
          </Button>
        )
      }
    >
      {problem.detail !== "" && <span>{problem.detail} </span>}
      {problem.path !== null && problem.path !== "" && <span>at {problem.path} </span>}
      <span className="hp-code hp-muted">{problem.code}</span>
    </Notice>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }): ReactNode {
  return (
    <div className="hp-empty">
      <Mark />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** The hold-short marking of a taxiway: solid lines to wait behind, broken ones to leave by. */
export function Mark({ size = 40 }: { size?: number }): ReactNode {
  return (
    <svg className="hp-mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 5h24v3.5H4zM4 11.5h24v3.5H4z" />
      <path d="M4 18h5v3.5H4zM13.5 18h5v3.5h-5zM23 18h5v3.5h-5zM4 24.5h5v3.5H4zM13.5 24.5h5v3.5h-5zM23 24.5h5v3.5h-5z" />
    </svg>
  );
}
