// The rules that ask a group, and where their holds go on from there.

import type { ReactNode } from "react";
import { Link } from "react-router";
import type { GroupView } from "@holdpoint/core/wire/people";
import { paths } from "../../paths.ts";
import { spanInWords } from "../../ui/span.ts";
import { thenWhat } from "../../ui/time.tsx";

export function Chains({ asked }: { asked: GroupView["asked_by"] }): ReactNode {
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="chains">
      <h2 id="chains">Where holds go on from here</h2>
      {asked.length === 0 && (
        <p className="hp-muted">No rule of the active policy asks this group.</p>
      )}
      <ul className="hp-lines">
        {asked.map((rule) => (
          <li key={rule.rule}>
            <div>
              <strong className="hp-code">{rule.rule}</strong>{" "}
              <span className="hp-muted">
                {rule.first ? "asks this group first" : "comes to this group later"}
              </span>
              <ol className="hp-chain">
                {rule.steps.map((step) => (
                  <li key={step.to}>
                    after {spanInWords(step.after_ms)}: <Target to={step.to} />
                  </li>
                ))}
                <li>
                  {spanInWords(rule.timeout_ms)} in all, {thenWhat(rule.on_timeout)}
                </li>
              </ol>
            </div>
          </li>
        ))}
      </ul>
      {asked.length > 0 && (
        <p className="hp-muted hp-small">
          Where nobody is on duty a hold goes on at once, in the end to groups that answer around
          the clock.
        </p>
      )}
    </section>
  );
}

function Target({ to }: { to: string }): ReactNode {
  const at = to.indexOf(":");
  const [kind, name] = [to.slice(0, at), to.slice(at + 1)];
  if (kind === "group") return <Link to={paths.group(name)}>group {name}</Link>;
  if (kind === "person") return <Link to={paths.person(name)}>{name}</Link>;
  return `role ${name}`;
}
