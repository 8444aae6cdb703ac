// The header: where you are, whether the page is live, who you are.

import type { ReactNode } from "react";
import { useMantineColorScheme } from "@mantine/core";
import { Link, NavLink, useLocation } from "react-router";
import type { MeView } from "@holdpoint/core/wire/response";
import { useConnection } from "../../api/live.tsx";
import { apiKey } from "../../api/session.ts";
import { paths } from "../../paths.ts";
import { Mark } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

export function Header({
  me,
  onHelp,
  onSignOut,
}: {
  me: MeView;
  onHelp: () => void;
  onSignOut: () => void;
}): ReactNode {
  const { pathname } = useLocation();
  const inOversight = [paths.governance, paths.takeovers, paths.incidents].some((path) =>
    pathname.startsWith(path),
  );
  const inInbox = pathname === paths.inbox || pathname.startsWith("/approvals/");
  const inPeople = /^\/(people|groups|channels)(\/|$)/.test(pathname);
  const inAgents = /^\/(agents|runs)(\/|$)/.test(pathname);
  return (
    <header className="hp-header">
      <div className="hp-header-in">
        <Link to={paths.inbox} className="hp-brand">
          <Mark size={22} />
          Holdpoint
        </Link>
        <nav className="hp-nav" aria-label="Pages">
          <Link to={paths.inbox} aria-current={inInbox ? "page" : undefined}>
            Inbox
          </Link>
          <NavLink to={paths.activity}>Activity</NavLink>
          <Link to={paths.agents} aria-current={inAgents ? "page" : undefined}>
            Agents
          </Link>
          <NavLink to={paths.policy}>Policy</NavLink>
          <Link to={paths.people} aria-current={inPeople ? "page" : undefined}>
            People
          </Link>
          <Link to={paths.governance} aria-current={inOversight ? "page" : undefined}>
            Oversight
          </Link>
        </nav>
        <div className="hp-header-end">
          <ConnectionDot />
          <Link to={paths.me} className="hp-who" title="Who the server says you are">
            <span className="hp-sr">You are </span>
            <Untrusted text={me.person?.name ?? me.person?.id ?? me.agent ?? "nobody"} />
          </Link>
          <SchemeButton />
          <button
            type="button"
            className="hp-icon-button"
            onClick={onHelp}
            aria-label="Keyboard help"
          >
            ?
          </button>
          {apiKey() !== null && (
            <button type="button" className="hp-icon-button" onClick={onSignOut}>
              Sign out
            </button>
          )}
        </div>
      </div>
    </header>
  );
}

const connectionWords = {
  connecting: "Connecting",
  live: "Live",
  lost: "Disconnected, trying again",
} as const;

function ConnectionDot(): ReactNode {
  const connection = useConnection();
  return (
    <output className="hp-connection" data-state={connection}>
      <i aria-hidden="true" />
      <span>{connectionWords[connection]}</span>
    </output>
  );
}

const nextScheme = { auto: "light", light: "dark", dark: "auto" } as const;
const schemeSigns = { auto: "◐", light: "☀", dark: "☾" } as const;

function SchemeButton(): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const next = nextScheme[colorScheme];
  return (
    <button
      type="button"
      className="hp-icon-button"
      onClick={() => setColorScheme(next)}
      aria-label={`Colours: ${colorScheme}. Change to ${next}`}
      title={`Colours: ${colorScheme}`}
    >
      <span aria-hidden="true">{schemeSigns[colorScheme]}</span>
    </button>
  );
}
