// The frame of every page: header, development mark, sign-in when the server asks who this is.

import "./shell.css";
import type { ReactNode } from "react";
import { createContext, useContext, useEffect, useRef, useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useLocation } from "react-router";
import type { MeView } from "@holdpoint/core/wire/response";
import { LiveProvider } from "../../api/live.tsx";
import { asProblem } from "../../api/problem.ts";
import { getMe, keys } from "../../api/queries.ts";
import { signOut } from "../../api/session.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { useShortcuts } from "../../ui/shortcuts.ts";
import { Header } from "./header.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { SignIn } from "./sign-in.tsx";

const MeContext = createContext<MeView | null>(null);

/** Who the server says is asking; null only outside the shell. */
export function useMe(): MeView | null {
  return useContext(MeContext);
}

export function Shell(): ReactNode {
  const client = useQueryClient();
  const me = useQuery({ queryKey: keys.me, queryFn: getMe });
  const forget = (): void => {
    signOut();
    void client.resetQueries();
  };
  if (me.isPending) return <Starting />;
  const problem = me.isError ? asProblem(me.error) : null;
  if (problem?.status === 401) {
    return <SignIn refused={problem} onKey={() => void client.resetQueries()} />;
  }
  // A server that is away for a moment takes nobody's page away.
  if (me.data === undefined) {
    return (
      <main className="hp-main hp-stack">
        <h1>Holdpoint</h1>
        <ProblemNotice fault={problem} retry={() => void me.refetch()} />
      </main>
    );
  }
  return (
    <MeContext value={me.data}>
      <LiveProvider key={me.data.person?.id ?? me.data.agent ?? ""}>
        <Frame me={me.data} onSignOut={forget} />
      </LiveProvider>
    </MeContext>
  );
}

function Starting(): ReactNode {
  return (
    <main className="hp-main" aria-busy="true">
      <output className="hp-muted">Asking the server who you are…</output>
    </main>
  );
}

function Frame({ me, onSignOut }: { me: MeView; onSignOut: () => void }): ReactNode {
  const [helping, setHelping] = useState(false);
  const main = useRef<HTMLElement>(null);
  useShortcuts({ "?": () => setHelping(true) });
  useFocusOnNavigation(main);
  return (
    <>
      <a className="hp-skip" href="#main">
        Skip to the content
      </a>
      <Header me={me} onHelp={() => setHelping(true)} onSignOut={onSignOut} />
      {me.development && (
        <div className="hp-development" role="note">
          Development mode: no sign-in, this machine only
        </div>
      )}
      <main id="main" ref={main} className="hp-main" tabIndex={-1}>
        <Outlet />
      </main>
      <HelpDialog opened={helping} onClose={() => setHelping(false)} />
    </>
  );
}

/** A screen reader hears the new page, and no button of it has the focus first. */
function useFocusOnNavigation(main: { readonly current: HTMLElement | null }): void {
  const { pathname } = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname, main]);
}
