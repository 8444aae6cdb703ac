// The pages about policy, side by side: what is active, drafts, a place to try actions, known tools.

import "../features/policy/policy.css";
import type { ReactNode } from "react";
import { NavLink, Outlet } from "react-router";
import { paths } from "../paths.ts";

export function PolicyArea(): ReactNode {
  return (
    <div className="hp-stack">
      <h1>Policy</h1>
      <nav className="hp-tabs" aria-label="Policy pages">
        <NavLink to={paths.policy} end>
          Active
        </NavLink>
        <NavLink to={paths.drafts}>Drafts</NavLink>
        <NavLink to={paths.playground}>Try an action</NavLink>
        <NavLink to={paths.tools}>Tools</NavLink>
      </nav>
      <Outlet />
    </div>
  );
}
