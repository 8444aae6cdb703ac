// One numbered part of the card; the order of the parts is fixed (spec 03).

import type { ReactNode } from "react";
import { useId } from "react";

export function Section({
  title,
  className = "",
  children,
}: {
  title: string;
  className?: string;
  children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section aria-labelledby={id} className={`hp-section ${className}`}>
      <h2 id={id} className="hp-section-title">
        {title}
      </h2>
      {children}
    </section>
  );
}

export function Fact({ name, children }: { name: ReactNode; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
