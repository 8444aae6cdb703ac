// The pages about agents, side by side: the registry, and runs that wait to go on.

import "../features/people/people.css";
import "../features/agents/agents.css";
import type { ReactNode } from "react";
import { NavLink, Outlet } from "react-router";
import { paths } from "../paths.ts";

export function AgentsArea(): ReactNode {
  return (
    <div className="hp-stack">
      <h1>Agents</h1>
      <nav className="hp-tabs" aria-label="Agent pages">
        <NavLink to={paths.agents}>Registry</NavLink>
        <NavLink to={paths.runs}>Suspended runs</NavLink>
      </nav>
      <Outlet />
    </div>
  );
}
