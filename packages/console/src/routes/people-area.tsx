// The pages about people, side by side: everybody, groups and who is on call, channels, the reader.

import "../features/people/people.css";
import type { ReactNode } from "react";
import { NavLink, Outlet, useLocation } from "react-router";
import { paths } from "../paths.ts";

export function PeopleArea(): ReactNode {
  const { pathname } = useLocation();
  const isList =
    pathname === paths.people || (pathname.startsWith("/people/") && pathname !== paths.me);
  return (
    <div className="hp-stack">
      <h1>People</h1>
      <nav className="hp-tabs" aria-label="People pages">
        <NavLink to={paths.people} end aria-current={isList ? "page" : undefined}>
          Everybody
        </NavLink>
        <NavLink to={paths.groups}>Groups</NavLink>
        <NavLink to={paths.channels}>Channels</NavLink>
        <NavLink to={paths.me}>You</NavLink>
      </nav>
      <Outlet />
    </div>
  );
}
