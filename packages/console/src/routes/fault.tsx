// What is shown when a page of the console itself fails.

import type { ReactNode } from "react";
import { useRouteError } from "react-router";
import { ProblemNotice } from "../ui/notice.tsx";

export function FaultRoute(): ReactNode {
  const fault = useRouteError();
  return (
    <main className="hp-main hp-stack">
      <h1>Holdpoint</h1>
      <ProblemNotice fault={fault} retry={() => window.location.reload()} />
    </main>
  );
}
