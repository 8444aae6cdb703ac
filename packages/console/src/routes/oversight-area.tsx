// The pages about what follows a decision, side by side: overrides to judge, takeovers, incidents.

import "../features/oversight/oversight.css";
import type { ReactNode } from "react";
import { NavLink, Outlet } from "react-router";
import { paths } from "../paths.ts";

export function OversightArea(): ReactNode {
  return (
    <div className="hp-stack">
      <h1>Oversight</h1>
      <nav className="hp-tabs" aria-label="Oversight pages">
        <NavLink to={paths.governance}>Overrides</NavLink>
        <NavLink to={paths.takeovers}>Takeovers</NavLink>
        <NavLink to={paths.incidents}>Incidents</NavLink>
      </nav>
      <Outlet />
    </div>
  );
}
