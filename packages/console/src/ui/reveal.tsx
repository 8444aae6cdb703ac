// Keeps count of the values that a reader has not seen whole; a decision waits for them.

import type { ReactNode } from "react";
import { createContext, useContext, useEffect, useMemo, useState } from "react";

interface Reveal {
  readonly unseen: number;
  set(id: string, unseen: boolean): void;
}

const RevealContext = createContext<Reveal>({ unseen: 0, set: () => {} });

export function RevealProvider({ children }: { children: ReactNode }): ReactNode {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [set] = useState(() => (id: string, unseen: boolean): void => {
    setIds((before) => {
      if (before.has(id) === unseen) return before;
      const after = new Set(before);
      if (unseen) after.add(id);
      else after.delete(id);
      return after;
    });
  });
  const value = useMemo<Reveal>(() => ({ unseen: ids.size, set }), [ids, set]);
  return <RevealContext value={value}>{children}</RevealContext>;
}

export function useUnseen(): number {
  return useContext(RevealContext).unseen;
}

export function useReveal(id: string, unseen: boolean): void {
  const { set } = useContext(RevealContext);
  useEffect(() => {
    set(id, unseen);
    return () => set(id, false);
  }, [id, unseen, set]);
}
